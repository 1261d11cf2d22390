"""Promises of `ebbtide coverage`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ebbtide.model.coverage import Coverage
from ebbtide.store.keys import RunKeys
from tests.support.command import Run
from tests.support.snapshots import DEV, PROD, Copy

DENIED = "UnauthorizedOperation: User: x is not authorized to perform: ec2:DescribeVolumes because"
READ_AT = "2026-11-20T01:13:39.638002Z"


def write_gaps(copy: Copy) -> Copy:
    """Three regions of dev without volumes, one queue that is suspect, and prod as a whole."""
    found = [
        Coverage(DEV, one, "aws_ec2_volume", "denied", error=DENIED, read_at=READ_AT)
        for one in ("eu-west-1", "us-east-1", "us-west-2")
    ]
    found.append(Coverage(DEV, "us-east-1", "aws_sqs_queue", "suspect", error="only 0 of 40"))
    key = RunKeys("run-3").graph(DEV, "coverage.json")
    document = copy.read_json(key)
    document["kinds"] += [one.to_line() for one in found]
    copy.write_json(key, document)
    manifest = copy.read_json(RunKeys("run-3").manifest)
    dev, prod = manifest["accounts"]
    dev["states"] = {"denied": 3, "suspect": 1}
    prod["stale_since"] = "2026-11-21T00:00:00Z"
    manifest["missing"] = ["999900001111"]
    copy.write_json(RunKeys("run-3").manifest, manifest)
    return copy


@pytest.fixture
def gaps(copy: Copy) -> Copy:
    return write_gaps(copy)


def found(ebbtide: Run, *arguments: str) -> list[dict[str, Any]]:
    result = ebbtide("coverage", *arguments, "--format", "json")
    assert result.exit_code == 0, result.stderr
    rows: list[dict[str, Any]] = json.loads(result.stdout)
    return rows


@pytest.mark.usefixtures("gaps")
def test_gaps_say_where_why_and_since_when(ebbtide: Run) -> None:
    rows = found(ebbtide)
    assert [(row["account_name"], row["state"]) for row in rows] == [
        ("999900001111", "missing"),
        ("dev", "denied"),
        ("dev", "suspect"),
        ("prod", "stale"),
    ]
    assert rows[1] == {
        "account": DEV,
        "account_name": "dev",
        "regions": ["eu-west-1", "us-east-1", "us-west-2"],
        "kinds": ["aws_ec2_volume"],
        "state": "denied",
        "last_read": READ_AT,
        "permission": "ec2:DescribeVolumes",
        "error": DENIED,
    }
    assert "since 2026-11-21T00:00:00Z" in rows[3]["error"]
    result = ebbtide("coverage")
    assert "4 gaps in 3 of 3 accounts; snapshot of run run-3, 1h old." in result.stderr
    assert "account=dev, region=3 regions, kind=aws_ec2_volume, state=denied, " in result.stdout


@pytest.mark.usefixtures("gaps")
@pytest.mark.parametrize(
    ("words", "states"),
    [
        (("--account", "dev"), ["denied", "suspect"]),
        (("--account", PROD), ["stale"]),
        (("--regions", "us-west-2,eu-west-1", "--account", "dev"), ["denied"]),
        (("--kind", "queue"), ["missing", "suspect", "stale"]),
        (("--state", "denied", "--state", "stale"), ["denied", "stale"]),
    ],
)
def test_gaps_are_selected_and_what_is_closed_as_a_whole_counts_for_all(
    ebbtide: Run, words: tuple[str, ...], states: list[str]
) -> None:
    assert [row["state"] for row in found(ebbtide, *words)] == states


@pytest.mark.usefixtures("gaps")
def test_a_filter_reduces_what_a_gap_names(ebbtide: Run) -> None:
    (row,) = found(ebbtide, "--regions", "us-west-2", "--state", "denied")
    assert row["regions"] == ["us-west-2"]


def test_strict_is_for_scripts(ebbtide: Run, gaps: Copy) -> None:
    assert ebbtide("coverage", "--strict").exit_code == 1
    assert ebbtide("coverage", "--strict", "--state", "failed").exit_code == 0
    assert ebbtide("coverage").exit_code == 0
    assert ebbtide("coverage", "--strict", "--at", "2d").exit_code == 0
    assert gaps.path.exists()


def test_unknown_names_are_told(ebbtide: Run) -> None:
    for words in (("--account", "dve"), ("--kind", "volum"), ("--at", "never")):
        assert ebbtide("coverage", *words).exit_code == 2
    assert "did you mean dev?" in ebbtide("coverage", "--account", "dve").stderr


def test_a_complete_snapshot_has_no_gaps(ebbtide: Run) -> None:
    result = ebbtide("coverage")
    assert (result.stdout, result.stderr) == ("", "0 gaps; snapshot of run run-3, 1h old.\n")
