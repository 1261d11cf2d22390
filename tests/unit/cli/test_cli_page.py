"""docs/cli.md tells of every command and option, and its examples can be run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.support.command import run
from tests.support.command_tree import commands, root
from tests.support.jobs_file import CONFIG, KEY
from tests.support.paths import REPOSITORY
from tests.support.snapshots import Copy

PAGE = REPOSITORY / "docs" / "cli.md"
# What needs AWS, changes a configuration, or would install something.
NOT_RUN = re.compile(
    r"--stack|--bucket|--folder|--install-completion|jobs (add|delete|(de)?activate)"
    r"|config (set|unset|edit|apply|diff|restore|validate)|protect check|plan (approve|reject)"
    r"|runs (start|watch|stop)|workflows (run |run$|stop|apply)|report (open|link)|cleanup restore"
)


def examples() -> list[str]:
    lines = (line.strip() for line in PAGE.read_text().splitlines() if line.startswith("    "))
    found = [line for line in lines if line.startswith("ebbtide ")]
    return [line for line in found if not NOT_RUN.search(line)]


@pytest.mark.parametrize("line", examples())
def test_an_example_of_the_page_can_be_run(
    line: str, plans: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans.write_text(KEY, CONFIG)
    (tmp_path / "ebbtide.yaml").write_text(CONFIG)
    monkeypatch.setenv("EBBTIDE_FOLDER", str(plans.path))
    monkeypatch.chdir(tmp_path)
    _, *words = shlex.split(line)
    arguments = words[: words.index("|")] if "|" in words else words
    result = run(*arguments)
    assert result.exit_code == 0, result.stderr


def test_every_command_and_option_is_on_the_page() -> None:
    text = PAGE.read_text()
    for name, command in [("ebbtide", root()), *commands().items()]:
        assert hasattr(command, "commands") or f"\n    ebbtide {name}" in text, (
            f"write in docs/cli.md what `ebbtide {name}` does, with an example that begins so"
        )
        for parameter in command.params:
            for option in (*parameter.opts, *parameter.secondary_opts):
                known = option in ("--show-completion", "--version")
                assert known or not option.startswith("--") or option in text, (
                    f"docs/cli.md says nothing about {option} of `ebbtide {name}`"
                )
