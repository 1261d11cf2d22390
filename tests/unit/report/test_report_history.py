"""The history of a report: the last runs, from what each left, with few reads."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ebbtide.base.clock import to_text
from ebbtide.config import Config
from ebbtide.graph.manifest import AccountEntry, Manifest
from ebbtide.report.history import earlier_runs
from ebbtide.store.keys import RunKeys
from ebbtide.store.run import Run, store_run
from tests.support.memory_store import MemoryStore
from tests.support.reported_runs import STARTED
from tests.support.snapshots import DEV


def started(number: float) -> Any:
    return STARTED + timedelta(hours=number)


def write_runs(store: MemoryStore, count: int) -> Manifest:
    """Write snapshots, each with one resource more, and return the last one."""
    previous = None
    for number in range(count):
        name = f"run-{number}"
        entry = AccountEntry(
            DEV, "dev", name, "r", "e", "c", "v", counts={"aws_vpc": number}, states={"complete": 1}
        )
        manifest = Manifest(name, to_text(started(number)), previous, (entry,))
        previous = RunKeys(name).manifest
        store.write_json(previous, manifest.to_json())
    return manifest


def test_rows_are_the_earlier_runs_oldest_first() -> None:
    store = MemoryStore()
    last = write_runs(store, 4)
    rows = earlier_runs(store, last, "run-3")
    assert [row["run"] for row in rows] == ["run-0", "run-1", "run-2"]
    assert [row["resources"] for row in rows] == [0, 1, 2]
    assert [row["started"] for row in rows] == [to_text(started(number)) for number in range(3)]
    assert {row["coverage"] for row in rows} == {100.0}
    # Nothing says what these runs would have planned or cost.
    assert {(row["monthly"], row["planned"], row["cleaned"]) for row in rows} == {(None,) * 3}


def test_only_the_last_runs_are_read() -> None:
    store = MemoryStore()
    last = write_runs(store, 30)
    store.reads.clear()
    rows = earlier_runs(store, last, "run-29", most=5)
    assert [row["run"] for row in rows] == [f"run-{number}" for number in range(24, 29)]
    assert len(store.reads) <= 5 * 5 + 2


def test_savings_without_any_known_price_are_unknown() -> None:
    store = MemoryStore()
    last = write_runs(store, 3)
    for run, known in (("run-0", 0), ("run-1", 1)):
        savings = {"monthly": 4.0 * known, "unknown": 2, "resources": 2 + known}
        cleanup = {"totals": {"gone": 2 + known, "failed": 0}, "savings": savings}
        store.write_json(RunKeys(run).cleanup_summary, cleanup)
    rows = earlier_runs(store, last, "run-2")
    assert [row["savings"] for row in rows] == [None, 4.0]


def test_summaries_fill_a_row() -> None:
    store = MemoryStore()
    last = write_runs(store, 2)
    keys = RunKeys("run-0")
    plan = {"held": False, "held_resources": 2, "accounts": [{"planned": 5}, {"planned": 4}]}
    totals = {"gone": 6, "failed": 1}
    store.write_json(keys.plan_summary, plan)
    store.write_json(keys.cleanup_summary, {"totals": totals, "savings": {"monthly": 12.5}})
    (row,) = earlier_runs(store, last, "run-1")
    assert (row["planned"], row["held"], row["cleaned"], row["failed"]) == (9, 2, 6, 1)
    assert (row["savings"], row["monthly"]) == (12.5, None)


def test_the_row_that_a_report_has_noted_is_read_instead() -> None:
    store = MemoryStore()
    last = write_runs(store, 2)
    noted = {"run": "run-0", "monthly": 99.0}
    store.write_json(RunKeys("run-0").report_row, {"format": 1, "row": noted})
    store.reads.clear()
    assert earlier_runs(store, last, "run-1") == [noted]
    assert RunKeys("run-0").plan_summary not in store.reads


def test_runs_that_used_a_snapshot_later_have_rows_of_their_own() -> None:
    store = MemoryStore()
    last = write_runs(store, 2)
    for name, number in (("cleanup-1", 0.5), ("cleanup-2", 1.5), ("cleanup-3", 1.7)):
        bucket: Any = store
        store_run(bucket, Run(name, "cleanup", started(number), Config(), manifest="m"))
    lists = {"run-0": ["cleanup-1"], "run-1": ["cleanup-2", "cleanup-3"]}
    for name, runs in lists.items():
        store.write_json(RunKeys(name).later_runs, {"format": 1, "runs": runs})
    rows = earlier_runs(store, last, "cleanup-3")
    assert [row["run"] for row in rows] == ["run-0", "cleanup-1", "run-1", "cleanup-2"]
    assert rows[1]["started"] == to_text(started(0.5))
    assert [row["run"] for row in earlier_runs(store, last, "run-1")] == ["run-0", "cleanup-1"]


def test_it_ends_where_snapshots_have_expired() -> None:
    store = MemoryStore()
    last = write_runs(store, 4)
    del store.objects[RunKeys("run-1").manifest]
    assert [row["run"] for row in earlier_runs(store, last, "run-3")] == ["run-2"]


def test_savings_of_which_no_price_is_known_are_unknown() -> None:
    store = MemoryStore()
    last = write_runs(store, 4)
    # An older version wrote 0 for an unknown sum, too.
    for name, monthly, unknown in (("run-0", 0.0, 2), ("run-1", None, 2), ("run-2", 0.0, 1)):
        savings = {"monthly": monthly, "unknown": unknown, "resources": 2, "currency": "USD"}
        summary = {"totals": {"gone": 2}, "savings": savings}
        store.write_json(RunKeys(name).cleanup_summary, summary)
    assert [row["savings"] for row in earlier_runs(store, last, "run-3")] == [None, None, 0.0]
