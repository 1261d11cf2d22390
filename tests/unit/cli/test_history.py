"""Promises of `ebbtide history`."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, cast

import pytest

from ebbtide.base.clock import to_text
from ebbtide.cleanup.state import State
from ebbtide.config import parse_config
from ebbtide.model.lines import ResourceLine
from ebbtide.model.resource import Subject
from ebbtide.plan.model import Plan, Planned
from ebbtide.store.keys import RunKeys
from ebbtide.store.run import Run as Started
from tests.support.command import Run
from tests.support.snapshots import DEV, FREE, NOW, OLD, TIMES, Copy, write_run


def found(ebbtide: Run, *arguments: str) -> list[dict[str, Any]]:
    result = ebbtide("history", *arguments, "--format", "ndjson")
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def seen(ebbtide: Run, *arguments: str) -> list[tuple[str, str]]:
    return [(line["change"], line["id"]) for line in found(ebbtide, *arguments)]


ALL = [("created", "vol-old"), ("updated", "vol-1"), ("deleted", "vol-old"), ("created", "vol-9")]


def test_the_last_week_is_shown_the_oldest_first(ebbtide: Run) -> None:
    assert seen(ebbtide) == ALL[1:]


def test_the_time_is_given_by_durations_or_times(ebbtide: Run) -> None:
    assert seen(ebbtide, "--after", "30d") == ALL
    assert seen(ebbtide, "--after", "1d") == ALL[2:]
    assert seen(ebbtide, "--after", "30d", "--before", "1d") == ALL[:2]
    moment = TIMES["run-2"]
    assert seen(ebbtide, "--after", to_text(moment), "--before", to_text(moment)) == ALL[1:2]
    assert seen(ebbtide, "--before", to_text(moment - timedelta(seconds=1))) == []


def test_one_run_shows_what_it_recorded(ebbtide: Run) -> None:
    assert seen(ebbtide, "--run", "run-1") == ALL[:1]
    assert ebbtide("history", "--run", "run-1", "--after", "1d").exit_code == 2


def test_changes_and_kinds_are_filtered(ebbtide: Run) -> None:
    assert seen(ebbtide, "--change", "deleted", "--change", "updated") == ALL[1:3]
    assert seen(ebbtide, "--kind", "volume") == ALL[1:]
    assert seen(ebbtide, "--kind", "aws_s3_bucket") == []
    result = ebbtide("history", "--kind", "aws_ec2_volumes")
    assert (result.exit_code, "unknown kind" in result.stderr) == (2, True)


def test_a_search_looks_at_the_state_after_or_at_what_was_deleted(ebbtide: Run) -> None:
    assert seen(ebbtide, "volume_size == 8") == [("updated", "vol-1")]
    assert seen(ebbtide, "volume_size == 4") == []
    assert seen(ebbtide, "volume_size == 1") == [("deleted", "vol-old")]
    assert seen(ebbtide, "account == prod") == [("created", "vol-9")]


def test_an_update_shows_only_what_differs_and_not_when_it_was_seen(ebbtide: Run) -> None:
    (update,) = found(ebbtide, "--change", "updated")
    assert update["before"] == {"tags": {"owner": "team-a"}, "properties": {"volume_size": 4}}
    assert update["after"] == {"tags": {"owner": "=cmd"}, "properties": {"volume_size": 8}}
    (line,) = ebbtide("history", "--change", "updated").stdout.splitlines()
    assert line.endswith("changed=tags.owner: team-a -> =cmd; volume_size: 4 -> 8")


def test_what_was_created_or_deleted_is_shown_whole(ebbtide: Run) -> None:
    (deletion,) = found(ebbtide, "--change", "deleted")
    assert (deletion["before"], deletion["after"]) == (OLD, None)
    assert deletion["run_id"] == "run-3"


@pytest.mark.parametrize(
    "query",
    [
        "is(volume) --> is(instance)",
        "is(volume) with(empty, -->)",
        "is(volume) limit 5",
        "is(volume) sort name",
        "aggregate(kind: sum(1)): is(volume)",
        '/ancestors.aws_ec2_instance.reported.name == "web"',
    ],
)
def test_a_search_that_looks_beyond_one_resource_is_refused(ebbtide: Run, query: str) -> None:
    result = ebbtide("history", query)
    assert result.exit_code == 2
    assert "filters single resources" in result.stderr


def test_a_stand_in_of_an_older_run_is_not_counted_again(ebbtide: Run, copy: Copy) -> None:
    file = copy.path / "runs/run-3/graph/manifest.json"
    manifest = json.loads(file.read_text())
    older = json.loads((copy.path / "runs/run-2/graph/manifest.json").read_text())
    manifest["accounts"][0] = older["accounts"][0]
    file.write_text(json.dumps(manifest))
    assert seen(ebbtide) == [("updated", "vol-1"), ("created", "vol-9")]


def test_what_is_no_time_is_told(ebbtide: Run) -> None:
    for option in ("--after", "--before"):
        result = ebbtide("history", option, "soon")
        assert result.exit_code == 2
        assert f"{option}: 'soon'" in result.stderr
    assert ebbtide("history", "--after", "1d", "--before", "2d").exit_code == 2


def deleted_by_cleanup(copy: Copy) -> None:
    """Write the cleanup of run-2 that deleted vol-old, which run-3 found gone."""
    config = parse_config("cleanup: {enabled: true, dry_run: false}")
    write_run(copy, Started("run-2", "collect_and_cleanup", TIMES["run-2"], config))
    subject = Subject.of_line(cast(ResourceLine, OLD))
    entry = Planned(subject, "delete", ("expired",), "expired 3d ago")
    plan = Plan("run-2", DEV, RunKeys("run-2").manifest, "", 1, (), planned=(entry,))
    copy.write_json(RunKeys("run-2").plan(DEV), plan.to_json())
    state = State.of(plan, dry_run=False, started="")
    state.finish(entry, "gone", "", "not found")
    copy.write_json(RunKeys("run-2").cleanup(DEV, "state.json"), state.to_json())


def test_history_names_the_run_and_the_rule_that_deleted_a_resource(
    ebbtide: Run, copy: Copy
) -> None:
    (line,) = found(ebbtide, "--change", "deleted")
    assert line["cleaned_by"] is None
    assert seen(ebbtide, "/metadata.cleaned = true") == []
    deleted_by_cleanup(copy)
    (line,) = found(ebbtide, "--change", "deleted")
    assert line["cleaned_by"] == {"run_id": "run-2", "rule": "expired"}
    assert "changed=deleted by run run-2, rule expired" in ebbtide("history").stdout
    cleaned = '/metadata.cleaned = true and /desired.rule = expired and /metadata.ending = "gone"'
    assert seen(ebbtide, cleaned) == [("deleted", "vol-old")]


def test_a_run_that_only_cleans_up_has_a_history(ebbtide: Run, copy: Copy) -> None:
    """Nobody has looked at the account since, so no snapshot records the deletion."""
    config = parse_config("cleanup: {enabled: true, dry_run: false}")
    used, keys = RunKeys("run-3").manifest, RunKeys("wipe")
    run = Started("wipe", "cleanup", NOW - timedelta(minutes=5), config, manifest=used)
    write_run(copy, run)
    copy.write_json(RunKeys("run-3").later_runs, {"format": 1, "runs": ["wipe"]})
    assert seen(ebbtide, "--run", "wipe") == []
    subject = Subject.of_line(cast(ResourceLine, FREE))
    entry = Planned(subject, "delete", ("volumes",), "unattached for 20d")
    plan = Plan("wipe", DEV, used, "", 1, (), planned=(entry,))
    copy.write_json(keys.plan(DEV), plan.to_json())
    state = State.of(plan, dry_run=False, started="")
    state.finish(entry, "gone", to_text(NOW - timedelta(minutes=4)), "not found")
    copy.write_json(keys.cleanup(DEV, "state.json"), state.to_json())
    assert seen(ebbtide, "--run", "wipe") == [("deleted", "vol-2")]
    assert seen(ebbtide) == [*ALL[1:], ("deleted", "vol-2")]
    assert seen(ebbtide, "--before", "1h") == ALL[1:]
    assert seen(ebbtide, "volume_size == 100") == [("deleted", "vol-2")]
    line = found(ebbtide)[-1]
    assert line["cleaned_by"] == {"run_id": "wipe", "rule": "volumes"}
    assert line["before"]["properties"] == {"volume_size": 100}


def test_a_dry_run_deleted_nothing(ebbtide: Run, copy: Copy) -> None:
    subject = Subject.of_line(cast(ResourceLine, FREE))
    entry = Planned(subject, "delete", ("volumes",), "unattached for 20d")
    plan = Plan("run-3", DEV, RunKeys("run-3").manifest, "", 1, (), planned=(entry,))
    state = State.of(plan, dry_run=True, started="")
    state.finish(entry, "would_delete", to_text(NOW), "")
    copy.write_json(RunKeys("run-3").cleanup(DEV, "state.json"), state.to_json())
    assert seen(ebbtide, "--run", "run-3") == ALL[2:]
