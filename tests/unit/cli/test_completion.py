"""The shell completes kinds, events, and the accounts and jobs of the source that is named."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import boto3
import pytest
from typer.testing import CliRunner

from ebbtide.kinds import known_kinds
from ebbtide_cli.main import app
from tests.support.snapshots import DEV, PROD, Copy
from tests.unit.cli.test_jobs_command import CONFIG, KEY


def completed(*words: str) -> list[str]:
    """Return what bash would offer for the last word."""
    environment = {
        "_EBBTIDE_COMPLETE": "complete_bash",
        "COMP_WORDS": shlex.join(["ebbtide", *words]),
        "COMP_CWORD": str(len(words)),
    }
    result = CliRunner().invoke(app, env=environment, prog_name="ebbtide")
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout.split()


@pytest.fixture
def no_aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails the test if a completion opens a session of AWS, whose errors it would hide."""
    opened: list[object] = []

    def refused(*_: object, **options: object) -> None:
        opened.append(options)
        raise RuntimeError

    monkeypatch.setattr(boto3.session, "Session", refused)
    yield
    assert opened == []


@pytest.mark.usefixtures("no_aws")
def test_kinds_are_completed_offline() -> None:
    kinds = {"aws_ec2_volume", "aws_ec2_volume_attachment"} & known_kinds()
    assert kinds <= set(completed("kinds", "aws_ec2_vol"))
    assert "volume" in completed("history", "--kind", "vol")
    assert set(completed("kinds", "aws_")) == {
        name for name in known_kinds() if name.startswith("aws_")
    }


def test_runs_and_accounts_of_the_named_source_are_completed(copy: Copy) -> None:
    source = ("--folder", str(copy.path))
    assert completed(*source, "runs", "show", "run-") == ["run-1", "run-2", "run-3"]
    assert completed(*source, "cleanup", "log", "--run", "run-2") == ["run-2"]
    assert completed(*source, "coverage", "--account", DEV[:4]) == [DEV]


@pytest.mark.usefixtures("no_aws")
def test_workflows_are_completed_offline() -> None:
    assert completed("workflows", "run", "c") == ["collect_and_cleanup", "collect", "cleanup"]
    assert completed("runs", "start", "--workflow", "me") == ["metrics"]
    assert completed("runs", "show", "run-") == []


@pytest.mark.usefixtures("no_aws")
def test_events_and_time_zones_are_completed_offline() -> None:
    add = ("jobs", "add", "name", "is(volume)")
    assert completed(*add, "--event", "post_c") == [
        "post_collect",
        "post_cleanup_plan",
        "post_cleanup",
    ]
    assert completed(*add, "--with-parts", "t") == ["true"]
    parts = completed(*add, "--with-parts", "aws_efs_")
    assert "aws_efs_mount_target" in parts and "aws_efs_file_system" not in parts
    assert "Europe/Berlin" in completed(*add, "--timezone", "Europe/B")


@pytest.mark.usefixtures("no_aws")
def test_accounts_of_a_folder_are_completed(copy: Copy) -> None:
    place = ("--folder", str(copy.path))
    assert completed(*place, "search", "is(volume)", "--account", "") == ["dev", "prod", DEV, PROD]
    assert completed(*place, "graph", "export", "--account", PROD[:3]) == [PROD]
    assert completed("ancestors", "vol-1", *place, "--account", "pr") == ["prod"]


@pytest.mark.usefixtures("no_aws")
def test_runs_of_a_folder_are_completed(copy: Copy) -> None:
    place = ("--folder", str(copy.path))
    assert completed(*place, "search", "is(volume)", "--at", "") == ["run-3", "run-2", "run-1"]
    assert completed("history", *place, "--run", "run-2") == ["run-2"]


@pytest.mark.usefixtures("no_aws")
def test_fields_are_those_of_the_kinds_in_the_search() -> None:
    assert "volume_size" in completed("search", "is(volume)", "--columns", "volume_s")
    assert completed("search", "is(instance)", "--columns", "volume_s") == []
    assert completed("search", "is(volume)", "--columns", "id,volume_siz") == ["id,volume_size"]
    assert "region" in completed("search", "all", "--columns", "re")


@pytest.mark.usefixtures("no_aws")
def test_kinds_are_completed_in_a_search() -> None:
    assert "is(aws_ec2_volume)" in completed("search", "is(aws_ec2_vol")
    assert completed("search", "age > 30d") == []


@pytest.mark.usefixtures("no_aws")
def test_jobs_are_completed_from_the_environment(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy.write_text(KEY, CONFIG)
    monkeypatch.setenv("EBBTIDE_FOLDER", str(copy.path))
    assert completed("jobs", "show", "") == ["old-volumes", "wipe"]
    assert completed("jobs", "delete", "w") == ["wipe"]


@pytest.mark.usefixtures("no_aws")
def test_the_default_stack_is_not_asked() -> None:
    assert completed("jobs", "show", "") == []


def test_a_source_that_cannot_be_read_completes_nothing(copy: Copy) -> None:
    assert completed("--folder", "/nowhere", "jobs", "show", "") == []
    copy.write_text(KEY, "jobs: [")
    assert completed("--folder", str(copy.path), "jobs", "show", "") == []
    assert completed("--folder", "a", "--bucket", "b", "jobs", "show", "") == []


def test_runs_ids_and_rules_of_plans_are_completed(plans: Copy) -> None:
    plans.write_text(KEY, CONFIG)
    words = ("--folder", str(plans.path), "plan")
    assert completed(*words, "show", "--run", "run-") == ["run-3", "run-2"]
    assert completed(*words, "diff", "") == ["run-3", "run-2"]
    assert completed(*words, "explain", "vol-k") == ["vol-kept"]
    assert completed(*words, "show", "--account", "") == ["dev", "prod", DEV, PROD]
    rules = completed(*words, "show", "--rule", "")
    assert {"expired", "untagged", "volumes"} < set(rules) and len(rules) > 8


@pytest.mark.usefixtures("no_aws")
def test_plans_are_completed_only_from_a_named_source() -> None:
    assert completed("plan", "explain", "v") == []
    assert "expired" in completed("plan", "show", "--rule", "ex")
