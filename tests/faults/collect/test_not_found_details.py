"""A not-found answer about a part of a resource does not prove that the resource is gone.

Only the call that describes the resource itself can prove that. If the tags are not found, they are
unknown; if another part is not found, such as targets or listeners, coverage is incomplete.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest

from ebbtide.aws import is_not_found
from ebbtide.graph.merged_lines import merge_lines
from ebbtide.kinds import registry
from ebbtide.model.call import Detail
from ebbtide.model.coverage import Coverage
from ebbtide.model.kind import Kind
from ebbtide_cli.shapes import operation
from tests.faults.collect.answers import Answer, Document, read, recorded_calls, refusal, refusing

DMS = "aws_dms_replication_instance"
CLUSTER = "aws_elasticache_cache_cluster"
POINT = "aws_backup_recovery_point"
PROXY = "aws_rds_proxy"
REPOSITORY = "aws_codecommit_repository"
MOMENT = "2026-02-01T00:00:00Z"

# Cloud Custodian recorded both answers: a replication instance in the state `available` (400) and
# an environment in the state `Launching` (404).
RECORDED = [
    pytest.param(DMS, "dms.ListTagsForResource", "ResourceNotFoundFault", id="DMS instance"),
    pytest.param(
        "aws_beanstalk_environment",
        "elasticbeanstalk.ListTagsForResource",
        "ResourceNotFoundException",
        id="launching environment",
    ),
]


@pytest.mark.parametrize(("kind", "call", "code"), RECORDED)
def test_resource_without_findable_tags_stays_and_its_tags_are_unknown(
    kind: str, call: str, code: str
) -> None:
    before = read(kind)
    reading = read(kind, given={call: refusing(code)})
    assert ids(reading.of(kind)) == ids(before.of(kind))
    assert {line["tags"] for line in reading.of(kind)} == {None}
    assert reading.references == before.references


def test_resource_without_findable_tags_is_not_reported_as_deleted() -> None:
    dated = {"first_seen": MOMENT, "updated": MOMENT}
    before = {line["graph_id"]: {**line, **dated} for line in read(DMS).lines}
    reading = read(DMS, given={"dms.ListTagsForResource": refusing("ResourceNotFoundFault")})
    now = {line["graph_id"]: line for line in reading.lines}
    merged = merge_lines(list(now.values()), before, [reading.coverage[DMS]], MOMENT)
    assert [change["change"] for change in merged.changes] != ["deleted"]


def test_cluster_that_is_being_modified_stays() -> None:
    """ElastiCache lists tags only of clusters that are available."""

    def modifying(_arguments: Document, recorded: Document) -> Document:
        for cluster in recorded["CacheClusters"]:
            cluster["CacheClusterStatus"] = "modifying"
        return recorded

    given: dict[str, Answer] = {
        "elasticache.DescribeCacheClusters": modifying,
        "elasticache.ListTagsForResource": refusing("CacheClusterNotFound"),
    }
    reading = read(CLUSTER, given=given)
    assert ids(reading.of(CLUSTER)) == ids(read(CLUSTER).of(CLUSTER))
    assert reading.coverage[CLUSTER].unknown_tags == len(reading.of(CLUSTER))


def test_recovery_point_that_another_service_holds_stays() -> None:
    """AWS Backup lists tags only of ARNs of its own."""
    snapshot = "arn:aws:ec2:eu-central-1::snapshot/snap-0a1b2c3d4e5f60001"

    def points(_arguments: Document, recorded: Document) -> Document:
        point = {**recorded["RecoveryPoints"][0], "RecoveryPointArn": snapshot}
        point.pop("CalculatedLifecycle", None)
        return {"RecoveryPoints": [point]}

    def tags(arguments: Document, _recorded: Document) -> Document:
        if ":backup:" not in arguments["ResourceArn"]:
            raise refusal("ResourceNotFoundException")
        return {"Tags": {}}

    given = {"backup.ListRecoveryPointsByBackupVault": points, "backup.ListTags": tags}
    assert ids(read(POINT, given=given).of(POINT)) == [snapshot]


SIDE_CALLS = [
    pytest.param(
        PROXY, "rds.DescribeDBProxyTargets", "DBProxyTargetNotFoundFault", id="proxy target"
    ),
    pytest.param(
        REPOSITORY,
        "codecommit.BatchGetRepositories",
        "EncryptionKeyNotFoundException",
        id="key of a repository",
    ),
]


@pytest.mark.parametrize(("kind", "call", "code"), SIDE_CALLS)
def test_not_found_answer_about_something_else_is_no_proof(kind: str, call: str, code: str) -> None:
    reading = read(kind, given={call: refusing(code)})
    lost = set(ids(read(kind).of(kind))) - set(ids(reading.of(kind)))
    assert not lost or reading.coverage[kind].state == "failed"


def ids(lines: list[Document]) -> list[str]:
    return sorted(str(line["id"]) for line in lines)


# The same promise for every detail of every kind.

# Every code that AWS documents for an operation and that names something as missing, and the one
# that services answer most often. EC2 documents none.
EVERYWHERE = ("ResourceNotFoundException",)


@dataclass(frozen=True)
class Refused:
    """The result of reading a kind while AWS answers one of its details with not found."""

    kind: Kind
    detail: Detail
    code: str
    lost: frozenset[str]
    coverage: Coverage

    @property
    def label(self) -> str:
        return f"{self.kind.name}: {self.detail.call.operation} answers {self.code}"


def not_found_codes(kind: Kind, detail: Detail) -> Iterator[str]:
    """Yield the not-found codes of the operation, but those that mean "it has none"."""
    shapes = operation(detail.call.service, detail.call.operation).error_shapes
    modelled = [shape.metadata.get("error", {}).get("code", shape.name) for shape in shapes]
    declared = kind.delete.gone if kind.delete else ()
    for code in dict.fromkeys((*modelled, *declared, *EVERYWHERE)):
        if is_not_found(refusal(code)) and code not in detail.absent:
            yield str(code)


def shares_its_call(kind: Kind, detail: Detail) -> bool:
    """Say whether the resource's own description is read by the same operation."""
    same = [one for one in kind.details if one.call.operation == detail.call.operation]
    return any(one.describes for one in same)


@cache
def refused(*, tags: bool) -> list[Refused]:
    """Read each kind once per detail and code: only tags, or only other details."""
    found = []
    for kind in registry().values():
        details = [
            one
            for one in kind.details
            if ((one.into is not None and one.into == kind.tags) is tags)
            and not shares_its_call(kind, one)
        ]
        if not details or not recorded_calls(kind.name):
            continue
        before = set(ids(read(kind.name).of(kind.name)))
        for detail in details:
            model = operation(detail.call.service, detail.call.operation)
            name = f"{detail.call.service}.{model.name}"
            for code in not_found_codes(kind, detail):
                reading = read(kind.name, given={name: refusing(code)})
                if reading.arguments(name):
                    lost = frozenset(before - set(ids(reading.of(kind.name))))
                    found.append(Refused(kind, detail, code, lost, reading.coverage[kind.name]))
    return found


def test_no_tags_call_that_finds_nothing_loses_a_resource() -> None:
    found = refused(tags=True)
    assert len(found) > 200
    assert [one.label for one in found if one.lost or not one.coverage.unknown_tags] == []


def test_no_side_call_that_finds_nothing_loses_a_resource_unnoticed() -> None:
    found = refused(tags=False)
    assert len(found) > 30
    assert [one.label for one in found if one.lost or one.coverage.state != "failed"] == []


def own_calls() -> Iterator[tuple[Kind, Detail, str]]:
    for kind in registry().values():
        for detail in kind.details:
            if detail.describes and recorded_calls(kind.name):
                for code in not_found_codes(kind, detail):
                    yield kind, detail, code


def test_own_describe_call_that_finds_something_else_missing_loses_nothing_unnoticed() -> None:
    """Only a code about the resource itself may remove it."""
    cases = list(own_calls())
    assert len(cases) > 70
    unnoticed, gone = [], 0
    for kind, detail, code in cases:
        name = f"{detail.call.service}.{operation(detail.call.service, detail.call.operation).name}"
        reading = read(kind.name, given={name: refusing(code)})
        if not reading.arguments(name) or reading.coverage[kind.name].state != "complete":
            continue
        gone += 1
        if code not in OWN_CODES and not (kind.delete and code in kind.delete.gone):
            unnoticed.append(f"{kind.name}: {detail.call.operation} answers {code}")
    assert gone > 60
    assert unnoticed == []


# What services call a resource that does not exist, where the kind has no `delete.gone`, or the
# code of its parent, without which it cannot exist.
OWN_CODES = {
    "ClusterNotFoundException",
    "GlobalTableNotFoundException",
    "ResourceNotFound",
    "ResourceNotFoundException",
}


# Details that describe the resource, but under a name of their own, or a batch of them.
UNDER_A_NAME = {
    ("aws_backup_plan", "get_backup_plan"),
    ("aws_codebuild_project", "batch_get_projects"),
    ("aws_codecommit_repository", "batch_get_repositories"),
    ("aws_codedeploy_application", "batch_get_applications"),
    ("aws_codedeploy_deployment_group", "get_deployment_group"),
    ("aws_ec2_instance_type", "describe_instance_types"),
    ("aws_ec2_transit_gateway_attachment", "describe_transit_gateway_vpc_attachments"),
    ("aws_iam_group", "get_group"),
    ("aws_route53_zone", "get_hosted_zone"),
}
# Details that bring names of the resource, but are no description of it.
NO_DESCRIPTION = {
    ("aws_backup_vault", "get_backup_vault_notifications"),
    ("aws_cognito_identity_pool", "get_identity_pool_roles"),
    ("aws_s3_bucket", "get_bucket_logging"),
    ("aws_s3_bucket", "get_bucket_notification_configuration"),
    ("aws_s3_bucket", "get_bucket_replication"),
}


def test_every_detail_is_decided() -> None:
    """A call whose answer becomes the item describes it; any other is about a part of it."""
    for kind in registry().values():
        for detail in (*kind.details, *(kind.get_details or ())):
            name = (kind.name, detail.call.operation)
            is_own = detail.into is None and name not in NO_DESCRIPTION
            if detail.into != kind.tags or detail.into is None:
                assert detail.describes is (is_own or name in UNDER_A_NAME), name
            else:
                assert not detail.describes, name


def test_describe_call_that_finds_nothing_proves_that_the_resource_is_gone() -> None:
    kind = "aws_dynamodb_table"
    reading = read(kind, given={"dynamodb.DescribeTable": refusing("ResourceNotFoundException")})
    assert read(kind).of(kind)
    assert reading.of(kind) == []
    assert reading.coverage[kind].state == "complete"
