"""A cleanup removes the whole plan, in order, and nothing else; and it can be killed."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from ebbtide.base.clock import from_text
from ebbtide.cleanup.tick import LONGEST_WAIT_SECONDS
from ebbtide.kinds.cloudformation import STACK
from ebbtide.plan.model import Planned
from local.estate import PAYMENTS, Estate, Key
from local.estate.stuck import StuckStacks
from local.session import Record
from tests.e2e.scenario import Stage, Told, graph_id, texts_of

FINAL = ("gone", "failed", "skipped", "left_behind", "would_delete")


@pytest.fixture(params=["cleaned", pytest.param("killed_cleanup", marks=pytest.mark.full)])
def told(request: pytest.FixtureRequest) -> Told:
    """A cleanup that nothing disturbed, and one whose functions were killed."""
    found: Told = request.getfixturevalue(request.param)
    return found


def test_all_waste_is_gone(stage: Stage, cleaned: Told) -> None:
    assert cleaned.run.status == "SUCCEEDED"
    assert stage.estate.wasted() & cleaned.existing == set()


@pytest.mark.full
def test_all_later_waste_is_gone_although_the_functions_were_killed(
    later_waste: Estate, stuck: StuckStacks, killed_cleanup: Told
) -> None:
    assert killed_cleanup.run.status == "SUCCEEDED"
    assert set(killed_cleanup.planned()) == later_waste.wasted() | {stuck.failing.key}
    assert later_waste.wasted() & killed_cleanup.existing == set()


def test_nothing_but_the_plan_is_gone(stage: Stage, told: Told) -> None:
    estate = stage.estate
    may_go = estate.wasted() | estate.following() | set(estate.either)
    assert stage.listed() - may_go - told.existing == set()
    assert stage.estate.keep.keys() - told.existing == set()


def test_every_deletion_comes_after_what_had_to_go_first(told: Told) -> None:
    entries = {entry.subject.graph_id: entry for entry in _all(told)}
    made = {name: _position(told, entry) for name, entry in entries.items() if _deletes(entry)}

    def gone_by(name: str) -> int:
        entry = entries[name]
        return made[name] if _deletes(entry) else gone_by(str(entry.goes_with))

    wrong = [
        (name, before)
        for name, entry in entries.items()
        if _deletes(entry)
        for before in entry.after
        if gone_by(before) >= made[name]
    ]
    assert wrong == []


def test_the_abandoned_vpc_went_last(told: Told) -> None:
    (vpc,) = [entry for entry in _all(told) if entry.subject.kind == "aws_vpc"]
    parts = [entry for entry in _all(told) if entry.part_of == vpc.subject.graph_id]
    kinds = {entry.subject.kind for entry in parts}
    assert kinds >= {
        "aws_alb",
        "aws_ec2_elastic_ip",
        "aws_ec2_internet_gateway",
        "aws_ec2_nat_gateway",
        "aws_ec2_network_acl",
        "aws_ec2_network_interface",
        "aws_ec2_route_table",
        "aws_ec2_security_group",
        "aws_ec2_subnet",
    }
    assert max(_position(told, part) for part in parts) < _position(told, vpc)


def test_groups_that_name_each_other_lose_their_rules_before_they_are_deleted(told: Told) -> None:
    groups = [e for e in _all(told) if e.subject.kind == "aws_ec2_security_group" and _deletes(e)]
    revoked = _calls(told, "ec2", "RevokeSecurityGroupIngress")
    assert len(groups) == 2
    assert max(revoked) < min(_position(told, group) for group in groups)


def test_only_planned_resources_were_changed_and_only_by_the_cleaner(told: Told) -> None:
    planned = {entry.subject.id for entry in _all(told)} | {e.subject.arn for e in _all(told)}
    for call in told.changes:
        assert "/EbbtideCleaner/" in call["principal"], call
        named = set(call["params"].values())
        assert not named or named & planned, call


def test_each_deletion_can_be_undone_from_what_was_kept(told: Told) -> None:
    assert set(told.restores) == {entry.subject.graph_id for entry in _all(told)}
    for entry in _all(told):
        kept = told.restores[entry.subject.graph_id]
        assert kept["description"] or kept["collected"]
        assert kept["tags"] == dict(entry.tags)
        assert kept["goes_with"] == entry.goes_with
        if _deletes(entry):
            assert kept["delete"]["operation"]


def test_the_ledger_ends_each_resource_exactly_once(told: Told, stuck: StuckStacks) -> None:
    failing, silent = graph_id(stuck.failing.key), graph_id(stuck.silent.key)
    otherwise = {
        "cleaned": {failing: "failed", silent: "pending"},
        "killed-cleanup": {silent: "gone"},
    }
    for account, plan in told.plans.items():
        expected = {entry.subject.graph_id: "gone" for entry in plan.planned}
        expected |= otherwise[told.run.run_id] if account == PAYMENTS else {}
        lines = told.ledgers[account]
        ends = [(line["graph_id"], line["event"]) for line in lines if line["event"] in FINAL]
        assert sorted(ends) == sorted((n, end) for n, end in expected.items() if end in FINAL)
        assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
        for line in lines:
            assert line["rules"]
            assert line["selected_because"]
        stored = {name: entry["status"] for name, entry in told.progress[account].items()}
        assert stored == expected


def test_the_ledger_has_every_call_of_the_cleaner_and_no_other(cleaned: Told) -> None:
    assert cleaned.unrecorded() == []


@pytest.mark.full
def test_calls_whose_answer_died_with_the_function_are_announced_in_the_ledger(
    killed_cleanup: Told,
) -> None:
    unrecorded = killed_cleanup.unrecorded()
    assert unrecorded
    unanswered = {
        name for ledger in killed_cleanup.ledgers.values() for name in _without_answer(ledger)
    }
    announced = {
        text
        for name in unanswered
        for text in texts_of(killed_cleanup.restores[name]["delete"]["arguments"])
    }
    assert [call for call in unrecorded if not announced & set(call["params"].values())] == []


def test_a_second_tick_at_the_same_time_makes_no_call_and_is_told_to_wait(
    cleaned: Told, rival: list[Record]
) -> None:
    (answer,) = rival
    assert not answer["done"]
    # Between the turns of one tick it is half a minute at most.
    assert answer["wait_seconds"] > LONGEST_WAIT_SECONDS
    assert cleaned.unrecorded() == []


def test_a_deletion_that_aws_accepts_and_fails_ends_with_its_reason(
    stuck: StuckStacks, cleaned: Told
) -> None:
    ended = cleaned.progress[PAYMENTS][graph_id(stuck.failing.key)]
    assert ended["status"] == "failed"
    said = "AWS failed the deletion: The following resource(s) failed to delete: [Seed]."
    assert ended["reason"] == said
    assert stuck.failing.key in cleaned.existing


def test_a_deletion_that_does_not_end_lengthens_no_run(stuck: StuckStacks, cleaned: Told) -> None:
    left = cleaned.progress[PAYMENTS][graph_id(stuck.silent.key)]
    assert left["status"] == "pending"
    assert "has not ended it" in left["reason"]
    assert STACK.delete
    waited = from_text(left["ended_at"]) - from_text(left["deleting_since"])
    assert waited < timedelta(seconds=STACK.delete.usual) / 4
    assert stuck.silent.key in cleaned.existing


@pytest.mark.full
def test_the_next_run_confirms_what_was_left_to_it_and_tries_again_what_failed(
    stuck: StuckStacks, killed_cleanup: Told
) -> None:
    state = killed_cleanup.progress[PAYMENTS]
    assert state[graph_id(stuck.silent.key)]["status"] == "gone"
    assert state[graph_id(stuck.failing.key)]["status"] == "gone"
    deleted = [c for c in killed_cleanup.changes if c["action"] == "DeleteStack"]
    assert [call["params"]["StackName"] for call in deleted] == [stuck.failing.id]
    assert {stuck.silent.key, stuck.failing.key} & killed_cleanup.existing == set()


def test_nothing_of_a_vpc_with_a_protected_load_balancer_is_touched(
    stage: Stage, told: Told
) -> None:
    inside = [item for item in stage.estate.resources if item.key in _protected(stage.estate)]
    assert len(inside) == 5
    names = {name for item in inside for name in (item.id, item.arn) if name}
    touched = [call for call in told.changes if names & set(call["params"].values())]
    assert touched == []
    assert {item.key for item in inside} - told.existing == set()


@pytest.mark.full
def test_the_next_run_finds_nothing_left_of_the_first_waste(
    stage: Stage, later_waste: Estate, killed_cleanup: Told
) -> None:
    """The run after the cleanup selects only what appeared since."""
    found = {name for graph in killed_cleanup.graphs.values() for name in graph}
    living = {
        name for name in found if not killed_cleanup.graphs[name.split("/")[0]].nodes[name]["ended"]
    }
    assert {graph_id(key) for key in stage.estate.wasted()} & living == set()
    assert {graph_id(key) for key in later_waste.wasted()} <= living


def _all(told: Told) -> list[Planned]:
    return [entry for plan in told.plans.values() for entry in plan.planned]


def _protected(estate: Estate) -> set[Key]:
    reasons = (
        "its deletion protection is on",
        "its load balancer is protected",
        "in a VPC with a protected load balancer",
    )
    return {key for key, why in estate.keep.items() if why in reasons}


def _without_answer(ledger: list[Record]) -> set[str]:
    """Return the resources with more intentions to make calls than answers."""
    balance: Counter[str] = Counter()
    for line in ledger:
        balance[line["graph_id"]] += line["event"] in ("preparing", "deleting")
        balance[line["graph_id"]] -= line["event"].startswith(("calls_of_", "not_"))
    return {name for name, count in balance.items() if count > 0}


def _deletes(entry: Planned) -> bool:
    return entry.action == "delete"


def _calls(told: Told, service: str, action: str) -> list[int]:
    return [
        number
        for number, call in enumerate(told.calls)
        if (call["service"], call["action"]) == (service, action) and call["status"] < 400
    ]


def _position(told: Told, entry: Planned) -> int:
    """Where in the record the call stands that deleted a resource: the first that succeeded."""
    call = told.restores[entry.subject.graph_id]["delete"]
    action = "".join(word.capitalize() for word in call["operation"].split("_")).lower()
    wanted = set(texts_of(call["arguments"]))
    for number, made in enumerate(told.calls):
        if (
            made["service"] == call["service"]
            and made["action"].lower() == action
            and (made["account"], made["region"]) == (entry.subject.account, entry.subject.region)
            and made["status"] < 400
            # The record knows no parameters of calls in CBOR; CloudWatch speaks that.
            and (wanted <= set(made["params"].values()) or call["service"] == "cloudwatch")
        ):
            return number
    raise AssertionError(f"{entry.subject.graph_id} was not deleted by a call that succeeded")
