"""Rules that are searches: waste goes, look-alikes stay, and what is unknown is undecided.

The estates are in tests/data/rules; the matrix tries every fault on the waste of each rule.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ebbtide.config.jobs import problem_of
from ebbtide.language import kinds_relied_on, parse_search
from ebbtide.rules import registry
from ebbtide.rules.search_rule import rendered, usual
from tests.support.builders import NOW, days_ago, delete_edge, needed_edge, resource
from tests.support.effort import sampled
from tests.support.gathering import for_each_of, gather
from tests.support.rule_estates import EXPECTED, Case, World, cases
from tests.support.uses import Use, region_of, uses

# Rules that only advise have the same estates (test_advice_rules.py).
CASES = [one for one in cases() if registry()[one.rule].advises is None]
WASTE = [one for one in CASES if one.expected == "waste"]
SEARCHES = [
    rule for rule in registry().values() if rule.search is not None and rule.advises is None
]


@pytest.mark.scaled
def test_each_case_ends_as_its_estate_says() -> None:
    assert gather({str(case): case for case in sampled(CASES, 4)}, ends_as_its_estate_says) > 0


def ends_as_its_estate_says(case: Case) -> None:
    said = case.world.said()
    # What the rule selects may also stay for a reason that all rules share.
    assert said in ({"kept", "refused"} if case.expected == "kept" else {case.expected})


@for_each_of(SEARCHES, lambda rule: rule.name)
def test_each_rule_has_an_estate(rule: object) -> None:
    name = getattr(rule, "name", "")
    found = [one.expected for one in CASES if one.rule == name]
    assert {*found} >= {"waste", "kept"} <= {*EXPECTED}
    assert found.count("kept") >= 2, "the look-alikes that stay are what matters"


@for_each_of(SEARCHES, lambda rule: rule.name)
def test_each_rule_says_what_people_need(rule: object) -> None:
    search = getattr(rule, "search", None)
    assert search is not None
    assert search.question.endswith("?") and search.reason and search.cannot_see


@for_each_of(SEARCHES, lambda rule: rule.name)
def test_each_search_fulfils_what_a_search_that_cleans_must(rule: Any) -> None:
    assert problem_of(rendered(rule.search, usual(rule)), cleans=True) == ""


def named(cells: Sequence[Any], part: int) -> dict[str, Any]:
    """Return cells by name: one in `part` of them in `make test`, all in `make test-full`."""
    return {", ".join(map(str, cell)): cell for cell in sampled(cells, part)}


type Fault = Callable[[World], World]


def tagged(**tags: str) -> Fault:
    return lambda world: world.with_subject(replace(world.subject, tags=tags))


def young(world: World) -> World:
    now = NOW - timedelta(hours=1)
    times = dict.fromkeys(("first_seen", "updated", "watched_since", "unchanged_since"), now)
    created = now if world.subject.created is not None else None
    return world.with_subject(replace(world.subject, created=created, **times))


def but(**changes: object) -> Fault:
    return lambda world: world.with_subject(replace(world.subject, **changes))  # type: ignore[arg-type]


FAULTS: dict[str, tuple[Fault, set[str]]] = {
    "young": (young, {"kept", "unknown"}),
    "protected": (tagged(**{"ebbtide:protected": "true"}), {"refused"}),
    "tags unknown": (but(tags=None), {"unknown"}),
    "stale": (but(stale_since=days_ago(1)), {"unknown"}),
    "read only partly": (but(unread={"DescribeX": "AccessDenied"}), {"unknown"}),
    "ended": (but(ended=True), {"kept"}),
    "kept by AWS": (but(keep_reason="AWS made it"), {"refused"}),
}


@pytest.mark.scaled
def test_no_fault_of_the_resource_itself_lets_it_go() -> None:
    cells = [(case, name) for case in WASTE for name in FAULTS]

    def check(cell: tuple[Case, str]) -> None:
        case, name = cell
        fault, wanted = FAULTS[name]
        assert fault(case.world).said() in wanted

    assert gather(named(cells, 9), check) > 0


def relied_on(case: Case) -> frozenset[str]:
    rule = registry()[case.rule]
    assert rule.search is not None
    return kinds_relied_on(parse_search(rendered(rule.search, usual(rule)), {}, NOW))


@pytest.mark.scaled
def test_what_a_rule_relies_on_must_have_been_read() -> None:
    cells = [(case, kind) for case in WASTE for kind in sorted(relied_on(case))]

    def check(cell: tuple[Case, str]) -> None:
        case, kind = cell
        assert case.world.said({kind: "error"}) == "unknown"

    assert gather(named(cells, 31), check) > 0


def used(case: Case, use: Use) -> World:
    """Return the world of a case with a declared user of its resource, which stays."""
    subject = case.world.subject
    user = resource(use.user, "a-user", region=region_of(use.user), age_days=400)
    edge = (needed_edge if use.form == "needed" else delete_edge)(subject, user)
    return case.world.beside(user, edges=[edge])


@pytest.mark.scaled
def test_nothing_goes_that_a_declared_user_needs() -> None:
    users = uses()
    cells = [(case, use) for case in WASTE for use in users if use.target == case.resource["kind"]]

    def check(cell: tuple[Case, Use]) -> None:
        assert used(*cell).said() != "waste"

    assert gather(named(cells, 31), check) > 0


@pytest.mark.scaled
def test_each_option_leaves_out_what_it_should() -> None:
    assert gather({str(case): case for case in sampled(WASTE, 25)}, left_out_by_options) > 0


def left_out_by_options(case: Case) -> None:
    world, subject = case.world, case.world.subject
    assert world.said(accounts=["999999999999"]) == "kept"
    assert world.said(regions=["ap-southeast-2"]) == "kept"
    assert world.said(kinds=["aws_vpc" if subject.kind != "aws_vpc" else "aws_alb"]) == "kept"
    assert world.said(min_age="4000d") == "kept"
    assert world.said(tags={"team": None}) == "kept"
    owned = world.with_subject(replace(subject, tags={"team": "a"}))
    assert owned.said(tags={"team": "a"}) == "waste"
    assert owned.said(except_tags={"team": None}) == "kept"
    assert owned.said(except_tags={"team": "b"}) == "waste"
