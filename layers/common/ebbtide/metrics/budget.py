"""What metrics cost in CloudWatch, and which of them a budget pays for.

Prices of us-east-1, per metric and month (CloudWatch pricing, custom metrics): CloudWatch prorates
them by the hour, so metrics that get a value less often than hourly cost less. The first ten custom
metrics and the first million calls are free, for all accounts that share a bill together.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

FREE_METRICS = 10
# Up to how many metrics, and US cents a month for each of them above the tier before.
TIERS = ((10_000, 30), (250_000, 10), (1_000_000, 5), (10**12, 2))


def monthly_price(metrics: int) -> float:
    """Return the US dollars a month for this number of custom metrics, the free ones included."""
    return _cents(metrics) / 100


def _cents(metrics: int) -> int:
    bounds = [FREE_METRICS, *(bound for bound, _ in TIERS)]
    return sum(
        max(0, min(metrics, upper) - lower) * cents
        for (lower, upper), (_, cents) in zip(pairwise(bounds), TIERS, strict=True)
    )


def affordable[T](wanted: Sequence[T], budget: float) -> tuple[Sequence[T], Sequence[T]]:
    """Split metrics, the most important first, into those that a monthly budget in US dollars pays
    for and those that it does not."""
    # A tenth of a cent more, so that a budget such as 2.10 is never a hair too small.
    spendable = budget * 100 + 0.1
    count = bisect_right(range(len(wanted) + 1), spendable, key=_cents) - 1
    return wanted[:count], wanted[count:]
