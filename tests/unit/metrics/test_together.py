"""Lines counted together by their columns equal lines evaluated one by one, whatever is in them."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebbtide.config import Config
from ebbtide.config.default_metrics import DEFAULTS
from ebbtide.metrics.choosing import Chosen, choose
from ebbtide.metrics.neighbours import needs_neighbours
from ebbtide.metrics.work import Work, work_of
from ebbtide.model.owning_account import owning_account
from tests.support.builders import NOW
from tests.support.measuring import Estate, config_of, works_of
from tests.unit.metrics.test_per_account import ACCOUNTS, lines, searches

# Not 1, which equals true: AWS gives a property values of one type, and integers of 64 bits.
HOSTILE = st.sampled_from([None, True, 1.5, -3, "12", "", [2, "a"], {"a": 2}, 10**18])


@st.composite
def odd_lines(draw: st.DrawFn, account: str, number: int) -> dict[str, Any]:
    """Lines whose columns have values of any type, and that may be of another account."""
    line = draw(lines(account, number))
    for name in draw(st.lists(st.sampled_from(["volume_size", "volume_type"]), unique=True)):
        line["properties"] = {**line["properties"], name: draw(HOSTILE)}
    if draw(st.integers(0, 3)) == 0:
        arns = (None, "no arn", f"arn:aws:ec2::{ACCOUNTS[1]}:x", f"arn:aws:ec2::c:{account}:x")
        line["arn"] = draw(st.sampled_from(arns))
        line["properties"] = {**line["properties"], "owner_id": draw(st.sampled_from(ACCOUNTS))}
    if draw(st.integers(0, 5)) == 0:
        line["orphaned_since"] = "2026-11-20T12:00:00Z"
    if draw(st.integers(0, 5)) == 0:
        line["price"] = {"monthly": draw(HOSTILE), "currency": "USD", "why": "a test"}
    return line


def one_by_one(estate: Estate, account: str, chosen: tuple[Chosen, ...]) -> list[Work]:
    """Evaluate metrics for each line by itself."""
    context = estate.snapshot(account).context(NOW)
    works = [work_of(one, context) for one in chosen]
    for line in estate.read_lines(f"{account} lines"):
        if owning_account(line) == account:
            for work in works:
                work.judge(line)
    return works


@cache
def defaults() -> tuple[Chosen, ...]:
    return choose(Config(), NOW)


def agree_one_by_one(found: list[dict[str, Any]], search: str) -> None:
    account = ACCOUNTS[0]
    metrics = config_of(tried=search).metrics.model_copy(update={"disabled": [*DEFAULTS]})
    tried = choose(Config(metrics=metrics), NOW)
    chosen = tuple(one for one in (*defaults(), *tried) if not needs_neighbours(one.query))
    estate = Estate({account: found})
    expected = one_by_one(estate, account, chosen)
    for work, other in zip(works_of(estate, account, chosen), expected, strict=True):
        assert (work.error, work.undecided) == (other.error, other.undecided)
        assert work.table.rows.keys() == other.table.rows.keys()
        for labels, figures in work.table.rows.items():
            pairs = zip(work.table.functions, figures, other.table.rows[labels], strict=True)
            for function, own, one in pairs:
                assert own.stored(function) == pytest.approx(one.stored(function)), function


ODD = st.lists(st.integers(0, 99), max_size=40, unique=True).flatmap(
    lambda numbers: st.tuples(*(odd_lines(ACCOUNTS[0], number) for number in numbers)).map(list)
)


@settings(max_examples=30)
@given(found=ODD, search=searches())
def test_lines_counted_together_equal_lines_one_by_one(
    found: list[dict[str, Any]], search: str
) -> None:
    agree_one_by_one(found, search)


@pytest.mark.full
@settings(max_examples=200)
@given(found=ODD, search=searches())
def test_lines_counted_together_equal_lines_one_by_one_many_times(
    found: list[dict[str, Any]], search: str
) -> None:
    agree_one_by_one(found, search)
