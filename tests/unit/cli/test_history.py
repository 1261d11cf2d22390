"""Promises of `ebbtide history`."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from ebbtide.base.clock import to_text
from tests.support.command import Run
from tests.support.snapshots import OLD, TIMES, Copy


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
