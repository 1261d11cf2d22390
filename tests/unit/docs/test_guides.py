"""Every command in the guides runs, in the order of the page, on a deployment that is made up."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from ebbtide_cli import starting, watching
from ebbtide_cli.sources import Caller, Source
from tests.support.command import run
from tests.support.command_tree import commands
from tests.support.decisions import ANN, write_held_plan
from tests.support.executions import OUTPUTS, States
from tests.support.guided import commands_of, spans_of, words_of
from tests.support.jobs_file import KEY
from tests.support.paths import REPOSITORY
from tests.support.snapshots import NOW, TIMES, Copy
from tests.unit.cli.test_status_command import Deployed
from tests.unit.cli.test_tables import everything, upload

GUIDES = ("tutorial.md", "migration.md", "troubleshooting.md")
PAGES = {name: commands_of(REPOSITORY / "docs" / name) for name in GUIDES}

# What the names on the pages mean in the copy.
MEANT = {
    "vol-0d8150eb14563879b": "vol-2",
    "production": "dev",
    "sandbox": "prod",
    "ACCOUNT": "dev",
    "KIND": "aws_ec2_volume",
    "RUN": "run-3",
    "ID": "vol-1",
    "collect_and_cleanup-20261202-093011": "run-3",
}
# Which commands the page itself says answer no, or find something: the exit code.
ANSWERS = {
    "ebbtide status": 1,
}
# What no test can run, and why.
NOT_RUN: dict[str, str] = {}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return everything(tmp_path_factory.mktemp("guides") / "copy").path


@dataclass
class Deployment:
    """A stack `ebbtide` with the copy in its bucket; a run that is started has ended at once."""

    states: States
    version: str = ""

    def words(self, line: str) -> list[str]:
        """Return what to type; what asks a person is told yes, and what is stopped is under way."""
        meant = {**MEANT, "VERSION": self.version}
        if " stop " in line:
            self.states.add(meant["RUN"], "RUNNING", age=1)
        asks = re.match("ebbtide plan (approve|reject) ", line) and "--yes" not in line
        return [*words_of(line, meant), *(["--yes"] if asks else [])]


@pytest.fixture
def deployment(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    states = States().add("run-3", "SUCCEEDED", age=60, took=12).add("run-2", "FAILED", age=2_880)

    def end(name: str) -> None:
        if states.executions[name]["status"] == "RUNNING" and name != MEANT["RUN"]:
            states.executions[name] |= {"status": "SUCCEEDED", "stopDate": states.now}

    states.looked = end
    services = dict.fromkeys(("cloudformation", "scheduler", "cloudwatch"), Deployed())
    bucket = upload(Copy(original))
    write_held_plan(bucket, "run-3", TIMES["run-3"])
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("EDITOR", "true")
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setattr(Source, "open_bucket", lambda *_: bucket)
    monkeypatch.setattr(Source, "outputs_of", lambda *_: OUTPUTS)
    monkeypatch.setattr(Source, "caller", lambda _: Caller(ANN, "arn:ann"))
    monkeypatch.setattr(Source, "caller_arn", lambda _: "arn:ann")
    monkeypatch.setattr(
        Source, "client", lambda _, name: states if name == "stepfunctions" else services[name]
    )
    monkeypatch.setattr(watching, "LOOK_SECONDS", 0.0)
    # A run is called after the second in which a person starts it.
    seconds = count()
    monkeypatch.setattr(starting, "now", lambda: NOW + timedelta(seconds=next(seconds)))
    shutil.copy(REPOSITORY / "examples" / "config" / "ebbtide.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return Deployment(states, bucket.versions(KEY)[-1].id)


@pytest.mark.parametrize("page", GUIDES)
def test_every_command_of_a_guide_runs_in_its_order(page: str, deployment: Deployment) -> None:
    wrong = []
    for line in PAGES[page]:
        if line not in NOT_RUN:
            result = run(*deployment.words(line))
            if result.exit_code != ANSWERS.get(line, 0):
                wrong.append(f"{line}\n  exit code {result.exit_code}: {result.stderr}")
    assert not wrong, "\n".join(wrong)


def test_what_is_not_run_is_on_a_page() -> None:
    every = {line for lines in PAGES.values() for line in lines}
    assert NOT_RUN.keys() | ANSWERS.keys() <= every
    assert min(map(len, PAGES.values())) > 25


@pytest.mark.parametrize("page", GUIDES)
def test_every_command_in_a_sentence_exists(page: str) -> None:
    names = commands().keys()
    for span in spans_of(REPOSITORY / "docs" / page):
        words = [word for word in span.split()[1:3] if word[0].isalpha() and word.islower()]
        assert {" ".join(words), *words[:1]} & names, f"{page}: {span}"
