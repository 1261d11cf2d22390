"""Before the deletion, a part must still be a part, and its whole must still go."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ebbtide.cleanup.parts_now import is_still_part
from ebbtide.cleanup.read_again import Description
from ebbtide.cleanup.reasons import GONE, UNCONFIRMED, Reasons
from ebbtide.collect.to_resource import build_resource
from ebbtide.kinds import part_relations, parts_of, registry
from ebbtide.model.resource import Resource
from ebbtide.plan.model import Planned
from tests.faults.safety.asked_again import Account, AsPlanned, Item, Items, NowListed, place_of
from tests.faults.safety.test_reasons_matrix import gateway, machine, vpc
from tests.support.builders import ACCOUNT, resource
from tests.unit.kinds.test_recorded_answers import get_document, list_documents, references

SYSTEM, TARGET, POINT = "aws_efs_file_system", "aws_efs_mount_target", "aws_efs_access_point"
VPC, GATEWAY, INSTANCE = "aws_vpc", "aws_ec2_internet_gateway", "aws_ec2_instance"
PAIRS = [
    (whole, part)
    for whole in sorted(registry())
    for part in sorted(parts_of(whole))
    if whole != VPC and registry()[part].get is not None
]
EXPIRED = [{"Key": "ebbtide:expires", "Value": "2020-01-01"}]


def system(id: str = "fs-1") -> Item:
    own = {"FileSystemId": id, "LifeCycleState": "available", "OwnerId": ACCOUNT}
    return {**own, "Tags": EXPIRED}


def target(system: str = "fs-1") -> Item:
    own = {"MountTargetId": "fsmt-1", "FileSystemId": system, "OwnerId": ACCOUNT}
    return {**own, "LifeCycleState": "available"}


def files(system_of_target: str = "fs-1") -> Items:
    return {SYSTEM: [system()], TARGET: [target(system_of_target)]}


def network(*machines: Item, attached: str = "vpc-1") -> Items:
    return {VPC: [vpc()], GATEWAY: [gateway(attached)], INSTANCE: list(machines)}


def expired(items: Items) -> Account:
    return Account(items, rule="expired", options="with_parts: true")


def test_a_part_of_a_whole_that_goes_is_still_one() -> None:
    assert expired(files()).objection(TARGET, files()) == ""


def test_a_part_that_moved_to_another_whole_stays() -> None:
    said = expired(files()).objection(TARGET, files("fs-2"))
    assert said.startswith(GONE) and "no longer a part" in said


def reasons(account: Account, items: Items, without: str) -> Reasons:
    going = {one.subject.graph_id for one in account.plan.planned if one.subject.kind != without}
    reader: Any = None
    return Reasons(
        NowListed(items, ()),
        reader,
        AsPlanned(account.plan, account.scene),
        account.selections,
        lambda: "2026-11-22T12:00:00Z",
        going=frozenset(going),
    )


def described(kind: str, item: Item) -> Description:
    return Description(item, build_resource(registry()[kind], item, place_of(kind)), item)


def asked(account: Account, entry: Planned, without: str = "") -> str:
    item = target()
    found = reasons(account, files(), without)
    return found.objection(entry, described(TARGET, item), released=False)


def test_a_part_stays_if_its_whole_stays() -> None:
    account = expired(files())
    entry = account.entry(TARGET)
    assert asked(account, entry) == ""
    assert asked(account, entry, without=SYSTEM).startswith(GONE)


def test_a_part_that_was_selected_for_itself_needs_no_whole() -> None:
    account = expired(files())
    entry = replace(account.entry(TARGET), part_of=None)
    assert asked(account, entry, without=SYSTEM) == ""


def test_a_part_of_a_vpc_goes_only_without_living_instances() -> None:
    account = expired(network())
    assert account.entry(GATEWAY).rules == ("expired",)
    assert account.objection(GATEWAY, network()) == ""
    assert account.objection(GATEWAY, network(machine(VpcId="vpc-1"))).startswith(GONE)
    assert account.objection(GATEWAY, network(attached="vpc-2")).startswith(GONE)
    assert account.objection(GATEWAY, network(), [INSTANCE]).startswith(UNCONFIRMED)


@pytest.mark.parametrize(("whole", "part"), PAIRS)
def test_reading_a_part_again_tells_its_whole(whole: str, part: str) -> None:
    """On the recorded answers of AWS: what the call that reads one again lacks would object."""
    kind, place = registry()[part], place_of(part)
    seen = 0
    for listed in list_documents(kind):
        item = get_document(kind, listed)
        own = build_resource(kind, item, place)
        for relation in part_relations(whole, part):
            for value in references(relation, item):
                seen += 1
                mine, other = (_whole(whole, one, own) for one in (value, "another"))
                description = Description(item, own, item)
                assert is_still_part(description, mine.to_line())
                assert not is_still_part(description, other.to_line())
    assert seen


def _whole(kind: str, name: str, part: Resource) -> Resource:
    found = resource(kind, name, region=part.region, name=name, arn=name)
    return replace(found, account=part.account)
