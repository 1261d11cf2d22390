"""`workflows history` without a name: one line per workflow, as Resoto's users know it."""

from __future__ import annotations

from typing import Any

import pytest

from ebbtide.config import parse_config
from ebbtide.store.run import Run as Started
from ebbtide_cli.formats import rows as table_rows
from tests.support.executions import States
from tests.support.snapshots import TIMES, Copy, write_run
from tests.unit.cli.test_runs_command import cleaned, planned, rows, states, typed

__all__ = ["states"]  # a fixture, which pytest finds by name


@pytest.fixture
def used(states: States, copy: Copy) -> States:
    """Three runs of the usual workflow, one of them skipped, and two of `collect`."""
    skipped = {"outcome": "skipped", "holder": "run-3", "execution": "arn"}
    states.add("run-3", "SUCCEEDED", age=60, took=12)
    states.add("late", "SUCCEEDED", age=100, took=1, output=skipped)
    states.add("run-2", "SUCCEEDED", age=2_880, took=5)
    states.add("broken", "FAILED", age=4_000, took=15, input={"workflow": "collect"})
    states.add("run-1", "FAILED", age=14_400, took=20)
    write_run(copy, Started("run-2", "collect", TIMES["run-2"], parse_config("")))
    planned(copy)
    cleaned(copy, gone=3, failed=2)
    return states


def by_workflow(*words: str) -> dict[str, dict[str, Any]]:
    return {row.pop("workflow"): row for row in rows("workflows", "history", *words)}


@pytest.mark.usefixtures("used")
def test_each_workflow_has_its_runs_errors_duration_and_cost() -> None:
    found = by_workflow()
    assert list(found) == ["collect_and_cleanup", "collect"]
    usual, collect = found.values()
    assert usual["statuses"] == {"failed": 1, "skipped": 1, "succeeded": 1}
    assert (usual["runs"], usual["skipped"], usual["with_errors"], usual["errors"]) == (3, 1, 2, 3)
    assert (usual["last_run"], usual["last_status"]) == ("run-3", "succeeded")
    assert usual["average_seconds"] == (12 + 20) * 60 / 2, "the skipped run does not count"
    assert (collect["runs"], collect["with_errors"], collect["average_seconds"]) == (2, 1, 600)
    assert collect["last_run"] == "run-2"


@pytest.mark.usefixtures("used")
def test_the_cost_is_that_of_all_runs() -> None:
    single = {row["run"]: row["usd"] for row in rows("runs", "list")}
    known = [single[name] for name in ("run-3", "run-1") if single[name] is not None]
    assert known
    assert by_workflow()["collect_and_cleanup"]["usd"] == pytest.approx(sum(known), abs=2e-4)


@pytest.mark.usefixtures("used")
def test_options_choose_the_runs_that_count() -> None:
    assert by_workflow("--since", "3d")["collect"]["runs"] == 2
    assert by_workflow("--since", "50h")["collect"]["runs"] == 1
    assert by_workflow("--has-errors")["collect_and_cleanup"]["runs"] == 2
    assert list(by_workflow("--limit", "2")) == ["collect_and_cleanup"]
    assert "1 workflow, 2 runs (--limit); there may be more." in (
        typed("workflows", "history", "--limit", "2").stderr
    )
    assert typed("workflows", "history", "--since", "soon").exit_code == 2


@pytest.mark.usefixtures("used")
def test_a_name_lists_the_runs_of_one_workflow() -> None:
    found = [row["run"] for row in rows("workflows", "history", "collect", "--has-errors")]
    assert found == ["broken"]


@pytest.mark.usefixtures("used")
def test_the_table_fits_into_100_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_rows, "table_width", lambda: 100)
    text = typed("workflows", "history", "--format", "table").stdout
    assert "collect_and_cleanup" in text and "16m" in text
    assert "run-3" in text
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 100
    assert "0 workflows, 0 runs." in typed("workflows", "history", "--since", "1m").stderr


def test_a_copy_has_a_history(ebbtide: Any) -> None:
    result = ebbtide("workflows", "history", "--format", "csv")
    assert result.exit_code == 0
    assert result.stdout.startswith("workflow,runs,with_errors,errors,skipped,average,usd,last_run")
