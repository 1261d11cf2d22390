"""What other properties would save: a difference of two prices, unknown if one of them is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ebbtide.prices.book import PriceBook
from ebbtide.prices.differing import Difference, difference
from ebbtide.prices.estimating import Estimator
from tests.support.builders import resource

ESTIMATOR = Estimator(PriceBook())


def saved(kind: str, properties: dict[str, Any], instead: dict[str, Any]) -> Difference:
    one = replace(resource(kind, "one", region="us-east-1"), properties=properties)
    return difference(one.to_line(), instead, ESTIMATOR)


def volume(**changes: Any) -> dict[str, Any]:
    return {"volume_type": "gp2", "size": 100, "iops": 300, **changes}


def test_the_other_is_priced_at_the_same_prices() -> None:
    found = saved("aws_ec2_volume", volume(), {"volume_type": "gp3", "throughput": 125})
    assert found == Difference(pytest.approx(2.0), "")  # 100 GiB * (0.10 - 0.08) USD


def test_what_costs_more_saves_less_than_nothing() -> None:
    found = saved("aws_ec2_volume", volume(), {"volume_type": "gp3", "throughput": 500})
    assert found.monthly is not None and found.monthly < 0


def test_a_beginning_is_replaced_and_the_rest_stays() -> None:
    running = {
        "instance_type": "m4.large",
        "instance_status": "running",
        "platform_details": "Linux/UNIX",
        "placement": {"tenancy": "default"},
    }
    found = saved("aws_ec2_instance", running, {"instance_type": {"t2.": "t3.", "m4.": "m5."}})
    assert found.monthly == pytest.approx((0.10 - 0.096) * 730)


@pytest.mark.parametrize("kind", [None, 3, "m7i.large"])
def test_without_a_beginning_that_fits_the_saving_is_unknown(kind: object) -> None:
    found = saved("aws_ec2_instance", {"instance_type": kind}, {"instance_type": {"m4.": "m5."}})
    assert found == Difference(None, "nothing is declared to take the place of its instance type")


@pytest.mark.parametrize(
    ("properties", "instead", "why"),
    [
        (volume(size=None), {"volume_type": "gp3"}, "its price is unknown"),
        (volume(), {"volume_type": "gp9"}, "the price of the other is unknown"),
    ],
)
def test_an_unknown_price_is_never_a_saving(
    properties: dict[str, Any], instead: dict[str, Any], why: str
) -> None:
    found = saved("aws_ec2_volume", properties, instead)
    assert found.monthly is None and found.why.startswith(why)
