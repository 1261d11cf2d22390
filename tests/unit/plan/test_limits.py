"""A plan beyond its limits is held as a whole."""

import pytest

from ebbtide.config import Limits
from ebbtide.plan.limits import exceeded_limits
from tests.support.builders import inventory, planned, volume


def plan_of(count: int, bystanders: int = 0):
    tags = {"owner": "me", "expiration": "10y"}
    waste = [volume(f"vol-{number}") for number in range(count)]
    others = [volume(f"kept-{number}", "in-use", tags=tags) for number in range(bystanders)]
    return planned(inventory([*waste, *others]), "rules: {volumes: {enabled: true}}")


def test_a_small_plan_is_not_held() -> None:
    assert exceeded_limits([plan_of(9)], Limits()) == []


@pytest.mark.parametrize(
    "limit", ["per_run", "per_account", "per_kind", "per_rule", "percent_of_account"]
)
def test_each_limit_holds(limit: str) -> None:
    generous = {
        "per_run": 999,
        "per_account": 999,
        "per_kind": 999,
        "per_rule": 999,
        "percent_of_account": 100,
    }
    plan = plan_of(20, bystanders=20)
    assert exceeded_limits([plan], Limits(**generous)) == []
    (reason,) = exceeded_limits([plan], Limits(**{**generous, limit: 10}))
    assert "10" in reason


def test_the_run_counts_all_accounts() -> None:
    limits = Limits(per_run=15, per_kind=99, per_rule=99)
    assert exceeded_limits([plan_of(8)], limits) == []
    assert exceeded_limits([plan_of(8), plan_of(8)], limits)


def test_zero_means_nothing_at_all() -> None:
    assert exceeded_limits([plan_of(1)], Limits(per_run=0))
