"""What cannot be undone goes last in its whole, and nothing ever waits for itself."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ebbtide.graph.ordering import find_cycles
from ebbtide.plan.going_last import put_last

Order = Mapping[str, set[str]]

VPC: Order = {
    "vpc": {"subnet", "gateway", "balancer", "group"},
    "subnet": {"nat", "balancer"},
    "gateway": {"nat", "balancer"},
    "group": {"balancer"},
    "nat": set(),
    "address": {"nat"},
    "balancer": set(),
    "other": set(),
}


def waits_for(order: Order, name: str) -> set[str]:
    found: set[str] = set()
    left = [name]
    while left:
        for earlier in order.get(left.pop(), ()):
            if earlier not in found:
                found.add(earlier)
                left.append(earlier)
    return found


def test_a_vpc_gives_its_gateway_and_address_back_when_all_else_is_gone() -> None:
    found = put_last(VPC, {}, {"vpc": VPC.keys() - {"other"}}, {"nat", "address"})
    assert waits_for(found, "nat") == {"balancer", "group"}
    assert waits_for(found, "address") == {"balancer", "group", "nat", "subnet", "gateway"}
    assert waits_for(found, "vpc") == VPC.keys() - {"vpc", "other"}
    assert waits_for(found, "other") == set()


def test_two_gateways_of_a_vpc_do_not_wait_for_each_other() -> None:
    order: Order = {
        "vpc": {"one", "two", "group"},
        "one": {"nat1"},
        "two": {"nat2"},
        "nat1": set(),
        "nat2": set(),
        "group": set(),
    }
    found = put_last(order, {}, {"vpc": set(order)}, {"nat1", "nat2"})
    assert found["nat1"] == found["nat2"] == {"group"}


def test_only_what_nothing_else_waits_for_is_waited_for() -> None:
    order: Order = {"w": set(), "a": set(), "b": {"a"}, "c": {"b"}, "last": set()}
    assert put_last(order, {}, {"w": set(order)}, {"last"})["last"] == {"c"}


def test_a_part_that_waits_for_its_whole_stays_behind_it() -> None:
    order: Order = {"w": {"a"}, "a": set(), "last": {"w"}}
    found = put_last(order, {}, {"w": set(order)}, {"last"})
    assert waits_for(found, "last") == {"w", "a"}
    assert not find_cycles(found)


def test_what_is_prepared_first_counts_as_waited_for() -> None:
    # `a` goes once `b` is prepared, and `b` is prepared once `last` is gone.
    order: Order = {"w": {"a", "b"}, "a": set(), "b": {"last"}, "last": set(), "c": set()}
    found = put_last(order, {"a": {"b"}}, {"w": set(order)}, {"last"})
    assert found["last"] == {"c"}


@pytest.mark.parametrize("size", [100, 4000])
def test_the_work_grows_with_the_plan(size: int) -> None:
    order = {"w": {f"p{n}" for n in range(size)}, **{f"p{n}": set() for n in range(size)}}
    order |= {f"last{n}": {f"p{n}"} for n in range(size)}
    found = put_last(order, {}, {"w": set(order)}, {f"last{n}" for n in range(5)})
    assert all(len(found[f"last{n}"]) >= size for n in range(5))


@st.composite
def plans(draw: st.DrawFn) -> tuple[dict[str, set[str]], dict[str, set[str]], dict[str, set[str]]]:
    """Acyclic orders of up to 12 resources, cuts, and wholes that share no member."""
    names = [f"n{number:02}" for number in range(draw(st.integers(1, 12)))]
    shuffled = draw(st.permutations(names))
    pairs = [(late, early) for at, late in enumerate(shuffled) for early in shuffled[:at]]
    after: dict[str, set[str]] = {name: set() for name in names}
    cuts: dict[str, set[str]] = {name: set() for name in names}
    for late, early in draw(st.lists(st.sampled_from(pairs), max_size=20)) if pairs else ():
        after[late].add(early)
    for one, other in draw(st.lists(st.sampled_from(pairs), max_size=3)) if pairs else ():
        cuts[one].add(other)
        if draw(st.booleans()):
            cuts[other].add(one)
    wholes: dict[str, set[str]] = {}
    for name in names:
        wholes.setdefault(draw(st.sampled_from(["n00", "n01", "n02"])), set()).add(name)
    return after, cuts, wholes


def steps(after: Order, cuts: Order) -> dict[str, set[str]]:
    """Preparations and deletions as one order: a deletion waits for what must be prepared first."""
    return {
        **{f"prepare {name}": set(earlier) for name, earlier in after.items()},
        **{name: {f"prepare {name}", *(f"prepare {one}" for one in cuts[name])} for name in after},
    }


# `n04` goes once `n03` is prepared; `n03` goes once `n01` is, which waits for what goes last.
CUT_TWICE: tuple[dict[str, set[str]], dict[str, set[str]], dict[str, set[str]]] = (
    {name: set() for name in ("n00", "n01", "n02", "n03", "n04", "n05")},
    {**{name: set() for name in ("n00", "n01", "n02", "n05")}, "n03": {"n01"}, "n04": {"n03"}},
    {"n00": {"n00", "n02", "n03", "n04"}, "n01": {"n05"}},
)


@given(plans(), st.sets(st.integers(0, 11)))
@example(CUT_TWICE, {2, 5})
@example(({"n00": set(), "n01": {"n00"}}, {"n00": set(), "n01": set()}, {"n00": {"n01"}}), {1})
def test_no_cycle_arises_and_the_last_wait_for_the_rest(
    plan: tuple[dict[str, set[str]], dict[str, set[str]], dict[str, set[str]]], numbers: set[int]
) -> None:
    after, cuts, wholes = plan
    last = {f"n{number:02}" for number in numbers} & after.keys()
    found = put_last(after, cuts, wholes, last)
    assert all(found[name] >= after[name] for name in after)
    assert all(found[name] == after[name] for name in after.keys() - last - wholes.keys())
    if find_cycles(steps(after, cuts)):
        assert found == after
        return
    assert not find_cycles(steps(found, cuts))
    _expect_last(found, cuts, wholes, last)


def _expect_last(found: Order, cuts: Order, wholes: Order, last: set[str]) -> None:
    """Each waits for its whole, but for what waits for it or for another that goes last."""
    whole_order = steps(found, cuts)
    prepared_first = {one for ones in cuts.values() for one in ones}
    ends = last - prepared_first
    late = {
        name
        for whole, members in wholes.items()
        if whole in found
        for name in members & ends - {whole}
    }
    behind = {name for name in found if waits_for(whole_order, name) & late}
    for whole, members in wholes.items():
        for name in members & late if whole in found else ():
            missing = members - waits_for(found, name) - {name, whole}
            assert missing <= behind | late
