"""Who owns what, over the whole registry: each pair of kinds and each mark, in each situation.

A cell is unsafe if the resource goes although something that must stay would go along with it, or
although its owner may be there. The number of cells is a property of each test, and printed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pytest

from ebbtide.base.errors import CallError
from ebbtide.base.paths import values
from ebbtide.cleanup.owned_now import OwnedNow
from ebbtide.cleanup.owners_now import OwnersNow
from ebbtide.cleanup.read_again import Description
from ebbtide.cleanup.users import Seen
from ebbtide.collect.to_resource import build_references
from ebbtide.config import OwnersConfig
from ebbtide.kinds import registry
from ebbtide.model.inventory import Inventory
from ebbtide.model.kind import Kind, Relation
from ebbtide.model.relations import reference_values
from ebbtide.model.resource import GLOBAL, Resource
from ebbtide.owners import registry as marks
from ebbtide.owners.claims import claims_of
from ebbtide.owners.mark import Mark
from tests.faults.described import EXPIRED_ONLY
from tests.faults.safety.cells import KNOWN, UNREAD, Pair, World, alone, is_planned, pairs
from tests.support.builders import (
    ACCOUNT,
    REGION,
    full_coverage,
    planned,
    resource,
    without_members,
)
from tests.support.effort import sampled
from tests.unit.kinds.test_recorded_answers import list_documents

# Rules do not select opt-in kinds, so nothing else could be shown to keep them.
OWNERSHIP = [
    pair for pair in pairs() if pair.form != "first" and not registry()[pair.target].opt_in
]
GAPS = ("denied", "throttled", "failed", "timed_out", "suspect", "skipped", "not collected")
EXPIRED = {"ebbtide:expires": "2020-01-01"}
# What carries a mark here, unless the mark is an attribute of certain kinds: regional, global, and
# what a stack, a cluster or a policy typically leaves.
CARRIERS = ("aws_ec2_volume", "aws_alb", "aws_iam_role", "aws_s3_bucket", "aws_sqs_queue")

type Counted = Callable[[Mapping[str, bool]], None]


@pytest.fixture
def counted(
    record_property: Callable[[str, object], None], request: pytest.FixtureRequest
) -> Counted:
    """Assert that no cell is unsafe, and tell how many there are."""

    def count(cells: Mapping[str, bool]) -> None:
        unsafe = [name for name, is_safe in cells.items() if not is_safe]
        record_property("cells", len(cells))
        record_property("unsafe", len(unsafe))
        sys.stdout.write(f"\n{request.node.name}: {len(cells)} cells, {len(unsafe)} unsafe\n")
        assert cells
        assert unsafe == []

    return count


def test_there_are_pairs_of_both_forms() -> None:
    assert len([pair for pair in OWNERSHIP if pair.form == "owned"]) > 45
    assert len([pair for pair in OWNERSHIP if pair.form == "owner"]) > 45


def test_what_neither_owns_nor_is_owned_is_planned() -> None:
    """Otherwise the cells below would prove nothing."""
    targets = {pair.target: pair for pair in OWNERSHIP}.values()
    assert [str(pair) for pair in targets if not is_planned(alone(World(pair)))] == []


@pytest.mark.scaled
def test_a_known_or_unread_neighbour_keeps_a_resource(counted: Counted) -> None:
    counted(
        {
            f"{pair}, {name}": not is_planned(reading(World(pair)))
            for pair in sampled(OWNERSHIP, 4)
            for name, reading in {**UNREAD, **KNOWN}.items()
        }
    )


def test_what_goes_along_and_may_go_keeps_nothing() -> None:
    """Otherwise `protected` would not be what keeps the owner in the cells above."""
    owned = [pair for pair in OWNERSHIP if pair.form == "owned"]
    assert [str(pair) for pair in owned if not is_planned(with_free_neighbour(pair))] == []


def with_free_neighbour(pair: Pair) -> Any:
    world = World(pair)
    free = [{**line, "tags": {}} for line in world.neighbours]
    return world.plan([world.target, *free], world.covered(count=len(free)))


# What is new since the plan, found by listing the kind again.


@dataclass(frozen=True)
class Listed:
    """A listing that finds these items of one kind, or that AWS refuses."""

    found: tuple[tuple[Resource, dict[str, Any]], ...] = ()
    kind: str = ""
    error: str = ""
    regions: tuple[str, ...] = (REGION, GLOBAL)

    def regions_of(self, kind: Kind, region: str) -> tuple[str, ...]:
        return (GLOBAL,) if kind.scope == "global" else (region,)

    def of_kind(self, name: str, region: str) -> list[Seen]:
        if self.error:
            raise CallError(name, "list", self.error, "no", ACCOUNT, region)
        return [
            Seen(found, tuple(build_references(registry()[name], item, found)) if item else ())
            for found, item in self.found
            if name == self.kind and found.region == region
        ]

    def below(self, name: str, region: str, _: object) -> list[Seen]:
        return self.of_kind(name, region)


@cache
def recorded(name: str) -> list[dict[str, Any]]:
    return list_documents(registry()[name])


def identified(name: str, by: str, value: str) -> Resource:
    """Return a resource of a kind that has this identity."""
    region = GLOBAL if registry()[name].scope == "global" else REGION
    found = resource(name, "neighbour", region=region)
    if by in ("id", "name", "arn"):
        return replace(found, **{by: value})
    if by == "lambda_groups":
        groups = [{"group_id": one} for one in value.split(",")]
        return replace(found, properties={"interface_type": "lambda", "groups": groups})
    path = registry()[name].aliases[by].replace("[]", "")
    properties: Any = value
    for step in reversed(path.split(".")):
        properties = {step: properties}
    return replace(found, properties=properties)


def both_ends(pair: Pair) -> Iterator[tuple[Description, Resource, dict[str, Any]]]:
    """Yield an owner as read again, and what it owns as listed, for each recorded reference."""
    for relation in registry()[pair.declaring].relations:
        if not _is_of(relation, pair):
            continue
        for item in recorded(pair.declaring):
            for value in _references(relation, item):
                other = identified(relation.kind, relation.by, value)
                own = identified(pair.declaring, "id", "declaring")
                if relation.owns:
                    yield Description(item, own, item), other, {}
                else:
                    owner = recorded(relation.kind)[0]
                    yield Description(owner, other, owner), own, item


def _references(relation: Relation, item: dict[str, Any]) -> Iterator[str]:
    place = {"account": ACCOUNT, "region": REGION, "partition": "aws"}
    for value in values(relation.path, item):
        for one in value if isinstance(value, list) else [value]:
            yield from reference_values(relation, str(one), place)


def _is_of(relation: Relation, pair: Pair) -> bool:
    other = pair.neighbour if pair.declaring == pair.target else pair.target
    return relation.kind == other and (relation.owns or relation.owned_by)


def test_what_became_owned_since_the_plan_is_found(counted: Counted) -> None:
    cells: dict[str, bool] = {}
    for pair in OWNERSHIP:
        if pair.form != "owned":
            continue
        found = False
        for owner, owned, item in both_ends(pair):
            found = True
            listing: Any = Listed(((owned, item),), pair.neighbour)
            gone: Any = Listed(((replace(owned, ended=True), item),), pair.neighbour)
            known = frozenset({owned.graph_id})
            none = frozenset[str]()
            cells[f"{pair}, new"] = OwnedNow(listing, none).unplanned(owner) == [owned.graph_id]
            cells[f"{pair}, planned"] = OwnedNow(listing, known).unplanned(owner) == []
            cells[f"{pair}, ended"] = OwnedNow(gone, none).unplanned(owner) == []
            cells[f"{pair}, denied"] = _raises(lambda owner=owner: _denied(owner))
        assert found, f"nothing is recorded for {pair}"
    counted(cells)


def _denied(owner: Description) -> list[str]:
    refused: Any = Listed(error="AccessDenied")
    return OwnedNow(refused, frozenset()).unplanned(owner)


def _raises(call: Callable[[], object]) -> bool:
    try:
        call()
    except CallError:
        return True
    return False


# The marks.


def examples(mark: Mark) -> Iterator[Resource]:
    """Yield resources that carry a mark, one per kind."""
    for name in mark.of or CARRIERS:
        region = GLOBAL if registry()[name].scope == "global" else REGION
        if mark.tag:
            key = mark.tag + "x" if mark.is_prefix else mark.tag
            tags = {**EXPIRED, key: _value(mark)}
            yield resource(name, "target", region=region, tags=tags)
        else:
            found = resource(name, "target", region=region, tags=EXPIRED)
            if mark.attribute == "name":
                yield replace(found, name=_value(mark))
            else:
                properties: Any = _value(mark)
                for step in reversed(mark.attribute.split(".")):
                    properties = {step: properties}
                yield replace(found, properties=properties)


# A value for each mark that accepts only certain ones.
VALUES = {
    "compute.EMR_GROUPS": "ElasticMapReduce-master",
    "compute.SCALING_ALARM": "DO NOT EDIT OR DELETE. For TargetTrackingScaling policy x.",
    "compute.SCALING_ALARM_NAME": "TargetTracking-service/c/s-AlarmHigh-1",
    "compute.WORKSPACES_GROUP": "d-0123456789_workspacesMembers",
    "data.DIRECTORY_GROUP_DESCRIPTION": "AWS created security group for d-0123456789 directory"
    " controllers",
    "data.DIRECTORY_GROUP": "d-0123456789_controllers",
    "data.REPLICATION_SERVERS": "AWS Elastic Disaster Recovery Replication Server",
    "kubernetes.OWNED": "owned",
    "own.LOG_GROUPS": "/ebbtide/ebbtide/cleanup/tick",
    "own.SCHEDULE": "arn:aws:states:us-east-1:1:stateMachine:ebbtide-collect-and-cleanup",
    "own.WORKFLOW": "ebbtide-collect-and-cleanup",
    "security.ACCOUNT_ACCESS": "OrganizationAccountAccessRole",
    "security.CONTROL_TOWER": "aws-controltower-Notifications",
    "security.CONTROL_TOWER_ROLES": "AWSControlTowerExecution",
    "security.FIREWALL_MANAGER_GROUP": "FMManagedSecurityGroup1",
    "security.FIREWALL_MANAGER_NAME": "FMManagedWebACL1",
    "security.GUARDDUTY_GROUP": "GuardDutyManagedSecurityGroup-vpc-1",
    "security.INSPECTOR_RULES": "DO-NOT-DELETE-AmazonInspectorEc2ManagedRule",
    "security.LANDING_ZONE_ROLES": "AWSAFTExecution",
    "security.QUICK_SETUP_ROLES": "AWS-QuickSetup-HostMgmtRole",
    "security.STACK_SET_ROLES": "stacksets-exec-1a2b",
    "stacks.BEANSTALK_BUCKET": "elasticbeanstalk-us-east-1-111122223333",
    "stacks.CONFORMANCE_PACK": "awsconfigconforms-x",
}


def _value(mark: Mark) -> str:
    if mark.by == "arn":
        return f"arn:aws:x:{REGION}:{ACCOUNT}:x/x"
    return VALUES.get(next(name for name, one in marks().items() if one is mark), "x")


def owner_of(found: Resource, **rest: Any) -> Resource | None:
    """Return the owner that a marked resource names, if its kind is collected."""
    for claim in claims_of(found):
        if claim.identity is not None:
            region = found.region
            if region == GLOBAL and registry()[claim.mark.kind].scope != "global":
                region = REGION
            made = resource(claim.mark.kind, "owner", region=region, **rest)
            return replace(made, **{claim.mark.by: claim.identity})
    return None


def is_selected(found: Resource, *others: Resource, gap: str = "", config: str = "") -> bool:
    owner = owner_of(found)
    kind = owner.kind if owner else ""
    states = {kind: gap} if gap and gap != "not collected" else {}
    coverage = [
        entry
        for entry in full_coverage(gaps=states)
        if gap != "not collected" or entry.kind != kind
    ]
    resources = [found, *others]
    world = Inventory(
        ACCOUNT,
        resources,
        [],
        coverage,
        enabled_regions=(REGION,),
        stacks=without_members(resources),
    )
    plan = planned(world, f"{EXPIRED_ONLY}\n{config}")
    return found.id in {entry.subject.id for entry in plan.planned}


def test_every_mark_is_recognised() -> None:
    for name, mark in marks().items():
        for found in examples(mark):
            assert mark in [claim.mark for claim in claims_of(found)], (name, found)


@pytest.mark.scaled
def test_an_owner_that_is_there_or_may_be_keeps_what_carries_its_mark(counted: Counted) -> None:
    cells: dict[str, bool] = {}
    for name, mark in sampled(list(marks().items()), 4):
        for found in examples(mark):
            cell = f"{name}, {found.kind}"
            owner = owner_of(found)
            if owner is None:
                cells[f"{cell}, cannot be looked for"] = not is_selected(found)
                continue
            cells[f"{cell}, there"] = not is_selected(found, owner)
            stale = replace(owner, stale_since=found.created)
            cells[f"{cell}, there, not read now"] = not is_selected(found, stale)
            for gap in GAPS:
                cells[f"{cell}, gone, {gap}"] = not is_selected(found, gap=gap)
            proved = is_selected(found)
            cells[f"{cell}, gone"] = not proved if mark.elsewhere else True
    counted(cells)


def test_an_owner_that_is_proved_to_be_gone_keeps_nothing() -> None:
    """Otherwise the cells above would prove nothing."""
    kept = []
    for name, mark in marks().items():
        for found in examples(mark):
            owner = owner_of(found)
            if owner is None:
                continue
            ended = replace(owner, ended=True)
            if mark.elsewhere and mark.kind == "aws_eks_cluster":
                config = "owners: {deleted_clusters: [x]}"
                lifted = is_selected(found, config=config)
            elif mark.elsewhere:
                continue
            else:
                lifted = is_selected(found) and is_selected(found, ended)
            if not lifted:
                kept.append(f"{name}, {found.kind}")
    assert kept == []


def test_an_owner_that_is_there_now_keeps_what_was_planned(counted: Counted) -> None:
    cells: dict[str, bool] = {}
    config = OwnersConfig(deleted_clusters=("x",))
    for name, mark in marks().items():
        for found in examples(mark):
            owner = owner_of(found)
            cell = f"{name}, {found.kind}"
            if owner is None:
                nothing: Any = Listed()
                cells[f"{cell}, always"] = OwnersNow(nothing, config).objection(found) != ""
                continue
            there: Any = Listed(((owner, {}),), owner.kind)
            refused: Any = Listed(error="AccessDenied")
            empty: Any = Listed()
            cells[f"{cell}, there"] = OwnersNow(there, config).objection(found) != ""
            cells[f"{cell}, denied"] = _raises(
                lambda found=found, refused=refused: OwnersNow(refused, config).objection(found)
            )
            # A cluster that is declared to be deleted; the name of any other owner is no matter.
            may_be_elsewhere = mark.elsewhere != "" and mark.kind != "aws_eks_cluster"
            objection = OwnersNow(empty, config).objection(found)
            cells[f"{cell}, gone"] = bool(objection) == may_be_elsewhere
    counted(cells)


def test_an_unknown_reserved_tag_keeps_every_kind(counted: Counted) -> None:
    cells = {}
    for kind in registry().values():
        if kind.delete is None or kind.tags is None or kind.opt_in:
            continue
        region = GLOBAL if kind.scope == "global" else REGION
        tags = {**EXPIRED, "aws:new-service:owner": "x"}
        found = resource(kind.name, "target", region=region, tags=tags)
        config = 'owners: {harmless_tags: ["aws:new-service:"]}'
        cells[kind.name] = not is_selected(found)
        assert is_selected(found, config=config), kind.name
    counted(cells)
