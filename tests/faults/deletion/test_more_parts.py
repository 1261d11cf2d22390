"""Further wholes, each deleted with parts that carry no expiration tag, on the mocked cloud."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from tests.faults.narrow import (
    EXPIRED,
    about,
    configure,
    database_cluster,
    planned_run,
    reasons,
)
from tests.faults.wire import Wire
from tests.integration.workflow import ACCOUNT, REGION, Workflow

type Session = boto3.session.Session


def zone(customer: Session) -> None:
    route53 = customer.client("route53")
    made = route53.create_hosted_zone(Name="example.test", CallerReference="x")["HostedZone"]["Id"]
    name = made.rpartition("/")[2]
    route53.change_tags_for_resource(ResourceType="hostedzone", ResourceId=name, AddTags=EXPIRED)
    record: Any = {"Name": "www.example.test", "Type": "A", "TTL": 60}
    record["ResourceRecords"] = [{"Value": "192.0.2.1"}]
    batch: Any = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    route53.change_resource_record_sets(HostedZoneId=name, ChangeBatch=batch)


def user(customer: Session) -> None:
    iam = customer.client("iam")
    iam.create_user(UserName="ann", Tags=EXPIRED)
    iam.create_access_key(UserName="ann")


def bus(customer: Session) -> None:
    events = customer.client("events")
    events.create_event_bus(Name="old", Tags=EXPIRED)
    events.put_rule(Name="all", EventBusName="old", EventPattern='{"source": ["x"]}')
    target = {"Id": "1", "Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"}
    events.put_targets(Rule="all", EventBusName="old", Targets=[target])


def containers(customer: Session) -> None:
    ecs = customer.client("ecs")
    ecs.create_cluster(
        clusterName="old", tags=[{"key": one["Key"], "value": one["Value"]} for one in EXPIRED]
    )
    ecs.register_task_definition(
        family="t", containerDefinitions=[{"name": "c", "image": "i", "memory": 64}]
    )
    ecs.create_service(cluster="old", serviceName="s", taskDefinition="t", desiredCount=0)


def names(customer: Session) -> None:
    cloud_map = customer.client("servicediscovery")
    cloud_map.create_http_namespace(Name="old.test", Tags=EXPIRED)
    (space,) = cloud_map.list_namespaces()["Namespaces"]
    cloud_map.create_service(Name="api", NamespaceId=space["Id"])


def only_one_region(_: Any, answer: Any) -> None:
    answer["Regions"] = [one for one in answer["Regions"] if one["RegionName"] == REGION]


WHOLES: dict[str, tuple[Callable[[Session], None], str, str, Any]] = {
    "hosted zone": (zone, "aws_route53_zone", "aws_route53_resource_record_set", True),
    "user": (user, "aws_iam_user", "aws_iam_access_key", True),
    "event bus": (bus, "aws_eventbridge_event_bus", "aws_eventbridge_rule", True),
    "database cluster": (
        database_cluster,
        "aws_rds_cluster",
        "aws_rds_instance",
        ["aws_rds_instance"],
    ),
    "container cluster": (containers, "aws_ecs_cluster", "aws_ecs_service", True),
    "namespace": (names, "aws_servicediscovery_namespace", "aws_servicediscovery_service", True),
}
# The others only in full: each is a whole run of the workflow.
USUAL = ("hosted zone", "database cluster")


@pytest.mark.parametrize(
    "name",
    [pytest.param(one, marks=() if one in USUAL else pytest.mark.full) for one in WHOLES],
)
def test_a_whole_goes_with_its_parts(
    workflow: Workflow, customer: Session, wire: Wire, name: str
) -> None:
    # A global resource may be used from every enabled region.
    wire.alter("DescribeRegions", only_one_region)
    make, whole, part, option = WHOLES[name]
    configure(workflow, about(whole, part), rules={"expired": {"with_parts": option}})
    make(customer)
    run_id, plan = planned_run(workflow)
    going = {one.subject.kind: one for one in plan.planned if one.action == "delete"}
    assert {whole, part} <= going.keys(), (plan.refused, plan.undecided)
    assert going[part].part_of == going[whole].subject.graph_id
    assert going[part].wave < going[whole].wave
    workflow.clean(run_id)
    assert set(workflow.outcomes(run_id).values()) == {"gone"}, reasons(workflow, run_id)


@pytest.mark.full
def test_members_of_a_database_cluster_must_be_named(workflow: Workflow, customer: Session) -> None:
    kinds = about("aws_rds_cluster", "aws_rds_instance")
    configure(workflow, kinds, rules={"expired": {"with_parts": True}})
    database_cluster(customer)
    _, plan = planned_run(workflow)
    assert not plan.planned
    assert {one.subject.kind: one.code for one in plan.refused} == {"aws_rds_cluster": "blocked"}
