"""What custom metrics cost, and what a budget pays for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.metrics.budget import affordable, monthly_price

# Worked out by hand from the tiers of CloudWatch's price list (us-east-1): 0.30 for the first
# 10,000, 0.10 for the next 240,000, 0.05 for the next 750,000, 0.02 above; ten are free.
PRICES = {
    0: 0.00,
    10: 0.00,
    11: 0.30,
    130: 36.00,
    10_000: 2_997.00,
    10_001: 2_997.10,
    250_000: 26_997.00,
    250_001: 26_997.05,
    1_000_000: 64_497.00,
    1_000_100: 64_499.00,
}


@pytest.mark.parametrize(("metrics", "price"), PRICES.items())
def test_price_is_that_of_the_price_list(metrics: int, price: float) -> None:
    assert monthly_price(metrics) == price


@pytest.mark.parametrize(
    ("budget", "count"), [(0, 10), (0.29, 10), (0.3, 11), (2.1, 17), (36, 130), (1e9, 200)]
)
def test_budget_pays_for_the_first_ones(budget: float, count: int) -> None:
    written, left_out = affordable(range(200), budget)
    assert [*written] == [*range(count)]
    assert [*written, *left_out] == [*range(200)]


@given(st.integers(0, 3_000_000), st.floats(0, 100_000))
def test_as_many_as_the_budget_pays_for_and_no_more(wanted: int, budget: float) -> None:
    written, left_out = affordable(range(wanted), budget)
    assert monthly_price(len(written)) <= budget + 0.002
    assert not left_out or monthly_price(len(written) + 1) > budget
