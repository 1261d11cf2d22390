"""A cleanup removes the whole plan, in order, and nothing else; and it can be killed."""

from __future__ import annotations

from typing import Any

import pytest

from ebbtide.plan.model import Planned
from local.estate import Estate
from tests.e2e.scenario import Stage, Told, graph_id

FINAL = ("gone", "failed", "skipped", "left_behind", "would_delete")


@pytest.fixture(params=["cleaned", "killed_cleanup"])
def told(request: pytest.FixtureRequest) -> Told:
    """A cleanup that nothing disturbed, and one whose functions were killed."""
    found: Told = request.getfixturevalue(request.param)
    return found


def test_all_waste_is_gone(stage: Stage, cleaned: Told) -> None:
    assert cleaned.run.status == "SUCCEEDED"
    assert stage.estate.wasted() & cleaned.existing == set()


def test_all_later_waste_is_gone_although_the_functions_were_killed(
    later_waste: Estate, killed_cleanup: Told
) -> None:
    assert killed_cleanup.run.status == "SUCCEEDED"
    assert set(killed_cleanup.planned()) == later_waste.wasted()
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


def test_the_ledger_ends_each_resource_exactly_once(told: Told) -> None:
    for account, plan in told.plans.items():
        lines = told.ledgers[account]
        ends = [(line["graph_id"], line["event"]) for line in lines if line["event"] in FINAL]
        assert sorted(ends) == sorted((e.subject.graph_id, "gone") for e in plan.planned)
        assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
        for line in lines:
            assert line["rules"]
            assert line["selected_because"]
        stored = {name: entry["status"] for name, entry in told.progress[account].items()}
        assert stored == {entry.subject.graph_id: "gone" for entry in plan.planned}


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
    wanted = set(_texts(call["arguments"]))
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


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for entry in value.values() for text in _texts(entry)]
    if isinstance(value, list):
        return [text for entry in value for text in _texts(entry)]
    return [value] if isinstance(value, str) else []
