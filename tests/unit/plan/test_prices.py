"""Prices in plans: limits in money, minima, savings, and what no price may change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.config import Limits, parse_config
from ebbtide.model.resource import Resource
from ebbtide.model.savings import Money, Saved, savings
from ebbtide.plan import Plan, make_plan, read_plan
from ebbtide.plan.deletions import Deletions
from ebbtide.plan.first_runs import _hash, definitions
from ebbtide.plan.limits import exceeded_limits
from ebbtide.plan.savings import saved_by_all
from tests.support.builders import NOW, codes, ids, inventory, owns_edge, planned, resource, volume
from tests.support.search_estate import priced

VOLUMES = "rules: {volumes: {enabled: true}}"
EXPIRED = {"expiration": "1d", "owner": "me"}
GENEROUS: dict[str, Any] = {"percent_of_account": 100, "percent_of_kind": 100}


def costing(id: str, monthly: float | None, **rest: Any) -> Resource:
    return replace(volume(id, **rest), price=priced(monthly))


def plan_of(*prices: float | None, config: str = VOLUMES) -> Plan:
    found = [costing(f"vol-{number}", price) for number, price in enumerate(prices)]
    return planned(inventory(found), config)


def test_each_entry_has_its_price() -> None:
    found = {
        "going": costing("going", 8.0),
        "unknown": costing("unknown", None),
        "kept": costing("kept", 0, tags={"ebbtide:protected": "yes"}),
        "stale": costing("stale", 4.0, unknown_tags=True),
    }
    plan = planned(inventory(found.values()), "rules: {volumes: {enabled: true}}")
    assert {one.subject.id: one.monthly for one in plan.planned} == {"going": 8.0, "unknown": None}
    assert {one.subject.id: one.monthly for one in plan.refused} == {"kept": 0}
    assert {one.subject.id: one.monthly for one in plan.undecided} == {"stale": 4.0}
    assert read_plan(plan.to_json()).sealed().hash == plan.hash


def test_the_hash_covers_prices_and_no_approval_depends_on_them() -> None:
    cheap, dear = plan_of(8.0), plan_of(9.0)
    assert cheap.hash != dear.hash
    assert cheap.planned[0].binding == dear.planned[0].binding
    assert cheap.planned[0].binding == plan_of(None).planned[0].binding


def test_a_plan_of_a_version_without_prices_keeps_its_hash() -> None:
    stored = plan_of(None, None).to_json()
    for entry in stored["planned"]:
        del entry["monthly"], entry["owner"]
    older = read_plan(stored)
    assert older.planned[0].monthly is None
    assert older.sealed().hash == older.hash


@pytest.mark.parametrize(
    ("prices", "limits", "said"),
    [
        ((300.0, 199.0), {"monthly": 500}, []),
        ((300.0, 200.0), {"monthly": 500}, []),
        ((300.0, 200.01), {"monthly": 500}, ["500.01 USD"]),
        ((300.0, 200.01), {}, []),
        ((300.0, None), {"monthly": 500}, ["may cost more"]),
        ((300.0, None), {"monthly": 500, "unknown_prices": "leave_out"}, []),
        ((501.0, None), {"monthly": 500, "unknown_prices": "leave_out"}, ["1 resource is unknown"]),
        ((None,), {"monthly": 500}, ["may cost more"]),
        ((0, 0), {"monthly": 0}, []),
        ((0.1,), {"monthly": 0}, ["0.10 USD"]),
    ],
)
def test_a_limit_in_money_holds_what_costs_or_may_cost_more(
    prices: tuple[float | None, ...], limits: dict[str, Any], said: list[str]
) -> None:
    found = exceeded_limits([plan_of(*prices)], Limits(**GENEROUS, **limits))
    assert len(found) == len(said)
    assert all(text in one for text, one in zip(said, found, strict=True))


def test_the_limit_counts_all_accounts_together() -> None:
    limits = Limits(**GENEROUS, monthly=10)
    assert exceeded_limits([plan_of(6.0)], limits) == []
    assert len(exceeded_limits([plan_of(6.0), plan_of(6.0)], limits)) == 1


@pytest.mark.parametrize(
    ("prices", "earlier", "limits", "said"),
    [
        ((6.0,), (4.0,), {"monthly_per_day": 10}, ""),
        ((6.0,), (4.01,), {"monthly_per_day": 10}, "together, costs about 10.01 USD a month"),
        ((6.0,), (4.01,), {"monthly": 10}, ""),
        ((6.0,), (None,), {"monthly_per_day": 10}, "may cost more than at least about 6.00 USD"),
        ((6.0,), (None,), {"monthly_per_day": 10, "unknown_prices": "leave_out"}, ""),
        ((None,), (), {"monthly_per_day": 10}, "may cost more"),
        ((11.0,), (), {"monthly_per_day": 10}, "the limit per day is 10.00 USD a month"),
        # Nothing is planned, or nothing that costs anything.
        ((), (99.0,), {"monthly_per_day": 10}, ""),
        ((0,), (99.0, None), {"monthly_per_day": 10}, ""),
    ],
)
def test_a_limit_of_a_day_counts_the_money_of_earlier_runs(
    prices: tuple[float | None, ...],
    earlier: tuple[float | None, ...],
    limits: dict[str, Any],
    said: str,
) -> None:
    gone = Deletions({}, earlier)
    found = exceeded_limits([plan_of(*prices)], Limits(**GENEROUS, **limits), gone)
    assert len(found) == bool(said)
    assert said in "".join(found)


@pytest.mark.parametrize(
    "config",
    [
        "cleanup: {skip_below: 1}\nrules: {volumes: {enabled: true}}",
        "rules: {volumes: {enabled: true, min_monthly: 1}}",
        "cleanup: {skip_below: 0.5}\nrules: {volumes: {enabled: true, min_monthly: 1}}",
    ],
)
def test_what_is_cheaper_than_the_minimum_stays(config: str) -> None:
    plan = plan_of(0.99, 1.0, None, 0, config=config)
    assert ids(plan.planned) == {"vol-1"}
    assert codes(plan.refused) == {"vol-0": "too_cheap", "vol-3": "too_cheap"}
    assert codes(plan.undecided) == {"vol-2": "price_unknown"}
    assert "no price of io2 in eu-south-2" in plan.undecided[0].reason


def test_of_several_rules_the_least_minimum_counts() -> None:
    config = """
rules: {volumes: {enabled: true, min_monthly: 100}, expired: {enabled: true}}
"""
    both, one = costing("both", 2.0, tags=EXPIRED), costing("one", 2.0)
    plan = planned(inventory([both, one]), config)
    assert ids(plan.planned) == {"both"}
    assert codes(plan.refused) == {"one": "too_cheap"}


def test_protection_comes_before_the_price() -> None:
    found = costing("vol-1", None, tags={"ebbtide:protected": "yes"})
    config = "cleanup: {skip_below: 1}\nrules: {volumes: {enabled: true}}"
    assert codes(planned(inventory([found]), config).refused) == {"vol-1": "protected"}


def owner_and_owned(own: float | None, along: float | None) -> Plan:
    owner = replace(resource("aws_ec2_instance", "i-1", tags=EXPIRED), price=priced(own))
    owned = replace(volume("vol-root", "in-use", tags={"owner": "web"}), price=priced(along))
    config = "cleanup: {skip_below: 5}\nrules: {expired: {enabled: true}}"
    return planned(inventory([owner, owned], [owns_edge(owner, owned)]), config)


@pytest.mark.parametrize(
    ("own", "along", "outcome"),
    [
        (0, 8.0, "planned"),
        (None, 8.0, "planned"),
        (3.0, 3.0, "planned"),
        (0, 4.0, "too_cheap"),
        (0, None, "price_unknown"),
        (None, 4.0, "price_unknown"),
    ],
)
def test_what_goes_along_is_worth_something_too(
    own: float | None, along: float | None, outcome: str
) -> None:
    plan = owner_and_owned(own, along)
    rejected = {**codes(plan.refused), **codes(plan.undecided)}
    assert rejected.get("i-1", "planned") == outcome
    if outcome == "planned":
        # Each has its own price and counts once.
        assert {one.subject.id: one.monthly for one in plan.planned} == {
            "i-1": own,
            "vol-root": along,
        }


def test_an_owner_is_that_of_the_tag_or_of_what_it_goes_with() -> None:
    bare = replace(volume("vol-bare", "in-use"), price=priced(1.0))
    owner = replace(resource("aws_ec2_instance", "i-1", tags=EXPIRED), price=priced(1.0))
    world, rules = inventory([owner, bare], [owns_edge(owner, bare)]), "expired: {enabled: true}"
    for tag, name in ((None, "me"), ("owner", "me"), ("expiration", "1d"), ("team", None)):
        keys = "" if tag is None else f"\nowners: {{tag: {tag}}}"
        plan = planned(world, f"rules: {{{rules}}}{keys}")
        assert {one.subject.id: one.owner for one in plan.planned} == {
            "i-1": name,
            "vol-bare": name,
        }


def test_a_minimum_is_part_of_the_selection_only_if_there_is_one() -> None:
    plain = definitions(parse_config(VOLUMES))
    raised = definitions(parse_config("rules: {volumes: {enabled: true, min_monthly: 2}}"))
    overall = definitions(parse_config("cleanup: {skip_below: 2}\n" + VOLUMES))
    assert plain != raised == overall
    # As in versions without minima: their reports and approvals stay valid.
    options = parse_config(VOLUMES).rules.model_dump(mode="json")["volumes"]
    assert options.pop("min_monthly") == 0
    assert options.pop("grace") is options.pop("grace_runs") is None
    assert plain["volumes"] == _hash(options)


def test_savings_count_each_resource_once_for_its_first_rule() -> None:
    config = "rules: {volumes: {enabled: true}, expired: {enabled: true}}"
    found = [costing("a", 2.0, tags=EXPIRED), costing("b", 3.0), costing("c", None)]
    summed = savings(saved_by_all(planned(inventory(found), config).planned))
    assert (summed["monthly"], summed["unknown"], summed["resources"]) == (5.0, 1, 3)
    for part, sums in summed["by"].items():
        assert sum(one["monthly"] for one in sums.values()) == 5.0, part
        assert sum(one["resources"] for one in sums.values()) == 3, part
    assert summed["by"]["owner"]["me"]["monthly"] == 2.0
    assert summed["by"]["owner"][""]["unknown"] == 1


PRICES = st.none() | st.integers(0, 10**6).map(lambda cents: cents / 100)


@given(
    st.lists(
        st.builds(
            Saved,
            PRICES,
            *[st.sampled_from("ab")] * 4,
        )
    ),
    st.randoms(),
)
def test_every_division_adds_up_and_the_order_does_not_matter(
    saved: list[Saved], random: Any
) -> None:
    summed = savings(saved)
    for sums in summed["by"].values():
        found = [Money.from_json(one) for one in sums.values()]
        assert sum(one.monthly for one in found) == pytest.approx(summed["monthly"] or 0.0)
        assert sum(one.unknown for one in found) == summed["unknown"]
        assert sum(one.resources for one in found) == len(saved)
    priceless = bool(saved) and all(one.monthly is None for one in saved)
    assert (summed["monthly"] is None) == priceless
    for sums in summed["by"].values():
        for one in sums.values():
            assert (one["monthly"] is None) == (one["unknown"] == one["resources"])
            assert Money.from_json(one).to_json() == one
    mixed = [*saved]
    random.shuffle(mixed)
    assert savings(mixed) == summed


def test_a_rule_that_only_reports_lowers_no_minimum() -> None:
    config = """
rules: {volumes: {enabled: true, min_monthly: 100}, expired: {enabled: true}}
"""
    both = costing("both", 2.0, tags=EXPIRED)
    known = {"run_id": "run-1", "manifest": "manifest", "now": NOW}
    plan = make_plan(inventory([both]), parse_config(config), first_run={"expired"}, **known)
    assert not plan.planned
    assert ids(plan.reported) == {"both"}
    assert "the minimum is 100.00 USD" in plan.reported[0].stays


NO_PRICES = [
    {"monthly": -1000.0, "currency": "USD"},
    {"monthly": float("nan"), "currency": "USD"},
    {"monthly": float("inf"), "currency": "USD"},
    {"monthly": 1e300, "currency": "USD"},
    {"monthly": "9", "currency": "USD"},
    {"monthly": True, "currency": "USD"},
    {"monthly": 1.0, "currency": "EUR"},
    {"monthly": 1.0},
    {"currency": "USD"},
    {},
    [],
    "free",
    None,
]


@pytest.mark.parametrize("section", NO_PRICES)
def test_what_is_no_price_is_unknown_and_hides_no_other(section: Any) -> None:
    odd = Resource.from_line({**volume("odd").to_line(), "price": section})
    plan = planned(inventory([odd, costing("dear", 500.0)]), VOLUMES)
    assert {one.subject.id: one.monthly for one in plan.planned} == {"odd": None, "dear": 500.0}
    (held,) = exceeded_limits([plan], Limits(**GENEROUS, monthly=499, unknown_prices="leave_out"))
    assert "1 resource is unknown" in held
    config = "cleanup: {skip_below: 0.5}\nrules: {volumes: {enabled: true}}"
    assert codes(planned(inventory([odd]), config).undecided) == {"odd": "price_unknown"}
