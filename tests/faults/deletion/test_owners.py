"""The owner of a resource, from its tags and stack, and how long the owner protects it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import boto3
import pytest

from ebbtide.owners.claims import claims_of
from tests.faults.deletion.test_endings import queue_stack
from tests.faults.described import EXPIRED_ONLY
from tests.faults.narrow import EXPIRED, about, configure, planned_run, subjects
from tests.faults.wire import Wire
from tests.integration.workflow import ACCOUNT, REGION, Workflow
from tests.support import builders
from tests.support.builders import codes, ids, inventory, owns_edge, planned, resource, volume

type Session = boto3.session.Session

POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
    }
)

CLAIM = {
    "ebs.csi.aws.com/cluster": "true",
    "CSIVolumeName": "pvc-1",
    "kubernetes.io/created-for/pvc/name": "data-postgres-0",
    "kubernetes.io/created-for/pvc/namespace": "prod",
    "kubernetes.io/created-for/pv/name": "pvc-1",
}
CONTROLLER = {
    "elbv2.k8s.aws/cluster": "prod",
    "ingress.k8s.aws/stack": "default/web",
    "ingress.k8s.aws/resource": "LoadBalancer",
}


def as_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def test_a_volume_of_a_kubernetes_claim_stays(workflow: Workflow, customer: Session) -> None:
    rule = {"min_age": "1s", "assume_unchanged": True}
    configure(workflow, about("aws_ec2_volume"), rules={"volumes": rule})
    customer.client("ec2").create_volume(
        AvailabilityZone=f"{REGION}a",
        Size=8,
        TagSpecifications=[{"ResourceType": "volume", "Tags": as_list(CLAIM)}],
    )
    workflow.now += timedelta(days=400)
    _, plan = planned_run(workflow)
    assert not plan.planned
    assert [entry.code for entry in plan.refused] == ["owned"]


def test_a_balancer_of_the_load_balancer_controller_stays(
    workflow: Workflow, customer: Session
) -> None:
    kinds = [
        *about("aws_alb", "aws_alb_target_group"),
        "aws_ec2_instance",
        "aws_autoscaling_group",
        "aws_eks_cluster",
    ]
    configure(workflow, kinds, rules={"load_balancers": {"min_age": "1s"}})
    ec2 = customer.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"{REGION}{zone}")
        for n, zone in enumerate("ab")
    ]
    customer.client("elbv2").create_load_balancer(
        Name="k8s-default-web",
        Subnets=[subnet["Subnet"]["SubnetId"] for subnet in subnets],
        Tags=as_list(CONTROLLER),
    )
    customer.client("eks").create_cluster(
        name="prod",
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/eks",
        resourcesVpcConfig={"subnetIds": [subnet["Subnet"]["SubnetId"] for subnet in subnets]},
    )
    workflow.now += timedelta(days=1)
    _, plan = planned_run(workflow)
    assert not plan.planned
    assert [entry.code for entry in plan.refused] == ["owned"]


OLD_STACK = f"arn:aws:cloudformation:{REGION}:{builders.ACCOUNT}:stack/old/1"
OWNING_TAGS = [
    ("aws_ec2_volume", "ebs.csi.aws.com/cluster"),
    ("aws_ec2_volume", "CSIVolumeName"),
    ("aws_ec2_volume", "kubernetes.io/created-for/pvc/name"),
    ("aws_ec2_volume", "KubernetesCluster"),
    ("aws_ec2_volume", "aws:rds:primaryDBInstanceArn"),
    ("aws_alb", "elbv2.k8s.aws/cluster"),
    ("aws_alb", "ingress.k8s.aws/stack"),
    ("aws_alb", "service.k8s.aws/stack"),
    ("aws_ec2_security_group", "elbv2.k8s.aws/resource"),
    ("aws_autoscaling_group", "AmazonECSManaged"),
    ("aws_autoscaling_group", "aws:ecs:clusterName"),
    ("aws_autoscaling_group", "AWSBatchServiceTag"),
    ("aws_autoscaling_group", "eks:nodegroup-name"),
    ("aws_ec2_instance", "karpenter.sh/nodepool"),
    ("aws_ec2_security_group", "ManagedByAmazonSageMakerResource"),
    ("aws_ec2_security_group", "AWSElasticDisasterRecoveryManaged"),
]
RECOGNISED_TAGS = [
    ("aws_ec2_security_group", "aws:elasticmapreduce:job-flow-id"),
    ("aws_ec2_volume", "kubernetes.io/cluster/prod"),
    ("aws_ec2_volume", "aws:cloudformation:stack-name"),
    ("aws_ec2_instance", "aws:autoscaling:groupName"),
]


@pytest.mark.parametrize(
    ("kind", "tag"),
    [*OWNING_TAGS, *RECOGNISED_TAGS],
)
def test_a_tag_that_a_service_sets_names_the_owner(kind: str, tag: str) -> None:
    """The owner is there, if Ebbtide reads its kind: one that is proved to be gone owns nothing."""
    tags = {"ebbtide:expires": "2020-01-01", tag: "x"}
    managed = resource(kind, "managed", tags=tags)
    owners = [
        resource(claim.mark.kind, claim.identity, arn=claim.identity)
        for claim in claims_of(managed)
        if claim.identity is not None
    ]
    plan = planned(inventory([managed, *owners]), EXPIRED_ONLY)
    assert not plan.planned
    assert codes(plan.refused) == {"managed": "owned"}


def test_a_protected_resource_that_its_stack_could_not_tag_keeps_the_stack(
    workflow: Workflow, customer: Session, wire: Wire
) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:policy/important"
    kinds = about("aws_cloudformation_stack", "aws_iam_policy")
    configure(workflow, kinds, protect={"ids": [arn]})
    policy_stack(customer, "important", Tags=EXPIRED)
    wire.alter("GetAccountAuthorizationDetails", lambda _, answer: identify(answer["Policies"]))
    _, plan = planned_run(workflow)
    assert not plan.planned


def policy_stack(customer: Session, policy: str, **stack: Any) -> None:
    properties = {"ManagedPolicyName": policy, "PolicyDocument": json.loads(POLICY)}
    template = {"Resources": {"P": {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}}}
    customer.client("cloudformation").create_stack(
        StackName="holds-policy",
        TemplateBody=json.dumps(template),
        Capabilities=["CAPABILITY_NAMED_IAM"],
        **stack,
    )


def identify(policies: list[dict[str, Any]]) -> None:
    """Add ids to the listed policies, which moto leaves out."""
    for number, policy in enumerate(policies):
        policy.setdefault("PolicyId", f"ANPA{number}")


def test_what_a_living_stack_made_is_not_deleted_behind_its_back(
    workflow: Workflow, customer: Session, wire: Wire
) -> None:
    rule = {"kinds": ["aws_iam_policy"], "min_age": "1s"}
    kinds = about("aws_cloudformation_stack", "aws_iam_policy")
    configure(workflow, kinds, rules={"untagged": rule})
    policy_stack(customer, "of-stack")
    wire.alter("GetAccountAuthorizationDetails", lambda _, answer: identify(answer["Policies"]))
    workflow.now += timedelta(days=1)
    _, plan = planned_run(workflow)
    assert not plan.planned
    assert not plan.undecided
    # moto's answer leaves out the name of a policy.
    arn = f"arn:aws:iam::{ACCOUNT}:policy/of-stack"
    assert [(entry.subject.arn, entry.code) for entry in plan.refused] == [(arn, "owned")]


@pytest.mark.parametrize(
    ("kind", "tags"),
    [
        (
            "aws_sqs_queue",
            {
                "aws:cloudformation:stack-name": "old",
                "aws:cloudformation:stack-id": OLD_STACK,
            },
        ),
        ("aws_ec2_volume", {"eks:cluster-name": "old"}),
        ("aws_ec2_volume", {"aws:autoscaling:groupName": "old"}),
    ],
)
def test_what_a_deleted_owner_left_behind_can_be_cleaned(kind: str, tags: dict[str, str]) -> None:
    left = resource(kind, "left", tags={"ebbtide:expires": "2020-01-01", **tags})
    assert ids(planned(inventory([left])).planned) == {"left"}


@pytest.mark.parametrize("gap", ["denied", "throttled"])
def test_an_owner_that_could_not_be_looked_for_still_protects(gap: str) -> None:
    tags = {"ebbtide:expires": "2020-01-01", "aws:cloudformation:stack-name": "old"}
    left = resource("aws_sqs_queue", "left", tags=tags)
    plan = planned(inventory([left], gaps={"aws_cloudformation_stack": gap}))
    assert not plan.planned


def test_what_a_living_stack_owns_by_its_tags_stays() -> None:
    stack = resource("aws_cloudformation_stack", "web")
    owned = volume("vol-1", tags={"ebbtide:expires": "2020-01-01"})
    plan = planned(inventory([stack, owned], [owns_edge(stack, owned)]), EXPIRED_ONLY)
    assert codes(plan.refused) == {"vol-1": "owned"}


def test_a_tagged_member_goes_with_its_stack(workflow: Workflow, customer: Session) -> None:
    configure(workflow, about("aws_cloudformation_stack", "aws_sqs_queue"))
    sqs = customer.client("sqs")
    stack = queue_stack(customer, "web")
    tags = {"aws:cloudformation:stack-id": stack, "aws:cloudformation:stack-name": "web"}
    sqs.tag_queue(QueueUrl=sqs.get_queue_url(QueueName="web")["QueueUrl"], Tags=tags)
    _, plan = planned_run(workflow)
    assert subjects(plan) == {"web"}
    assert {entry.action for entry in plan.planned} == {"delete", "goes_with"}
