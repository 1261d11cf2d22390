"""What the choice of metrics in a configuration costs in CloudWatch, before any run.

Each sum is one metric. How many metrics there are by labels, only a run can tell; what they may
cost, the budget says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ebbtide.config import Config
from ebbtide.metrics.budget import affordable, monthly_price
from ebbtide.metrics.choosing import metrics_of
from ebbtide.metrics.cloudwatch import groups_of, is_offered, names_of


@dataclass(frozen=True, slots=True)
class ChoiceCost:
    """The sums that the budget pays for, of those that are wanted, and what is wanted by labels.

    Prices are in USD a month, and leave out other metrics that use the free ones.
    """

    sums: int
    wanted: int
    by: tuple[str, ...]
    budget: float

    @property
    def least(self) -> float:
        return monthly_price(self.sums)

    @property
    def most(self) -> float:
        return self.budget if self.by else self.least

    def to_json(self) -> dict[str, Any]:
        return {
            "currency": "USD",
            "sums": self.sums,
            "wanted": self.wanted,
            "by": list(self.by),
            "monthly_least": self.least,
            "monthly_most": self.most,
            "budget": self.budget,
        }


def choice_cost(config: Config) -> ChoiceCost:
    """Compute what CloudWatch bills for the metrics of a configuration."""
    offered = {one.name: one for one in metrics_of(config).values() if is_offered(one)}
    names = [name for name in names_of(config.metrics, offered) if name in offered]
    budget = config.metrics.cloudwatch.budget_usd
    paid, _ = affordable(names, budget)
    by = [
        f"{name} by {', '.join(labels)}"
        for name, labels in groups_of(config.metrics).items()
        if name in offered
    ]
    return ChoiceCost(len(paid), len(names), tuple(by), budget)
