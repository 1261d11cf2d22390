"""The plan leaves resources that a service created to that service while it exists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ebbtide.collect.to_resource import Place, build_resource
from ebbtide.kinds import registry
from ebbtide.model.resource import GLOBAL, Resource
from tests.faults.relations.estate import arn, role_arn
from tests.support.builders import (
    ACCOUNT,
    NOW,
    REGION,
    codes,
    days_ago,
    ids,
    inventory,
    planned,
    resource,
)

# The expiration is in the past, and the rule `volumes` selects unattached volumes.
CONFIG = """
rules:
  expired: {enabled: true}
  volumes: {enabled: true, min_age: 1d, assume_unchanged: true}
"""
EXPIRED = {"ebbtide:expires": "2020-01-01"}
STACK_ID = arn("cloudformation", "stack/shop/11111111-2222-3333-4444-555555555555")
DOMAIN = arn("sagemaker", "domain/d-1")


def marked(kind: str, id: str, tags: Mapping[str, str], **rest: Any) -> Resource:
    return resource(kind, id, tags={**EXPIRED, **tags}, **rest)


def free_volume(id: str, tags: Mapping[str, str]) -> Resource:
    properties = {"volume_status": "available", "volume_size": 8}
    return resource("aws_ec2_volume", id, tags=tags, properties=properties)


def global_role(name: str) -> Resource:
    return marked("aws_iam_role", f"AROA{name}", {}, name=name, arn=role_arn(name), region=GLOBAL)


def stack() -> Resource:
    return resource("aws_cloudformation_stack", STACK_ID, name="shop", arn=STACK_ID)


def cluster() -> Resource:
    return resource("aws_eks_cluster", "prod")


# The owner as the account has it, or None if Ebbtide does not read its kind.
Case = tuple[str, Resource | None, Resource]
OF_STACK = {
    "aws:cloudformation:stack-name": "shop",
    "aws:cloudformation:stack-id": STACK_ID,
}

SEEN: list[Case] = [
    ("CloudFormation", stack(), marked("aws_s3_bucket", "assets", OF_STACK)),
    (
        "CloudFormation: CDK bootstrap",
        resource("aws_cloudformation_stack", "CDKToolkit"),
        marked("aws_s3_bucket", "cdk-assets", {"aws:cloudformation:stack-name": "CDKToolkit"}),
    ),
    (
        "CloudFormation: Amplify",
        resource("aws_cloudformation_stack", "amplify-x"),
        marked("aws_s3_bucket", "amplify", {"aws:cloudformation:stack-name": "amplify-x"}),
    ),
    (
        "Cloud9",
        resource("aws_cloudformation_stack", "aws-cloud9-x"),
        marked(
            "aws_ec2_instance",
            "i-c9",
            {"aws:cloud9:environment": "e", "aws:cloudformation:stack-name": "aws-cloud9-x"},
        ),
    ),
    (
        "EKS: group of a node group",
        cluster(),
        marked(
            "aws_autoscaling_group",
            "eks-nodes",
            {"eks:cluster-name": "prod", "kubernetes.io/cluster/prod": "owned"},
        ),
    ),
    (
        "EKS: security group of a cluster",
        cluster(),
        marked("aws_ec2_security_group", "sg-eks", {"aws:eks:cluster-name": "prod"}),
    ),
    (
        "Kubernetes: load balancer of the cloud provider",
        cluster(),
        marked("aws_elb", "a123", {"kubernetes.io/cluster/prod": "owned"}),
    ),
    (
        "Karpenter: instance",
        cluster(),
        marked(
            "aws_ec2_instance",
            "i-karpenter",
            {"karpenter.sh/nodepool": "default", "kubernetes.io/cluster/prod": "owned"},
        ),
    ),
    (
        "Auto Scaling: instance",
        resource("aws_autoscaling_group", "web"),
        marked("aws_ec2_instance", "i-web", {"aws:autoscaling:groupName": "web"}),
    ),
    (
        "Elastic Beanstalk: by name",
        resource("aws_beanstalk_environment", "e-1", name="shop"),
        marked("aws_elb", "awseb", {"elasticbeanstalk:environment-name": "shop"}),
    ),
    (
        "AWS Backup: snapshot",
        None,
        marked("aws_ec2_snapshot", "snap-backup", {"aws:backup:source-resource": "vol-1"}),
    ),
    (
        "Data Lifecycle Manager: snapshot",
        resource("aws_dlm_lifecycle_policy", "policy-1"),
        marked("aws_ec2_snapshot", "snap-dlm", {"aws:dlm:lifecycle-policy-id": "policy-1"}),
    ),
    (
        "Service Catalog",
        None,
        marked("aws_s3_bucket", "sc", {"aws:servicecatalog:provisionedProductArn": "arn:x"}),
    ),
    (
        "EMR: instance",
        resource("aws_emr_cluster", "j-1"),
        marked("aws_ec2_instance", "i-emr", {"aws:elasticmapreduce:job-flow-id": "j-1"}),
    ),
    (
        "Batch: instance of a fleet",
        None,
        marked("aws_ec2_instance", "i-batch", {"aws:ec2:fleet-id": "fleet-1"}),
    ),
    (
        "Spot fleet: instance",
        None,
        marked("aws_ec2_instance", "i-spot", {"aws:ec2spot:fleet-request-id": "sfr-1"}),
    ),
]

MARKED: list[Case] = [
    (
        "EKS Auto Mode: load balancer",
        cluster(),
        marked("aws_alb", "k8s-auto", {"eks:eks-cluster-name": "prod"}),
    ),
    (
        "EKS Auto Mode: instance",
        cluster(),
        marked("aws_ec2_instance", "i-auto", {"eks:eks-cluster-name": "prod"}),
    ),
    (
        "AWS Load Balancer Controller: load balancer",
        cluster(),
        marked("aws_alb", "k8s", {"elbv2.k8s.aws/cluster": "prod"}),
    ),
    (
        "AWS Load Balancer Controller: ingress",
        cluster(),
        marked("aws_alb", "k8s-in", {"ingress.k8s.aws/resource": "LoadBalancer"}),
    ),
    (
        "AWS Load Balancer Controller: service",
        cluster(),
        marked("aws_alb", "k8s-svc", {"service.k8s.aws/stack": "shop/web"}),
    ),
    (
        "AWS Load Balancer Controller: target group",
        cluster(),
        marked(
            "aws_alb_target_group",
            "k8s-tg",
            {"elbv2.k8s.aws/cluster": "prod", "ingress.k8s.aws/stack": "shop/web"},
        ),
    ),
    (
        "AWS Load Balancer Controller: security group",
        cluster(),
        marked(
            "aws_ec2_security_group",
            "sg-lbc",
            {"elbv2.k8s.aws/cluster": "prod", "elbv2.k8s.aws/resource": "backend-sg"},
        ),
    ),
    (
        "EBS CSI driver: volume of a set with no replicas",
        cluster(),
        free_volume(
            "vol-csi",
            {
                "ebs.csi.aws.com/cluster": "true",
                "CSIVolumeName": "pvc-1",
                "kubernetes.io/created-for/pvc/name": "data-db-0",
            },
        ),
    ),
    (
        "EBS CSI driver: snapshot",
        cluster(),
        marked(
            "aws_ec2_snapshot",
            "snap-csi",
            {"ebs.csi.aws.com/cluster": "true", "CSIVolumeSnapshotName": "snapshot-1"},
        ),
    ),
    (
        "Karpenter: launch template",
        cluster(),
        marked("aws_ec2_launch_template", "lt-karpenter", {"karpenter.k8s.aws/cluster": "prod"}),
    ),
    (
        "ECS: volume of a task",
        resource("aws_ecs_service", arn("ecs", "service/c/s"), name="s"),
        free_volume("vol-ecs", {"AmazonECSCreated": "true", "aws:ecs:serviceName": "s"}),
    ),
    (
        "ECS: task of a service",
        resource("aws_ecs_service", arn("ecs", "service/c/s"), name="s"),
        marked("aws_ecs_task", "task", {"aws:ecs:serviceName": "s", "aws:ecs:clusterName": "c"}),
    ),
    (
        "ECS: group of a capacity provider",
        None,
        marked("aws_autoscaling_group", "asg-ecs", {"AmazonECSManaged": ""}),
    ),
    (
        "Elastic Beanstalk: by id alone",
        resource("aws_beanstalk_environment", "e-1", name="shop"),
        marked("aws_elb", "awseb", {"elasticbeanstalk:environment-id": "e-1"}),
    ),
    (
        "SageMaker: file system of a domain",
        resource("aws_sagemaker_domain", "d-1", arn=DOMAIN),
        marked("aws_efs_file_system", "fs-sm", {"ManagedByAmazonSageMakerResource": DOMAIN}),
    ),
    (
        "SageMaker: security group of a domain",
        resource("aws_sagemaker_domain", "d-1", arn=DOMAIN),
        marked("aws_ec2_security_group", "sg-nfs", {"ManagedByAmazonSageMakerResource": DOMAIN}),
    ),
    (
        "Batch: launch template",
        None,
        marked("aws_ec2_launch_template", "lt-batch", {"AWSBatchServiceTag": "batch"}),
    ),
    (
        "Bedrock: collection of a knowledge base",
        None,
        marked("aws_opensearch_serverless_collection", "kb", {"AmazonBedrockManaged": "true"}),
    ),
]

NAMED: list[Case] = [
    ("Control Tower: role", None, global_role("aws-controltower-ConfigRecorderRole")),
    ("Control Tower: execution role", None, global_role("AWSControlTowerExecution")),
    ("Organizations: access role", None, global_role("OrganizationAccountAccessRole")),
    ("CloudFormation StackSets: execution role", None, global_role("stacksets-exec-1a2b3c4d")),
    (
        "Control Tower: topic",
        None,
        marked(
            "aws_sns_topic",
            arn("sns", "aws-controltower-SecurityNotifications"),
            {},
            name="aws-controltower-SecurityNotifications",
        ),
    ),
    (
        "EMR: managed security group",
        None,
        marked(
            "aws_ec2_security_group",
            "sg-emr",
            {},
            name="ElasticMapReduce-master",
            properties={"group_name": "ElasticMapReduce-master"},
        ),
    ),
    (
        "Application Auto Scaling: alarm",
        None,
        marked(
            "aws_cloudwatch_alarm",
            "TargetTracking-service/c/s-AlarmHigh-1",
            {},
            properties={
                "alarm_description": "DO NOT EDIT OR DELETE. For TargetTrackingScaling policy x."
            },
        ),
    ),
    (
        "Elastic Beanstalk: bucket",
        None,
        marked("aws_s3_bucket", f"elasticbeanstalk-{REGION}-{ACCOUNT}", {}, region=GLOBAL),
    ),
]


CASES = [*SEEN, *MARKED, *NAMED]


@pytest.mark.parametrize(
    ("owner", "owned"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_what_a_living_owner_made_is_refused(owner: Resource | None, owned: Resource) -> None:
    world = inventory([owned] if owner is None else [owner, owned])
    plan = planned(world, CONFIG)
    assert (ids(plan.planned), ids(plan.refused)) == (set(), {owned.id})


@pytest.mark.parametrize(
    ("kind", "item"),
    [
        (
            "aws_ec2_network_interface",
            {
                "NetworkInterfaceId": "eni-1",
                "RequesterManaged": True,
                "OwnerId": ACCOUNT,
                "TagSet": [
                    {"Key": "aws-glue-service-resource", "Value": "job"},
                    {"Key": "ebbtide:expires", "Value": "2020-01-01"},
                ],
            },
        ),
        (
            "aws_secretsmanager_secret",
            {
                "ARN": arn("secretsmanager", "secret:rds!db-1a2b3c"),
                "Name": "rds!db",
                "OwningService": "rds",
                "CreatedDate": days_ago(100),
                "Tags": [{"Key": "ebbtide:expires", "Value": "2020-01-01"}],
            },
        ),
    ],
    ids=["Glue: interface", "RDS: secret of a database"],
)
def test_what_its_own_description_says_belongs_to_a_service_is_refused(
    kind: str, item: dict[str, Any]
) -> None:
    found = build_resource(registry()[kind], item, Place(ACCOUNT, REGION, "aws"))
    plan = planned(inventory([found]), CONFIG)
    assert (ids(plan.planned), ids(plan.refused)) == (set(), {found.id})


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(marked("aws_sqs_queue", "queue", {}), id="Terraform"),
        pytest.param(
            marked("aws_sqs_queue", "queue", {"pulumi:project": "x", "pulumi:stack": "prod"}),
            id="Pulumi",
        ),
        pytest.param(
            marked("aws_s3_bucket", "app", {"awsApplication": arn("resource-groups", "group/x")}),
            id="AppRegistry",
        ),
        pytest.param(
            marked("aws_ec2_image", "ami-1", {"CreatedBy": "EC2 Image Builder"}),
            id="Image Builder",
        ),
    ],
)
def test_a_tag_that_names_no_manager_makes_no_owner(found: Resource) -> None:
    assert ids(planned(inventory([found]), CONFIG).planned) == {found.id}


GONE = [
    (
        "CloudFormation stack",
        marked(
            "aws_s3_bucket",
            "retained",
            {"aws:cloudformation:stack-name": "gone", "aws:cloudformation:stack-id": STACK_ID},
        ),
    ),
    (
        "Auto Scaling group",
        marked("aws_ec2_instance", "i-1", {"aws:autoscaling:groupName": "gone"}),
    ),
    (
        "EKS cluster",
        marked("aws_ec2_security_group", "sg-1", {"aws:eks:cluster-name": "gone"}),
    ),
    (
        "Elastic Beanstalk environment",
        marked("aws_elb", "awseb", {"elasticbeanstalk:environment-name": "gone"}),
    ),
    (
        "EMR cluster",
        marked("aws_ec2_instance", "i-2", {"aws:elasticmapreduce:job-flow-id": "j-gone"}),
    ),
    (
        "lifecycle policy",
        marked("aws_ec2_snapshot", "snap-1", {"aws:dlm:lifecycle-policy-id": "policy-gone"}),
    ),
    (
        "Kubernetes cluster that only shared it",
        marked("aws_ec2_subnet", "subnet-1", {"kubernetes.io/cluster/prod": "shared"}),
    ),
]


@pytest.mark.parametrize("found", [found for _, found in GONE], ids=[name for name, _ in GONE])
def test_what_an_owner_left_behind_is_planned(found: Resource) -> None:
    assert ids(planned(inventory([found]), CONFIG).planned) == {found.id}


def test_what_a_cluster_left_that_may_manage_itself_is_undecided() -> None:
    found = marked("aws_ec2_security_group", "sg-1", {"kubernetes.io/cluster/gone": "owned"})
    assert ids(planned(inventory([found]), CONFIG).undecided) == {found.id}


def test_a_tag_that_only_aws_can_set_is_a_doubt_if_nobody_knows_it() -> None:
    found = marked("aws_s3_bucket", "rg", {"aws:resource-groups:x": "y"})
    plan = planned(inventory([found]), CONFIG)
    assert codes(plan.undecided) == {"rg": "owner_unknown"}
    assert "aws:resource-groups:x" in plan.undecided[0].reason


def test_the_expiration_of_the_cases_lies_in_the_past() -> None:
    plain = marked("aws_sqs_queue", "queue", {})
    assert plain.created is not None and plain.created < NOW
    assert ids(planned(inventory([plain]), CONFIG).planned) == {"queue"}
