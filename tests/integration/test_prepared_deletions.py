"""What AWS deletes only after a preparation is prepared and deleted in the mocked cloud."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import botocore.client
import pytest

from tests.integration.workflow import ACCOUNT, REGION, Workflow

TAG = {"ebbtide:expires": "2020-01-01"}
TAGS = [{"Key": key, "Value": value} for key, value in TAG.items()]

type Session = boto3.session.Session


def distribution(session: Session) -> None:
    config = {
        "CallerReference": "one",
        "Comment": "",
        "Enabled": True,
        "Origins": {
            "Quantity": 1,
            "Items": [
                {
                    "Id": "o",
                    "DomainName": "example.com",
                    "CustomOriginConfig": {
                        "HTTPPort": 80,
                        "HTTPSPort": 443,
                        "OriginProtocolPolicy": "https-only",
                    },
                }
            ],
        },
        "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all"},
    }
    session.client("cloudfront").create_distribution_with_tags(
        DistributionConfigWithTags={"DistributionConfig": config, "Tags": {"Items": TAGS}}
    )


def notebook(session: Session) -> None:
    session.client("sagemaker").create_notebook_instance(
        NotebookInstanceName="n",
        InstanceType="ml.t3.medium",
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/n",
        Tags=TAGS,
    )


def stream(session: Session) -> None:
    kinesis = session.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1, Tags=TAG)
    kinesis.add_tags_to_stream(StreamName="s", Tags=TAG)
    arn = kinesis.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]["StreamARN"]
    kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="c")


def secret(session: Session) -> None:
    session.client("secretsmanager").create_secret(
        Name="shop", SecretString="x", Tags=TAGS, AddReplicaRegions=[{"Region": "eu-west-1"}]
    )


def found_service(session: Session) -> None:
    discovery = session.client("servicediscovery")
    discovery.create_http_namespace(Name="shop")
    (namespace,) = discovery.list_namespaces()["Namespaces"]
    made = discovery.create_service(Name="orders", NamespaceId=namespace["Id"], Tags=TAGS)
    discovery.register_instance(
        ServiceId=made["Service"]["Id"],
        InstanceId="i",
        Attributes={"AWS_INSTANCE_IPV4": "10.0.0.1"},
    )


def capacity_provider(session: Session) -> None:
    """A provider on the list of a cluster whose default strategy does not name it."""
    ecs = session.client("ecs")
    group = f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:autoScalingGroup:1:autoScalingGroupName/shop"
    tags = [{"key": key, "value": value} for key, value in TAG.items()]
    provider = {"autoScalingGroupArn": group}
    ecs.create_capacity_provider(name="spare", autoScalingGroupProvider=provider, tags=tags)
    for name, providers in {"shop": ["FARGATE", "spare"], "other": ["FARGATE"]}.items():
        ecs.create_cluster(
            clusterName=name,
            capacityProviders=providers,
            defaultCapacityProviderStrategy=[{"capacityProvider": "FARGATE", "weight": 1}],
        )


def task_definition(session: Session) -> None:
    session.client("ecs").register_task_definition(
        family="shop",
        containerDefinitions=[{"name": "web", "image": "example.com/web", "memory": 128}],
        tags=[{"key": key, "value": value} for key, value in TAG.items()],
    )


MAKERS: dict[str, tuple[Callable[[Session], None], tuple[str, ...]]] = {
    "aws_cloudfront_distribution": (distribution, ("UpdateDistribution", "DeleteDistribution")),
    "aws_sagemaker_notebook": (notebook, ("StopNotebookInstance", "DeleteNotebookInstance")),
    "aws_kinesis_stream": (stream, ("DeleteStream",)),
    "aws_secretsmanager_secret": (secret, ("RemoveRegionsFromReplication", "DeleteSecret")),
    "aws_ecs_capacity_provider": (
        capacity_provider,
        ("PutClusterCapacityProviders", "DeleteCapacityProvider"),
    ),
    "aws_ecs_task_definition": (
        task_definition,
        ("DeregisterTaskDefinition", "DeleteTaskDefinitions"),
    ),
    "aws_servicediscovery_service": (found_service, ("DeregisterInstance", "DeleteService")),
}


# How many of them every run of the tests carries out.
QUICK = 2


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls that change something, in their order, in an account with two regions."""
    original = botocore.client.BaseClient._make_api_call
    calls: list[str] = []

    def call(self: Any, name: str, arguments: Any) -> Any:
        if self.meta.service_model.service_name != "s3" and not name.startswith(
            ("Describe", "List", "Get", "Batch", "Assume")
        ):
            calls.append(name)
        if name == "DescribeCapacityProviders" and "capacityProviders" not in arguments:
            # AWS describes all, moto none.
            arguments = {**arguments, "capacityProviders": ["spare"]}
        answer = original(self, name, arguments)
        if name == "DescribeRegions":
            answer["Regions"] = [{"RegionName": REGION}, {"RegionName": "eu-west-1"}]
        return answer

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)
    return calls


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(kind, marks=() if number < QUICK else pytest.mark.full)
        for number, kind in enumerate(MAKERS)
    ],
)
def test_it_is_prepared_and_then_deleted(
    workflow: Workflow, customer: Session, made: list[str], kind: str
) -> None:
    make, wanted = MAKERS[kind]
    workflow.configure(
        kinds=[kind],
        collect={"regions": [REGION, "eu-west-1"], "empty_regions": {"skip": False}},
        rules={"expired": {"enabled": True}},
        cleanup={"enabled": True, "dry_run": False, "limits": {"percent_of_account": 100}},
    )
    make(customer)
    run_id = workflow.collect()
    plan = workflow.plan(run_id)
    assert [entry.reason for entry in (*plan.refused, *plan.undecided)] == []
    assert kind in {entry.subject.kind for entry in plan.planned}
    made.clear()
    for _ in range(4):
        workflow.tick(run_id)
    assert set(workflow.outcomes(run_id).values()) == {"gone"}
    assert tuple(made) == wanted


@pytest.mark.full
def test_a_cluster_keeps_what_it_lists_besides_a_deleted_provider(
    workflow: Workflow, customer: Session, made: list[str]
) -> None:
    kind = "aws_ecs_capacity_provider"
    test_it_is_prepared_and_then_deleted(workflow, customer, made, kind)
    ecs = customer.client("ecs")
    clusters = ecs.describe_clusters(clusters=["shop", "other"])["clusters"]
    assert [cluster["capacityProviders"] for cluster in clusters] == [["FARGATE"]] * 2
    strategies = [cluster["defaultCapacityProviderStrategy"] for cluster in clusters]
    assert [one["capacityProvider"] for (one,) in strategies] == ["FARGATE"] * 2


@pytest.mark.full
@pytest.mark.usefixtures("made")
def test_a_provider_of_a_default_strategy_stays(workflow: Workflow, customer: Session) -> None:
    capacity_provider(customer)
    customer.client("ecs").put_cluster_capacity_providers(
        cluster="other",
        capacityProviders=["spare"],
        defaultCapacityProviderStrategy=[{"capacityProvider": "spare", "weight": 1}],
    )
    workflow.configure(kinds=["aws_ecs_capacity_provider"], rules={"expired": {"enabled": True}})
    plan = workflow.plan(workflow.collect())
    assert not plan.planned
    assert [entry.code for entry in plan.refused] == ["needed"]
    assert "cluster/other" in plan.refused[0].reason
