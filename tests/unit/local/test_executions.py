"""What the emulated Step Functions counts, as the developer guide says of its metrics."""

from __future__ import annotations

import pytest

from local.emulator.executions import metrics_of

TIMES = {"startDate": "2026-11-22T10:00:00Z", "stopDate": "2026-11-22T10:01:30.5Z"}


def test_start_is_counted_when_it_runs() -> None:
    assert [*metrics_of({"status": "RUNNING", **TIMES})] == [("ExecutionsStarted", 1, "Count")]


@pytest.mark.parametrize(
    ("status", "name"),
    [
        ("SUCCEEDED", "ExecutionsSucceeded"),
        ("FAILED", "ExecutionsFailed"),
        ("ABORTED", "ExecutionsAborted"),
        ("TIMED_OUT", "ExecutionsTimedOut"),
    ],
)
def test_end_is_counted_with_its_duration(status: str, name: str) -> None:
    assert [*metrics_of({"status": status, **TIMES})] == [
        (name, 1, "Count"),
        ("ExecutionTime", 90_500, "Milliseconds"),
    ]


def test_redrive_that_waits_is_no_end() -> None:
    assert [*metrics_of({"status": "PENDING_REDRIVE", **TIMES})] == []
