"""Nothing goes that nobody approved: what decisions cover, and how plans are divided by them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.base.clock import to_text
from ebbtide.base.errors import PlanError
from ebbtide.config import parse_config
from ebbtide.model.resource import Edge, Resource
from ebbtide.plan import Plan, make_plan, read_plan
from ebbtide.plan.approvals import (
    LONGEST,
    Decision,
    Verdicts,
    binding_of,
    key_ends,
    read_decision,
    why_ignored,
)
from ebbtide.plan.draft import Draft
from ebbtide.plan.first_runs import definitions
from ebbtide.plan.holding import approvals_used, carried_out, divided
from ebbtide.plan.model import Breakage
from ebbtide.verdict.marks import NO_MARKS
from tests.support.builders import (
    ACCOUNT,
    NOW,
    codes,
    delete_edge,
    ids,
    inventory,
    needed_edge,
    owns_edge,
    resource,
    volume,
)
from tests.support.decisions import ANN, BOB, decision

EXPIRED = {"expiration": "1d"}
RULES = "rules: {expired: {enabled: true}}"
LATER = NOW + timedelta(minutes=10)
UNDECIDED = Verdicts()


def plan_of(
    resources: Sequence[Resource],
    edges: Iterable[Edge] = (),
    verdicts: Verdicts | None = UNDECIDED,
    config: str = RULES,
) -> Plan:
    return make_plan(
        inventory(resources, edges),
        parse_config(config),
        run_id="run-1",
        manifest="runs/run-1/graph/manifest.json",
        now=NOW,
        verdicts=verdicts,
    )


def expired(*names: str, **rest: Any) -> list[Resource]:
    return [volume(name, tags={**EXPIRED, **rest}) for name in names]


def names_of(*resources: Resource) -> tuple[str, ...]:
    return tuple(one.graph_id for one in resources)


def approving(plan: Plan, verdict: Any = "approve", **rest: Any) -> Verdicts:
    return Verdicts.of([(decision(NOW, verdict, **rest), plan)], LATER)


def going(plan: Plan) -> set[str]:
    return ids(plan.carried_out(only_approved=True))


def test_without_an_approval_everything_is_held() -> None:
    plan = plan_of(expired("vol-1", "vol-2"))
    assert going(plan) == set()
    assert [entry.held for entry in plan.planned] == ["not approved"] * 2
    assert carried_out([plan], "always", beyond=False).held


def test_what_was_approved_goes_and_what_is_new_is_held_alone() -> None:
    first = plan_of(expired("vol-1", "vol-2"))
    plan = plan_of(expired("vol-1", "vol-2", "vol-3"), verdicts=approving(first))
    assert going(plan) == {"vol-1", "vol-2"}
    assert {entry.subject.id: entry.held for entry in plan.planned if entry.held} == {
        "vol-3": "not approved"
    }
    outcome = carried_out([plan], "always", beyond=False)
    assert (outcome.held, outcome.held_resources) == (False, 1)
    (key,) = approvals_used([plan])
    assert approvals_used([plan]) == {key: 2} and key.startswith(f"approvals/{ANN}/")
    assert read_plan(json.loads("".join(plan.texts()))) == plan


def test_limits_alone_hold_only_what_is_beyond_them() -> None:
    plan = plan_of(expired("vol-1", "vol-2"))
    assert carried_out([plan], "beyond_limits", beyond=False).counts == {ACCOUNT: 2}
    assert carried_out([plan], "beyond_limits", beyond=True).counts == {ACCOUNT: 0}
    never = carried_out([plan_of(expired("vol-1"), verdicts=None)], "never", beyond=True)
    assert never.held and never.counts == {ACCOUNT: 0} and not never.only_approved


def test_never_means_that_no_approval_releases_anything() -> None:
    first = plan_of(expired("vol-1"))
    plan = plan_of(expired("vol-1"), verdicts=approving(first))
    assert going(plan) == {"vol-1"}
    assert carried_out([plan], "never", beyond=True).counts == {ACCOUNT: 0}


@pytest.mark.parametrize(
    ("changed", "config"),
    [
        pytest.param({"tags": {**EXPIRED, "team": "b"}}, RULES, id="another tag"),
        pytest.param({"age_days": 99}, RULES, id="made again under its id"),
        pytest.param({"status": "error"}, RULES, id="another fingerprint"),
        pytest.param(
            {}, "rules: {expired: {enabled: true}, volumes: {enabled: true}}", id="another rule"
        ),
    ],
)
def test_what_has_changed_since_is_not_covered(changed: dict[str, Any], config: str) -> None:
    def made(status: str = "available", **rest: Any) -> Resource:
        one = volume("vol-1", **{"tags": EXPIRED, **rest})
        return replace(one, properties={**one.properties, "state": status})

    first = plan_of([made(), *expired("vol-2")])
    plan = plan_of([made(**changed), *expired("vol-2")], verdicts=approving(first), config=config)
    held = {entry.subject.id: entry.held for entry in plan.planned}
    assert "changed since" in held["vol-1"]
    assert "vol-1" not in going(plan)


@pytest.mark.parametrize(
    "changed",
    [
        {"rules": ("expired", "volumes")},
        {"action": "goes_with"},
        {"goes_with": "other"},
        {"part_of": "other"},
        {"asked": ("empty",)},
        {"breaks": (Breakage("aws_cloudwatch_alarm", "other", "it notifies"),)},
        {"fingerprint": {"State": "other"}},
        {"tags": {}},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_whatever_the_approver_saw_is_part_of_the_reason(changed: dict[str, Any]) -> None:
    (one,) = expired("vol-1")
    (entry,) = plan_of([one]).planned
    assert binding_of(entry, one, definitions(parse_config(RULES))) == entry.binding
    other = replace(entry, **changed)
    assert binding_of(other, one, definitions(parse_config(RULES))) != entry.binding


@pytest.mark.parametrize(
    "changed", [{"reason": "x"}, {"wave": 9}, {"after": ("x",)}, {"evidence": ("x",)}]
)
def test_ages_order_and_evidence_may_change(changed: dict[str, Any]) -> None:
    (one,) = expired("vol-1")
    (entry,) = plan_of([one]).planned
    other = replace(entry, **changed)
    assert binding_of(other, one, definitions(parse_config(RULES))) == entry.binding


def test_nothing_goes_if_holding_has_no_effect() -> None:
    world = expired("vol-1", "vol-2")
    verdicts = approving(plan_of(world), excepted=names_of(world[1]))
    config = parse_config(RULES)
    draft = Draft(inventory(world), config, NO_MARKS, {})
    planned = list(plan_of(world, verdicts=None).planned)
    marked, approved = divided(draft, planned, verdicts, lambda _: planned)
    assert approved == [] and all(entry.held for entry in marked)


def test_what_is_all_approved_is_stored_once() -> None:
    first = plan_of(expired("vol-1"))
    plan = plan_of(expired("vol-1"), verdicts=approving(first))
    assert plan.approved == () and going(plan) == {"vol-1"}


def test_a_rule_with_other_options_is_another_reason() -> None:
    first = plan_of([volume("vol-1")], config="rules: {volumes: {enabled: true, min_age: 14d}}")
    other = "rules: {volumes: {enabled: true, min_age: 7d}}"
    assert going(plan_of([volume("vol-1")], verdicts=approving(first), config=other)) == set()


def test_what_must_wait_for_something_held_is_held_with_it() -> None:
    group, user = expired("group", "user")
    first = plan_of([group])
    plan = plan_of([group, user], [delete_edge(group, user)], approving(first))
    assert going(plan) == set()
    (why,) = [entry.held for entry in plan.planned if entry.subject.id == "group"]
    assert why.startswith("waits for an approval: still used by") and "held" in why
    # The other way round, only the new one waits.
    plan = plan_of([group, user], [delete_edge(user, group)], approving(first))
    assert going(plan) == {"group"}


def test_what_something_held_needs_is_held_with_it() -> None:
    topic = resource("aws_sns_topic", "topic", tags=EXPIRED)
    alarm = resource("aws_cloudwatch_alarm", "alarm", tags=EXPIRED)
    first = plan_of([topic])
    plan = plan_of([topic, alarm], [needed_edge(topic, alarm)], approving(first))
    assert ids(plan.planned) == {"topic", "alarm"} and going(plan) == set()


def test_an_owner_with_a_new_part_is_held_with_it() -> None:
    machine = resource("aws_ec2_instance", "i-1", tags=EXPIRED)
    old, new = volume("vol-1"), volume("vol-2")
    first = plan_of([machine, old], [owns_edge(machine, old)])
    assert ids(first.planned) == {"i-1", "vol-1"}
    edges = [owns_edge(machine, old), owns_edge(machine, new)]
    assert going(plan_of([machine, old], edges[:1], approving(first))) == {"i-1", "vol-1"}
    plan = plan_of([machine, old, new, *expired("vol-3")], edges, approving(first))
    assert going(plan) == set()
    assert {entry.subject.id: bool(entry.held) for entry in plan.planned} == {
        "i-1": True,
        "vol-1": True,
        "vol-2": True,
        "vol-3": True,
    }


def test_excepted_parts_hold_their_owner() -> None:
    machine, disk = resource("aws_ec2_instance", "i-1", tags=EXPIRED), volume("vol-1")
    other = expired("vol-2")
    world = [machine, disk, *other], [owns_edge(machine, disk)]
    first = plan_of(*world)
    assert going(plan_of(*world, approving(first, excepted=names_of(disk)))) == {"vol-2"}


def test_owners_and_accounts_choose_a_part() -> None:
    machine = resource("aws_ec2_instance", "i-1", tags={**EXPIRED, "owner": "a"})
    disk = volume("vol-1")
    world = [machine, disk, *expired("vol-2", owner="b"), *expired("vol-3")]
    edges = [owns_edge(machine, disk)]
    first = plan_of(world, edges)

    def released(**rest: Any) -> set[str]:
        return going(plan_of(world, edges, approving(first, **rest)))

    assert released() == {"i-1", "vol-1", "vol-2", "vol-3"}
    # A disk without the tag is its machine's.
    assert released(owners=("a",)) == {"i-1", "vol-1"}
    assert released(owners=("a", "b")) == {"i-1", "vol-1", "vol-2"}
    assert released(owners=("A",)) == set()
    assert released(owners=("b",), owner_tag="team") == set()
    assert released(accounts=(ACCOUNT,), owners=("b",)) == {"vol-2"}
    assert released(accounts=("444455556666",)) == set()


def test_a_part_of_another_owner_holds_the_whole() -> None:
    machine = resource("aws_ec2_instance", "i-1", tags={**EXPIRED, "owner": "a"})
    disk = volume("vol-1", tags={"owner": "b"})
    world = [machine, disk], [owns_edge(machine, disk)]
    first = plan_of(*world)
    assert going(plan_of(*world, approving(first, owners=("a",)))) == set()
    assert going(plan_of(*world, approving(first, owners=("a", "b")))) == {"i-1", "vol-1"}


def test_two_people_unite_and_a_rejection_wins() -> None:
    world = expired("vol-1", "vol-2", "vol-3")
    first = plan_of(world)
    ann = decision(NOW, excepted=names_of(world[1], world[2]))
    bob = decision(NOW, user=BOB, excepted=names_of(world[0], world[2]))
    both = Verdicts.of([(ann, first), (bob, first)], LATER)
    plan = plan_of(world, verdicts=both)
    assert going(plan) == {"vol-1", "vol-2"}
    assert approvals_used([plan]) == {ann.key: 1, bob.key: 1}
    no = decision(NOW, "reject", user=BOB, excepted=names_of(world[0]), note="in use")
    plan = plan_of(world, verdicts=Verdicts.of([(ann, first), (bob, first), (no, first)], LATER))
    assert going(plan) == {"vol-1"}
    assert codes(plan.refused) == {"vol-2": "rejected", "vol-3": "rejected"}
    assert f"rejected by {BOB} until" in plan.refused[0].reason
    assert "in use" in plan.refused[0].reason


def test_what_was_rejected_is_not_planned_within_the_limits_either() -> None:
    machine, disk = resource("aws_ec2_instance", "i-1", tags=EXPIRED), volume("vol-1")
    world = [machine, disk, *expired("vol-2")], [owns_edge(machine, disk)]
    first = plan_of(*world)
    no = approving(first, "reject", excepted=names_of(machine, *world[0][2:]))
    plan = plan_of(*world, no)
    # Its disk was rejected, so the machine stays as well.
    assert ids(plan.planned) == {"vol-2"} and codes(plan.refused) == {"i-1": "rejected"}


def test_an_approval_ends() -> None:
    world = expired("vol-1")
    first = plan_of(world)
    yes = decision(NOW)
    assert going(plan_of(world, verdicts=Verdicts.of([(yes, first)], yes.until))) == set()
    just = Verdicts.of([(yes, first)], yes.until - timedelta(seconds=1))
    plan = plan_of(world, verdicts=just)
    assert going(plan) == {"vol-1"} and plan.approved_until == to_text(yes.until)


def test_a_resource_may_go_until_the_last_of_its_approvals_ends() -> None:
    world = expired("vol-1", "vol-2")
    first = plan_of(world)
    short = decision(NOW, until=NOW + timedelta(hours=2), user=BOB)
    long = decision(NOW, until=NOW + timedelta(hours=9), excepted=names_of(world[1]))
    both = Verdicts.of([(short, first), (long, first)], LATER)
    assert plan_of(world, verdicts=both).approved_until == to_text(short.until)
    assert plan_of(world[:1], verdicts=both).approved_until == to_text(long.until)


def test_what_was_deleted_since_is_another_resource() -> None:
    world = expired("vol-1", "vol-2")
    first = plan_of(world)
    spent = frozenset(names_of(world[0]))
    plan = plan_of(world, verdicts=Verdicts.of([(decision(NOW), first)], LATER, spent))
    assert going(plan) == {"vol-2"}
    assert "has been deleted since" in next(e.held for e in plan.planned if e.held)


def test_a_plan_without_marks_of_approval_releases_nothing() -> None:
    plan = plan_of(expired("vol-1"), verdicts=None)
    assert going(plan) == set() and carried_out([plan], "always", beyond=False).held


def altered(found: Decision, **change: Any) -> tuple[str, str]:
    """Return key and text of a decision whose text somebody altered after it was stored."""
    return found.key, json.dumps(json.loads(found.text) | change, sort_keys=True)


def placed(found: Decision, user: str = ANN, **change: Any) -> tuple[str, str]:
    """Return key and text as somebody with `user` could store them, with a fitting hash."""
    text = json.dumps(json.loads(found.text) | change, sort_keys=True)
    end = found.key.split("/")[2]
    return f"approvals/{user}/{end}/{sha256(text.encode()).hexdigest()}.json", text


YES = decision(NOW)


@pytest.mark.parametrize("run_id", ["run-1", "2026-11-28_nightly.2", "a" * 80])
def test_the_plan_of_every_possible_run_id_can_be_decided(run_id: str) -> None:
    one = decision(NOW, run_id=run_id)
    assert read_decision(one.key, one.text) == one


@pytest.mark.parametrize(
    ("stored", "why"),
    [
        pytest.param(altered(YES, note="x"), "was altered", id="altered"),
        pytest.param(placed(YES, BOB), f"names {ANN}, but lies under", id="foreign"),
        pytest.param(placed(YES, until="2027-01-01T00:00:00Z"), "another time", id="longer"),
        pytest.param(placed(YES, all=True), "Extra inputs", id="unknown key"),
        pytest.param(placed(YES, hash="abc"), "hash", id="no hash"),
        pytest.param(placed(YES, run_id="../other"), "run_id", id="a path"),
        pytest.param(placed(YES, format=2), "format", id="another format"),
        pytest.param(placed(YES, until="2026-11-22T13:00:00"), "until", id="a time without zone"),
        pytest.param((f"approvals/{ANN}/all.json", YES.text), "of the form", id="another key"),
    ],
)
def test_what_is_not_a_sound_decision_is_refused(stored: tuple[str, str], why: str) -> None:
    with pytest.raises(PlanError, match=why):
        read_decision(*stored)


def test_a_decision_is_read_as_it_was_written() -> None:
    found = decision(NOW, "reject", accounts=(ACCOUNT,), owners=("a",), note="why", excepted=("x",))
    assert read_decision(found.key, found.text) == found
    assert key_ends(found.key) == found.until
    assert key_ends("approvals/x/99999999T000000Z/" + "0" * 64 + ".json") is None


def test_only_the_plan_of_the_hash_counts_and_not_for_long() -> None:
    summary = {"created": to_text(NOW), "hash": "0" * 64}
    assert why_ignored(YES, summary, "0" * 64) == ""
    assert "has no plan" in why_ignored(YES, None, "")
    assert "another plan" in why_ignored(YES, summary, "1" * 64)
    assert "another plan" in why_ignored(YES, {**summary, "hash": "1" * 64}, "0" * 64)
    assert why_ignored(decision(NOW, until=NOW + LONGEST), summary, "0" * 64) == ""
    late = decision(NOW, until=NOW + LONGEST + timedelta(seconds=1))
    assert "longer than 3 days" in why_ignored(late, summary, "0" * 64)


# Properties, over small estates: which of these exist, which relations they have, who decided what.
NAMES = ("a", "b", "c", "d", "e")
PAIRS = [(one, two) for one in NAMES for two in NAMES if one < two]


@st.composite
def estates(draw: st.DrawFn) -> tuple[list[Resource], list[Edge]]:
    """Return volumes, most of them expired, that wait for, own or need each other."""
    chosen = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    tags = {
        name: draw(st.sampled_from([EXPIRED, EXPIRED, {**EXPIRED, "owner": "x"}, {}]))
        for name in NAMES
    }
    found = {name: volume(name, tags=tags[name]) for name in sorted(chosen)}
    kinds = st.sampled_from([None, None, delete_edge, owns_edge, needed_edge])
    edges = []
    for one, two in PAIRS:
        make = draw(kinds)
        if make is not None and one in found and two in found:
            edges.append(make(found[one], found[two]))
    return list(found.values()), edges


@st.composite
def decisions(draw: st.DrawFn, verdict: str = "approve") -> Decision:
    excepted = draw(st.lists(st.sampled_from(NAMES), unique=True))
    owners = draw(st.sampled_from([None, None, ("x",)]))
    hours = draw(st.integers(0, 2))
    return decision(
        NOW,
        verdict,
        excepted=tuple(volume(name).graph_id for name in excepted),
        owners=owners,
        until=NOW + timedelta(hours=hours),
    )


@given(
    estates(),
    estates(),
    st.lists(decisions(), max_size=3),
    st.lists(decisions("reject"), max_size=1),
)
def test_only_what_was_approved_and_is_planned_again_ever_goes(
    before: tuple[list[Resource], list[Edge]],
    after: tuple[list[Resource], list[Edge]],
    yes: list[Decision],
    no: list[Decision],
) -> None:
    first = plan_of(*before)
    verdicts = Verdicts.of([(one, first) for one in (*yes, *no)], LATER)
    plan = plan_of(*after, verdicts)
    all_of_it = plan_of(*after)
    approved = {
        entry.binding: name
        for entry in first.planned
        for one in yes
        if one.until > LATER and (name := entry.subject.graph_id) in one.covered(first)
    }
    rejected = {name for one in no if one.until > LATER for name in one.covered(first)}
    found = plan.carried_out(only_approved=True)
    names = {entry.subject.graph_id for entry in found}
    for entry in found:
        assert approved[entry.binding] == entry.subject.graph_id
        assert entry.approvals and not entry.held
        # Its order is complete without what is held, and nothing goes without its owner.
        assert {*entry.after, *entry.prepared_after, *entry.needed_by} <= names
        assert entry.goes_with is None or entry.goes_with in names
    assert not names & rejected
    assert not rejected & {entry.subject.graph_id for entry in plan.planned}
    assert names <= {entry.subject.graph_id for entry in all_of_it.planned}
    # Nothing relies on what stays, but what several own stays with the owner that stays.
    edges = [edge for edge in after[1] if edge.type in ("delete", "owns", "needed")]
    shared = {edge.target for edge in edges if edge.type == "owns" and edge.source not in names}
    for edge in edges:
        stays_with_another = edge.type == "owns" and edge.target in shared
        assert edge.source not in names or edge.target in names or stays_with_another
    marks = {entry.subject.graph_id: bool(entry.held) for entry in plan.planned}
    assert marks == {name: name not in names for name in marks}


@given(estates(), decisions(), decisions())
def test_approvals_add_up_and_never_take_away(
    world: tuple[list[Resource], list[Edge]], one: Decision, two: Decision
) -> None:
    first = plan_of(*world)

    def released(*chosen: Decision) -> set[str]:
        decided = [(yes, first) for yes in chosen]
        return going(plan_of(*world, Verdicts.of(decided, NOW - timedelta(seconds=1))))

    assert released(one) | released(two) <= released(one, two)
    assert released(decision(NOW)) == ids(first.planned)
