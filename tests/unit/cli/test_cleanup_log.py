"""Promises of `ebbtide cleanup log`, which reads the ledgers of all runs."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from ebbtide.base.clock import to_text
from ebbtide.cleanup.ledger import SEGMENT
from ebbtide.config import parse_config
from ebbtide.store.keys import RunKeys
from ebbtide.store.run import Run as Started
from tests.support.command import Run
from tests.support.snapshots import DEV, NOW, PROD, TIMES, Copy, write_run


def entry(
    run_id: str, seq: int, id: str, event: str, account: str = DEV, **more: Any
) -> dict[str, Any]:
    at: datetime = more.pop("at", TIMES.get(run_id, NOW)) + timedelta(seconds=seq)
    name = f"{account}/eu-central-1/aws_ec2_volume/{id}"
    return {
        "seq": seq,
        "at": to_text(at),
        "run_id": run_id,
        "dry_run": False,
        "graph_id": name,
        "arn": f"arn:aws:ec2:eu-central-1:{account}:volume/{id}",
        "event": event,
        "rules": ["expired"],
        "selected_because": f"{id} has expired",
        "reason": "not found any more",
        **more,
    }


def write_ledger(copy: Copy, run_id: str, *entries: dict[str, Any], account: str = DEV) -> None:
    text = "".join(json.dumps(one) + "\n" for one in entries)
    copy.write_text(RunKeys(run_id).cleanup(account, "ledger.jsonl"), text)
    state = {"format": 2, "ledger": [], "resources": {}, "in_segments": 0}
    copy.write_json(RunKeys(run_id).cleanup(account, "state.json"), state)


@pytest.fixture
def ledgers(copy: Copy) -> Copy:
    write_ledger(
        copy,
        "run-1",
        entry("run-1", 1, "vol-a", "deleting"),
        entry("run-1", 2, "vol-a", "gone"),
    )
    write_ledger(
        copy,
        "run-2",
        entry("run-2", 1, "vol-b", "gone", rules=["job:old", "expired"]),
        entry("run-2", 2, "vol-c", "failed", reason="refused by AWS: in use"),
    )
    write_ledger(copy, "run-3", entry("run-3", 1, "vol-d", "gone", PROD), account=PROD)
    return copy


def found(ebbtide: Run, *arguments: str) -> list[dict[str, Any]]:
    result = ebbtide("cleanup", "log", *arguments, "--format", "json")
    assert result.exit_code == 0, result.stderr
    rows: list[dict[str, Any]] = json.loads(result.stdout)
    return rows


def ids(ebbtide: Run, *arguments: str) -> list[str]:
    return [row["id"] for row in found(ebbtide, *arguments)]


@pytest.mark.usefixtures("ledgers")
def test_what_was_deleted_is_listed_with_run_rule_and_reason(ebbtide: Run) -> None:
    rows = found(ebbtide)
    assert [(row["id"], row["run_id"], row["account_name"]) for row in rows] == [
        ("vol-b", "run-2", "dev"),
        ("vol-d", "run-3", "prod"),
    ]
    assert rows[0]["rules"] == ["job:old", "expired"]
    assert rows[0]["selected_because"] == "vol-b has expired"
    result = ebbtide("cleanup", "log")
    assert "ending=gone, kind=aws_ec2_volume, id=vol-b, region=eu-central-1, account=dev, " in (
        result.stdout
    )
    assert "2 resources in 2 cleanups, since 20" in result.stderr


@pytest.mark.usefixtures("ledgers")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--since", "30d"), ["vol-a", "vol-b", "vol-d"]),
        (("--since", "30d", "--until", "1d"), ["vol-a", "vol-b"]),
        (("vol-a",), ["vol-a"]),
        ((f"{DEV}/eu-central-1/aws_ec2_volume/vol-a", "vol-b"), ["vol-a", "vol-b"]),
        ((f"arn:aws:ec2:eu-central-1:{PROD}:volume/vol-d",), ["vol-d"]),
        (("--run", "run-1"), ["vol-a"]),
        (("--account", "prod"), ["vol-d"]),
        (("--rule", "job:old"), ["vol-b"]),
        (("--kind", "volume", "--since", "1d"), ["vol-d"]),
        (("--kind", "aws_s3_bucket"), []),
        (("--ending", "failed"), ["vol-c"]),
        (("--all",), ["vol-b", "vol-c", "vol-d"]),
    ],
)
def test_any_id_and_any_span_can_be_asked_for(
    ebbtide: Run, words: tuple[str, ...], expected: list[str]
) -> None:
    assert ids(ebbtide, *words) == expected


@pytest.mark.usefixtures("ledgers")
def test_what_stays_tells_why_it_stays(ebbtide: Run) -> None:
    (line,) = ebbtide("cleanup", "log", "--ending", "failed").stdout.splitlines()
    assert line.endswith("because=refused by AWS: in use")


@pytest.mark.parametrize(
    "words",
    [
        ("--ending", "deleted"),
        ("--kind", "volum"),
        ("--account", "dve"),
        ("--run", "none"),
        ("--since", "soon"),
        ("--since", "1d", "--until", "2d"),
    ],
)
@pytest.mark.usefixtures("ledgers")
def test_what_there_is_not_is_an_error(ebbtide: Run, words: tuple[str, ...]) -> None:
    assert ebbtide("cleanup", "log", *words).exit_code == 2


def test_a_cleanup_under_way_shows_what_it_has_done(ebbtide: Run, copy: Copy) -> None:
    """Its entries are in segments and in the state, and ledger.jsonl may be of an earlier turn."""
    count = SEGMENT + 5
    entries = [entry("run-3", seq, f"vol-{seq}", "gone") for seq in range(1, count + 1)]
    write_ledger(copy, "run-3", *entries[:10])
    keys = RunKeys("run-3")
    text = "".join(json.dumps(one) + "\n" for one in entries[:SEGMENT])
    copy.write_text(keys.cleanup(DEV, "ledger/00000001.jsonl"), text)
    state = {"format": 2, "ledger": entries[SEGMENT:], "resources": {}, "in_segments": SEGMENT}
    copy.write_json(keys.cleanup(DEV, "state.json"), state)
    assert ids(ebbtide) == [f"vol-{seq}" for seq in range(1, count + 1)]


def test_a_run_that_deletes_long_after_its_start_is_found(ebbtide: Run, copy: Copy) -> None:
    """The period is about the deletion, not about the start of its run."""
    started = NOW - timedelta(hours=30)
    write_run(copy, Started("slow", "cleanup", started, parse_config("")))
    write_ledger(copy, "slow", entry("slow", 1, "vol-s", "gone", at=NOW - timedelta(hours=10)))
    assert ids(ebbtide, "--since", "12h") == ["vol-s"]
    assert ids(ebbtide, "--since", "3h") == []


def test_pending_is_only_what_nobody_has_ended_yet(ebbtide: Run, copy: Copy) -> None:
    pending = [entry("run-2", seq, f"vol-{seq}", "pending") for seq in (1, 2)]
    write_ledger(copy, "run-2", *pending)
    write_ledger(copy, "run-3", entry("run-3", 1, "vol-1", "gone"))
    assert ids(ebbtide, "--ending", "pending") == ["vol-2"]
    assert ids(ebbtide) == ["vol-1"]


def test_without_cleanups_there_is_nothing(ebbtide: Run) -> None:
    result = ebbtide("cleanup", "log")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith("0 resources in 0 cleanups")
