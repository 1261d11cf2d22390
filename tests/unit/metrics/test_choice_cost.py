"""What a choice of metrics costs, told before any run, agrees with what runs write."""

from __future__ import annotations

from typing import Any

import pytest

from ebbtide.config import Config
from ebbtide.metrics.choice_cost import choice_cost
from ebbtide.metrics.choosing import metrics_of
from ebbtide.metrics.cloudwatch import select
from ebbtide.metrics.sample import Sample


def config_of(chosen: Any) -> Config:
    return Config.model_validate({"metrics": {"cloudwatch": chosen}})


@pytest.mark.parametrize(
    ("chosen", "sums", "wanted", "least", "most"),
    [
        ({}, 10, 10, 0.0, 0.0),
        (False, 0, 0, 0.0, 0.0),
        ({"series": ["ResourcesFound"]}, 1, 1, 0.0, 0.0),
        # 30 cents for each metric beyond the tenth.
        ({"budget_usd": 2.1, "series": "classic"}, 17, 25, 2.1, 2.1),
        ({"by": {"ResourcesFound": ["kind"]}}, 10, 10, 0.0, 0.0),
        ({"by": {"ResourcesFound": ["kind"]}, "budget_usd": 40}, 10, 10, 0.0, 40.0),
    ],
)
def test_cost_of_a_choice(chosen: Any, sums: int, wanted: int, least: float, most: float) -> None:
    found = choice_cost(config_of(chosen))
    assert (found.sums, found.wanted) == (sums, wanted)
    assert (found.least, found.most) == pytest.approx((least, most))


@pytest.mark.parametrize("chosen", [{}, {"series": "all", "budget_usd": 9}])
def test_run_with_a_value_of_each_metric_costs_what_was_said(chosen: Any) -> None:
    config = config_of(chosen)
    metrics = metrics_of(config)
    written = select([Sample(one, {}, 1) for one in metrics], metrics, config.metrics)
    told = written.to_json(config.metrics.cloudwatch)
    found = choice_cost(config)
    assert (found.sums, found.wanted, found.least) == (
        told["metrics"],
        told["wanted"],
        told["monthly"],
    )
