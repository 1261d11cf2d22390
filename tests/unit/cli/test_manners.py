"""What every command owes its users, whichever it is: a matrix over the tree of commands.

The commands and their arguments are those of tests/package/calls.py, so a new command is in here
as soon as it is called there.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.exceptions as aws
import pytest
from botocore.exceptions import ClientError

from ebbtide.store.keys import RunKeys
from ebbtide_cli.errors import SOURCE
from ebbtide_cli.main import app
from ebbtide_cli.sources import Source
from tests.package.calls import CALLS, FOLDER, NO, Call, leaves
from tests.support.command import run
from tests.support.command_tree import commands
from tests.support.effort import sampled
from tests.support.executions import States
from tests.support.jobs_file import CONFIG, KEY
from tests.support.snapshots import DEV, Copy
from tests.unit.cli.test_completion import completed
from tests.unit.cli.test_runs_command import states, typed

__all__ = ["states"]  # a fixture, which pytest finds by name

# What botocore or AWS would say, in words that no person should have to read.
RAW = "An error occurred (X) when calling the Y operation: arn:aws:sts::111122223333:x"
# What answers without AWS; `workflows` describes those that are built in.
OFFLINE = {"kinds", "workflows list", "workflows show"}
# Arguments of what tests/package/calls.py lets fail before it reaches AWS.
ARGUMENTS = {
    "cleanup restore": ("run-3", "vol-1"),
    "config edit": (),
    "config restore": ("v1",),
    "report link": ("run-3",),
    "report open": ("run-3",),
    "runs start": (),
    "runs watch": (),
    "runs stop": ("run-3",),
    "workflows apply": ("--yes",),
    "workflows run": ("collect",),
    "workflows stop": ("run-3",),
}
TREE = commands()


def refusal(code: str, message: str = RAW) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "GetObject")


FAILURES: dict[str, Exception] = {
    "AccessDenied": refusal("AccessDenied"),
    "ExpiredToken": refusal("ExpiredToken"),
    "RequestTimeTooSkewed": refusal("RequestTimeTooSkewed"),
    "NoSuchBucket": refusal("NoSuchBucket"),
    "Throttling": refusal("Throttling"),
    "InternalError": refusal("InternalError"),
    "InvalidClientTokenId": refusal("InvalidClientTokenId"),
    "NoCredentials": aws.NoCredentialsError(),
    "EndpointConnection": aws.EndpointConnectionError(endpoint_url=RAW),
    "ProfileNotFound": aws.ProfileNotFound(profile="nobody"),
    "InvalidRegion": aws.InvalidRegionError(region_name=RAW),
    "NoRegion": aws.NoRegionError(),
    "SSOTokenExpired": aws.UnauthorizedSSOTokenError(),
    "StackNotFound": refusal("ValidationError", "Stack with id ebbtide does not exist"),
}
# Words of the advice that each sentence ends with.
ADVICE = re.compile(
    r"docs/cli\.md|sign in again|the clock|--bucket|--profile|--region|--stack|try again|network"
)


class Failing:
    """A client of which every call fails."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    @property
    def meta(self) -> Any:
        return type("Meta", (), {"region_name": "eu-central-1"})

    def __getattr__(self, _: str) -> Any:
        def fail(*_: object, **__: object) -> None:
            raise self.error

        return fail


def arguments_of(command: str) -> tuple[str, ...]:
    """Return arguments with which a command goes as far as to AWS."""
    if command in ARGUMENTS:
        return ARGUMENTS[command]
    working = (one for one in CALLS if one.command == command and one.code in (0, NO))
    return next(one.arguments for one in working)


def reaching() -> list[str]:
    return sorted(leaves() - OFFLINE)


@pytest.mark.parametrize("failure", FAILURES)
def test_every_failure_of_aws_is_one_sentence_with_advice(
    failure: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Source, "_session", lambda _: None)
    monkeypatch.setattr(Source, "_client", lambda *_, **__: Failing(FAILURES[failure]))
    monkeypatch.chdir(tmp_path)
    Copy(tmp_path / "copy").write_text(KEY, CONFIG)
    wrong = []
    for command in sampled(reaching(), 8):
        place = ("--stack", "ebbtide") if failure == "StackNotFound" else ("--bucket", "b")
        result = run(*command.split(), *arguments_of(command), *place)
        errors = [line for line in result.stderr.splitlines() if "ebbtide: error: " in line]
        fine = (
            result.exit_code == SOURCE
            and result.stdout == ""
            and len(errors) == 1
            and ADVICE.search(errors[0])
            and not re.search(r"Traceback|botocore|An error occurred|arn:aws", result.stderr)
        )
        if not fine:
            wrong.append((command, result.exit_code, result.stdout[:100], result.stderr[:300]))
    assert wrong == []


def printing() -> list[Call]:
    """Return the calls that succeed on a copy."""
    return [one for one in CALLS if one.source == FOLDER and one.code in (0, NO)]


@pytest.fixture
def place(plans: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder in which commands run: it holds a copy with plans and jobs."""
    plans.write_text(KEY, CONFIG)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "copy").symlink_to(plans.path)
    yield tmp_path


def test_whatever_is_printed_goes_to_a_file_if_asked(place: Path) -> None:
    wrong = []
    for call in sampled(printing(), 6):
        words = call.words({FOLDER: "copy"})
        printed = run(*words)
        assert printed.exit_code == call.code, printed.output
        written = run(*words, "--output", "found")
        stored = (place / "found").read_text() if (place / "found").exists() else None
        (place / "found").unlink(missing_ok=True)
        if (written.exit_code, written.stdout, stored) != (call.code, "", printed.stdout):
            wrong.append((words, written.stdout[:80], (stored or "")[:80], written.stderr[-200:]))
    assert wrong == []


def options_of(command: Any) -> dict[str, Any]:
    return {option: param for param in command.params for option in param.opts}


@pytest.mark.parametrize("closed", ["stdout", "stderr"])
def test_a_stream_that_the_caller_has_closed_is_no_error(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], closed: str
) -> None:
    # What Python does in `ebbtide kinds >&-`.
    monkeypatch.setattr(sys, closed, None)
    with pytest.raises(SystemExit) as ended:
        app(["kinds"])
    getattr(sys, closed).close()
    assert not ended.value.code
    out, err = capfd.readouterr()
    assert ("aws_ec2_volume" in out, " kinds." in err) == (closed != "stdout", closed != "stderr")


def test_options_for_accounts_take_names_and_are_completed() -> None:
    """Each option about accounts says so, may be repeated, and completes them."""
    found = {
        (name, option): param
        for name in leaves()
        for option, param in options_of(TREE[name]).items()
        if option in ("--account", "--accounts")
    }
    assert len(found) > 15
    for place, param in found.items():
        assert "name" in param.help, place
        assert param.multiple, place
        assert param._custom_shell_complete is not None, place


@pytest.mark.usefixtures("place")
def test_an_account_is_a_name_in_every_command_that_takes_one() -> None:
    """The name gives what the id gives, and an unknown name is refused with those there are."""
    named = [one for one in printing() if "--account" in options_of(TREE[one.command])]
    commands_tried = {one.command for one in named}
    for name in sorted(commands_tried):
        call = next(one for one in named if one.command == name)
        words = call.words({FOLDER: "copy"})
        by_name, by_id = (run(*words, "--account", one) for one in ("dev", DEV))
        assert by_name.exit_code in (0, NO), (name, by_name.stderr)
        assert (by_name.exit_code, by_name.stdout) == (by_id.exit_code, by_id.stdout), name
        unknown = run(*words, "--account", "dve")
        assert (unknown.exit_code, "did you mean dev" in unknown.stderr) == (2, True), (
            name, unknown.exit_code, unknown.stderr,
        )  # fmt: skip
    assert len(commands_tried) > 8


@pytest.mark.parametrize("command", ["runs show", "runs log", "runs watch", "runs stop"])
def test_a_run_that_is_not_there_is_named(command: str, states: States) -> None:
    result = typed(*command.split(), "nothing")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "nothing" in result.stderr and "runs list" in result.stderr
    assert states.executions == {}


# What is completed wherever it stands -> what was typed of it, and one value that the shell offers.
COMPLETED = {
    "ACCOUNT": ("de", "dev"),
    "ACCOUNT,...": ("prod,de", "prod,dev"),
    "ENDING": ("lef", "left_behind"),
    "EVENT": ("post_coll", "post_collect"),
    "KIND": ("aws_ec2_vol", "aws_ec2_volume"),
    "NAME of a job": ("old", "old-volumes"),
    "NAME of a metric": ("ResourcesF", "ResourcesFound"),
    "PATH of the configuration": ("cleanup.lim", "cleanup.limits.per_run"),
    "PATH,...": ("id,na", "id,name"),
    "PROFILE": ("te", "team-a"),
    "QUERY": ("is(aws_ec2_vol", "is(aws_ec2_volume)"),
    "REGION": ("eu-c", "eu-central-1"),
    "REGION,...": ("global,eu-", "global,eu-central-1"),
    "RULE": ("expi", "expired"),
    "RUN": ("run-", "run-2"),
    "RUN1": ("run-", "run-2"),
    "RUN2": ("run-", "run-2"),
    "STATE": ("den", "denied"),
    "STATUS": ("skip", "skipped"),
    "TIME|DURATION|RUN": ("run-", "run-2"),
    "WORKFLOW": ("clean", "cleanup"),
}
# What has the same name in the help but is new, and so cannot be completed.
NEW = {("runs start", "--name"), ("workflows run", "--name"), ("jobs add", "name")}
NEW |= {("jobs add", "--notify-event")}


def meant(command: str, param: Any) -> str:
    metavar = str(param.metavar).strip("[]")
    if metavar == "NAME":
        return "NAME of a metric" if command.startswith("metrics ") else "NAME of a job"
    return "PATH of the configuration" if (command[:6], metavar) == ("config", "PATH") else metavar


def completing() -> Iterator[tuple[str, Any, tuple[str, str]]]:
    for command in sorted(leaves()):
        for param in TREE[command].params:
            known = meant(command, param) in COMPLETED
            if known and not {(command, one) for one in param.opts} & NEW:
                yield command, param, COMPLETED[meant(command, param)]


def words_of(command: str, param: Any, value: str) -> list[str]:
    """Return a command line that ends where the value of a parameter is typed."""
    if param.param_type_name == "option":
        return [*command.split(), param.opts[0], value]
    arguments = [one for one in TREE[command].params if one.param_type_name == "argument"]
    return [*command.split(), *(["x"] * arguments.index(param)), value]


def test_everything_that_has_names_is_completed_where_it_stands(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "aws").write_text("[profile team-a]\nregion = eu-central-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(place / "aws"))
    manifest = Copy(place / "copy").read_json(RunKeys("run-3").manifest)
    manifest["accounts"][0]["regions"] = ["eu-central-1", "global"]
    Copy(place / "copy").write_json(RunKeys("run-3").manifest, manifest)
    tried, wrong = set(), []
    for command, param, (typed_so_far, offered) in completing():
        found = completed("--folder", "copy", *words_of(command, param, typed_so_far))
        tried.add(meant(command, param))
        if offered not in found:
            wrong.append((command, param.opts, found[:5]))
    assert wrong == []
    assert COMPLETED.keys() - tried <= {"PROFILE", "REGION"}


@pytest.mark.parametrize("option", ["PROFILE", "REGION"])
def test_global_options_are_completed_on_both_sides(
    option: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "aws").write_text("[profile team-a]\nregion = eu-central-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(place / "aws"))
    typed_so_far, offered = COMPLETED[option]
    words = (f"--{option.lower()}", typed_so_far)
    assert offered in completed(*words)
    assert offered in completed("search", *words)
