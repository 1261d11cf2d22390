"""A not-found answer about a part of a resource does not prove that the resource is gone.

Only the call that describes the resource itself can prove that. If the tags are not found, they are
unknown; if another part is not found, such as targets or listeners, coverage is incomplete.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from ebbtide.aws import is_not_found
from ebbtide.graph.merging import merge_lines
from ebbtide.kinds import registry
from ebbtide.model.coverage import Coverage
from ebbtide.model.kind import Detail, Kind
from ebbtide_cli.shapes import operation
from tests.faults.collect.answers import Answer, Document, read, recorded_calls, refusal, refusing
from tests.faults.known import known_fault

DMS = "aws_dms_replication_instance"
CLUSTER = "aws_elasticache_cache_cluster"
POINT = "aws_backup_recovery_point"
PROXY = "aws_rds_proxy"
REPOSITORY = "aws_codecommit_repository"
MOMENT = "2026-02-01T00:00:00Z"

LOST = "replay F1: a tags call that answers not-found loses the resource"
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


@known_fault(LOST)
@pytest.mark.parametrize(("kind", "call", "code"), RECORDED)
def test_resource_without_findable_tags_stays_and_its_tags_are_unknown(
    kind: str, call: str, code: str
) -> None:
    before = read(kind)
    reading = read(kind, given={call: refusing(code)})
    assert ids(reading.of(kind)) == ids(before.of(kind))
    assert {line["tags"] for line in reading.of(kind)} == {None}
    assert reading.references == before.references


@known_fault(LOST)
def test_resource_without_findable_tags_is_not_reported_as_deleted() -> None:
    dated = {"first_seen": MOMENT, "updated": MOMENT}
    before = {line["graph_id"]: {**line, **dated} for line in read(DMS).lines}
    reading = read(DMS, given={"dms.ListTagsForResource": refusing("ResourceNotFoundFault")})
    now = {line["graph_id"]: line for line in reading.lines}
    merged = merge_lines(list(now.values()), before, [reading.coverage[DMS]], MOMENT)
    assert [change["change"] for change in merged.changes] != ["deleted"]


@known_fault("awstruth A1: a not-found tags call loses a cluster that is being modified")
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


@known_fault("awstruth A1: a not-found tags call loses recovery points of other services")
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


@known_fault("awstruth A1: a not-found answer about something else loses the resource")
@pytest.mark.parametrize(("kind", "call", "code"), SIDE_CALLS)
def test_not_found_answer_about_something_else_is_no_proof(kind: str, call: str, code: str) -> None:
    reading = read(kind, given={call: refusing(code)})
    lost = set(ids(read(kind).of(kind))) - set(ids(reading.of(kind)))
    assert not lost or reading.coverage[kind].state == "failed"


def ids(lines: list[Document]) -> list[str]:
    return sorted(str(line["id"]) for line in lines)


# The same promise for every detail of every kind.


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


def not_found_code(detail: Detail) -> str | None:
    """Return a not-found code of the operation, or None if all of them mean "it has none"."""
    shapes = operation(detail.call.service, detail.call.operation).error_shapes
    modelled = [shape.metadata.get("error", {}).get("code", shape.name) for shape in shapes]
    for code in (*modelled, "ResourceNotFoundException"):
        if is_not_found(refusal(code)) and code not in detail.absent:
            return str(code)
    return None


def describes(kind: Kind, detail: Detail) -> bool:
    """Check whether the operation of a detail also reads another detail of the kind."""
    return sum(one.call.operation == detail.call.operation for one in kind.details) > 1


def refused(*, tags: bool) -> Iterator[Refused]:
    """Read each kind once per detail answered as not found: only tags, or only other details."""
    for kind in registry().values():
        details = [one for one in kind.details if one.into and (one.into == kind.tags) is tags]
        if not details or not recorded_calls(kind.name):
            continue
        before = set(ids(read(kind.name).of(kind.name)))
        for detail in details:
            code = not_found_code(detail)
            if code and not (tags and describes(kind, detail)):
                model = operation(detail.call.service, detail.call.operation)
                name = f"{detail.call.service}.{model.name}"
                reading = read(kind.name, given={name: refusing(code)})
                if reading.arguments(name):
                    lost = before - set(ids(reading.of(kind.name)))
                    yield Refused(kind, detail, code, frozenset(lost), reading.coverage[kind.name])


@known_fault(LOST)
def test_no_tags_call_that_finds_nothing_loses_a_resource() -> None:
    found = list(refused(tags=True))
    assert len(found) > 100
    assert [one.label for one in found if one.lost or not one.coverage.unknown_tags] == []


@known_fault("awstruth A1: a side call that answers not-found loses the resource")
def test_no_side_call_that_finds_nothing_loses_a_resource_unnoticed() -> None:
    found = list(refused(tags=False))
    assert len(found) > 20
    unnoticed = [one for one in found if one.lost and one.coverage.state == "complete"]
    assert [one.label for one in unnoticed] == []


def test_describe_call_that_finds_nothing_proves_that_the_resource_is_gone() -> None:
    kind = "aws_dynamodb_table"
    reading = read(kind, given={"dynamodb.DescribeTable": refusing("ResourceNotFoundException")})
    assert read(kind).of(kind)
    assert reading.of(kind) == []
    assert reading.coverage[kind].state == "complete"
