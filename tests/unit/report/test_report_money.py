"""Sums of a report: what is no price is unknown, and never added."""

from typing import Any

import pytest

from ebbtide.report.money import Costs, price_in
from tests.support.builders import volume
from tests.unit.plan.test_prices import NO_PRICES


@pytest.mark.parametrize("section", NO_PRICES)
def test_what_is_no_price_is_counted_as_unknown(section: Any) -> None:
    line = {**volume("odd").to_line(), "price": section}
    costs = Costs()
    assert price_in(line) is None
    costs.add(line, price_in(line), "")
    assert (costs.total.value, costs.total.unknown) == (None, 1)
