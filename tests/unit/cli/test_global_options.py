"""The global options may stand anywhere, and name accounts and files as people know them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from ebbtide_cli.accounts import ids_of
from ebbtide_cli.errors import UsageError
from ebbtide_cli.global_options import NAMES
from tests.support.command import Run, run
from tests.support.command_tree import commands
from tests.support.jobs_file import CONFIG, KEY
from tests.support.snapshots import DEV, PROD, Copy

VOLUMES = ("search", "is(volume)", "--columns", "id")
FOUND = "id=vol-2\nid=vol-1\nid=vol-9\n"


def places(copy: Copy) -> list[tuple[str, ...]]:
    given = ("--folder", str(copy.path), "-q")
    return [(*given, *VOLUMES), (*VOLUMES, *given), (VOLUMES[0], *given, *VOLUMES[1:])]


def test_a_global_option_works_before_and_behind_the_command(copy: Copy) -> None:
    for words in places(copy):
        result = run(*words)
        assert (result.exit_code, result.stdout, result.stderr) == (0, FOUND, ""), words


def test_a_group_takes_it_on_either_side(copy: Copy) -> None:
    copy.write_text(KEY, CONFIG)
    given = ("--folder", str(copy.path))
    for words in (("jobs", *given, "list"), ("jobs", "list", *given), (*given, "jobs", "list")):
        assert run(*words).stdout.startswith("name=old-volumes"), words


def test_what_is_typed_last_counts(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("--folder", "/nowhere", *VOLUMES, "--folder", str(copy.path)).stdout == FOUND
    monkeypatch.setenv("EBBTIDE_STACK", "some-stack")
    assert run(*VOLUMES, "--folder", str(copy.path)).stdout == FOUND
    assert run("--bucket", "b", *VOLUMES, "--folder", str(copy.path)).stdout == FOUND
    wrong = run(*VOLUMES, "--folder", str(copy.path), "--bucket", "b")
    assert (wrong.exit_code, "mutually exclusive" in wrong.stderr) == (2, True)


def test_output_goes_to_a_file_in_the_format_of_its_extension(ebbtide: Run, tmp_path: Path) -> None:
    target = tmp_path / "found.csv"
    result = ebbtide("search", "is(volume)", "--columns", "id", "--output", str(target))
    assert (result.exit_code, result.stdout) == (0, "")
    rows = list(csv.DictReader(target.read_text().splitlines()))
    assert [row["id"] for row in rows] == ["vol-2", "vol-1", "vol-9"]
    ebbtide("-o", str(tmp_path / "found.json"), *VOLUMES)
    assert len(json.loads((tmp_path / "found.json").read_text())) == 3
    ebbtide(*VOLUMES, "-o", str(tmp_path / "found.txt"))
    assert (tmp_path / "found.txt").read_text() == FOUND
    ebbtide(*VOLUMES, "-o", str(tmp_path / "found.md"), "--format", "ndjson")
    assert (tmp_path / "found.md").read_text().startswith('{"id":"vol-2"}')


def test_a_failed_command_leaves_the_file_as_it_was(ebbtide: Run, tmp_path: Path) -> None:
    target = tmp_path / "found.csv"
    target.write_text("before")
    assert ebbtide("search", "is(nothing)", "-o", str(target)).exit_code == 2
    assert target.read_text() == "before"
    assert not list(tmp_path.glob("*.partial"))
    assert ebbtide("search", "all", "-o", str(tmp_path / "no" / "x.csv")).exit_code == 3


@pytest.mark.parametrize("account", ["prod", PROD])
def test_an_account_is_named_or_numbered(ebbtide: Run, account: str) -> None:
    assert ebbtide(*VOLUMES, "--account", account).stdout == "id=vol-9\n"
    found = ebbtide("ancestors", "vol-9", "--account", account, "--columns", "id")
    assert PROD in found.stdout


def test_an_unknown_account_is_refused_with_those_there_are(ebbtide: Run) -> None:
    result = ebbtide(*VOLUMES, "--account", "prd")
    assert result.exit_code == 2
    assert f"{DEV} (dev), {PROD} (prod); did you mean prod?" in result.stderr


def test_a_name_of_two_accounts_names_none() -> None:
    with pytest.raises(UsageError, match=f"several accounts are named same: {DEV}, {PROD}"):
        ids_of({DEV: "same", PROD: "same"}, ["same"])
    assert ids_of({DEV: PROD, PROD: "same"}, [PROD]) == [PROD], "an id comes before a name"


def test_no_command_gives_the_name_of_a_global_option_to_one_of_its_own() -> None:
    """The two would overwrite each other's value."""
    found = [
        (name, param.name)
        for name, command in commands().items()
        for param in command.params
        if param.name in NAMES
    ]
    assert found == []
