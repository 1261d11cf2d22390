"""The estimate of a run is the model of docs/costs.md, divided by its runs."""

from __future__ import annotations

import re

import pytest

from ebbtide.deployment.costs import Counters, cost_of
from tests.support.paths import REPOSITORY

RUNS_A_MONTH = 730
# One account of the page: 2,006 calls of 120 ms and 2,000 resources, parsed in 0.1 ms each.
CALL_SECONDS = 2_006 * 0.120 + 16 * (2_006 * 0.0013 + 2_000 * 0.0001)


def usual(accounts: int) -> Counters:
    return Counters(
        accounts=accounts,
        tasks=accounts,
        call_seconds=accounts * CALL_SECONDS,
        planned_accounts=accounts,
        measured_accounts=accounts,
        steps=4,
    )


@pytest.mark.parametrize("accounts", [1, 50, 1000])
def test_a_month_of_runs_costs_what_the_table_says(accounts: int) -> None:
    """The table of the README, without storage, metrics and logs, which are not of one run."""
    row = re.search(rf"^\| {accounts:,} \|(.+)\|$", (REPOSITORY / "README.md").read_text(), re.M)
    assert row is not None
    transitions, collect, others, *_ = (float(one.strip(" *")) for one in row[1].split("|"))
    expected = transitions + collect + others
    assert RUNS_A_MONTH * cost_of(usual(accounts)) == pytest.approx(expected, rel=0.1)


def test_a_cleanup_and_billed_metrics_cost_more() -> None:
    plain = cost_of(usual(1))
    with_ticks = Counters(**{**_fields(usual(1)), "ticks": 100})
    assert cost_of(with_ticks) - plain == pytest.approx(100 * 3 * 0.025 / 1000 + 0.0027, rel=0.02)
    asked = Counters(**{**_fields(usual(1)), "metrics_asked": 1_000})
    assert cost_of(asked) - plain == pytest.approx(0.01)


def _fields(counters: Counters) -> dict[str, float]:
    return {name: getattr(counters, name) for name in Counters.__dataclass_fields__}
