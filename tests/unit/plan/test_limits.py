"""A plan beyond its limits is held as a whole."""

from collections import Counter

import pytest

from ebbtide.config import Limits
from ebbtide.plan.deletions import Deletions
from ebbtide.plan.limits import exceeded_limits
from tests.support.builders import instance, inventory, planned, resource, volume


def plan_of(count: int, bystanders: int = 0):
    tags = {"owner": "me", "expiration": "10y"}
    waste = [volume(f"vol-{number}") for number in range(count)]
    others = [volume(f"kept-{number}", "in-use", tags=tags) for number in range(bystanders)]
    return planned(inventory([*waste, *others]), "rules: {volumes: {enabled: true}}")


def test_a_small_plan_is_not_held() -> None:
    assert exceeded_limits([plan_of(9)], Limits()) == []


@pytest.mark.parametrize(
    "limit",
    ["per_run", "per_account", "per_kind", "per_rule", "percent_of_account", "percent_of_kind"],
)
def test_each_limit_holds(limit: str) -> None:
    generous = {
        "per_run": 999,
        "per_account": 999,
        "per_kind": 999,
        "per_rule": 999,
        "percent_of_account": 100,
        "percent_of_kind": 100,
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


ACCOUNT = "111122223333"
HIGH = {"per_run": 999, "per_account": 999, "per_kind": 999, "per_rule": 999}


@pytest.mark.parametrize("limit", ["per_day", "per_account_per_day"])
def test_what_was_deleted_within_a_day_counts(limit: str) -> None:
    limits = Limits(**HIGH, percent_of_account=100, percent_of_kind=100, **{limit: 10})
    gone = Deletions({ACCOUNT: Counter(aws_ec2_volume=6)})
    assert exceeded_limits([plan_of(4)], limits, gone) == []
    (reason,) = exceeded_limits([plan_of(5)], limits, gone)
    assert "6 were deleted in the last 24 hours" in reason
    # A plan without anything exceeds nothing, whatever was deleted before.
    assert (
        exceeded_limits([plan_of(0)], limits, Deletions({ACCOUNT: Counter(aws_ec2_volume=99)}))
        == []
    )


def test_deletions_elsewhere_count_for_all_accounts_only() -> None:
    limits = Limits(**HIGH, percent_of_account=100, percent_of_kind=100, per_day=10)
    gone = Deletions({"444455556666": Counter(aws_sqs_queue=9)})
    assert exceeded_limits([plan_of(1)], limits, gone) == []
    assert len(exceeded_limits([plan_of(2)], limits, gone)) == 1


def test_a_share_counts_the_deletions_of_a_day() -> None:
    plan = plan_of(5, bystanders=45)
    assert exceeded_limits([plan], Limits(**HIGH)) == []
    (reason,) = exceeded_limits(
        [plan], Limits(**HIGH), Deletions({ACCOUNT: Counter(aws_sqs_queue=20)})
    )
    assert "(25 of 70 resources, 20 of them already deleted" in reason


def test_a_share_of_a_kind_holds() -> None:
    limits = Limits(**HIGH, percent_of_account=100)
    assert exceeded_limits([plan_of(20, bystanders=20)], limits) == []
    (reason,) = exceeded_limits([plan_of(21, bystanders=20)], limits)
    assert "of kind aws_ec2_volume" in reason and "the limit is 50 %" in reason


def test_what_cannot_be_deleted_is_no_measure() -> None:
    tags = {"owner": "me", "expiration": "10y"}
    waste = [volume(f"vol-{number}") for number in range(12)]
    furniture = [
        *(resource("aws_ec2_subnet", f"d-{n}", keep_reason="the default") for n in range(300)),
        *(resource("aws_region", f"r-{n}") for n in range(40)),
        *(instance(f"i-{n}", "terminated", tags=tags) for n in range(40)),
    ]
    plan = planned(inventory([*waste, *furniture]), "rules: {volumes: {enabled: true}}")
    assert plan.deletable == {"aws_ec2_volume": 12}
    limits = Limits(**HIGH, percent_of_kind=100)
    (reason,) = exceeded_limits([plan], limits)
    assert "(12 of 12 resources)" in reason
