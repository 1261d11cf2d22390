"""What deletions have saved, added up by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ebbtide.base.clock import to_text
from ebbtide.report.deletions import Deletion
from ebbtide.report.savings import once, rows, total

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def gone(id: str, monthly: float | None, hours: float = 73, **more: Any) -> Deletion:
    entry = {
        "at": to_text(NOW - timedelta(hours=hours)),
        "run_id": "run-1",
        "graph_id": f"111122223333/us-east-1/aws_ec2_volume/{id}",
        "arn": None,
        "event": "gone",
        "rules": ["expired", "volumes"],
        "selected_because": "old",
        "dry_run": False,
        "monthly": monthly,
        "owner": "web",
        **more,
    }
    return Deletion.of(entry)


def test_only_what_is_gone_counts_and_once() -> None:
    found = [
        gone("a", 10.0, hours=730),
        gone("a", 12.0, hours=73),
        gone("b", 5.0, event="would_delete", dry_run=True),
        gone("c", 5.0, event="left_behind"),
        gone("d", 5.0, event="failed"),
        gone("e", 5.0, event="pending"),
    ]
    assert [(one.id, one.monthly) for one in once(found)] == [("a", 12.0)]


def test_a_tenth_of_a_month_saves_a_tenth_of_the_price() -> None:
    found = [gone("a", 10.0), gone("b", None), gone("c", 20.0, hours=0)]
    row = total(found, None, NOW)
    assert (row.realised.monthly, row.realised.unknown, row.realised.resources) == (30.0, 1, 3)
    assert row.so_far == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("part", "names"),
    [
        ("rule", ["expired", "old"]),
        ("account", ["111122223333"]),
        ("owner", ["web", "", "new"]),
        ("kind", ["aws_ec2_volume"]),
    ],
)
def test_rows_are_of_what_is_gone_and_of_what_is_planned(part: str, names: list[str]) -> None:
    found = [gone("a", 10.0), gone("b", 1.0, owner=None, rules=["old"])]
    more = {"new": {"monthly": 7.0, "unknown": 2, "resources": 3}} if part == "owner" else {}
    shown = rows(part, found, {"by": {part: more}}, NOW)
    assert [row.name for row in shown] == names
    assert sum(row.realised.monthly for row in shown) == 11.0
    if more:
        assert (shown[-1].planned.monthly, shown[-1].planned.unknown) == (7.0, 2)


def test_an_older_ledger_has_no_prices() -> None:
    old = total([gone("a", None)], None, NOW)
    assert old.realised.words == "an unknown amount (the price of 1 resource is unknown)"
    assert (old.realised.known, old.so_far) == (None, None)


def test_nothing_gone_has_saved_nothing() -> None:
    row = total([], None, NOW)
    assert (row.realised.known, row.so_far) == (0.0, 0.0)
