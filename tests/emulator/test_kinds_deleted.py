"""Kinds whose deletion the mocks cannot show are deleted in the emulated cloud."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import botocore.client
import pytest

from ebbtide.deployment.settings import Settings
from ebbtide.store.bucket import Bucket
from ebbtide.store.keys import RunKeys
from local.cloud import Cloud
from tests.integration.workflow import Workflow

REGION = "us-east-1"
TURNS = 20
TAGS = [{"Key": "ebbtide:expires", "Value": "2020-01-01"}]
POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
    }
)

type Client = Callable[[str], Any]


def specification(kind: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": TAGS}]


def policy(client: Client) -> None:
    iam = client("iam")
    arn = iam.create_policy(PolicyName="old", PolicyDocument=POLICY, Tags=TAGS)["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=POLICY, SetAsDefault=True)


def profile(client: Client) -> None:
    client("iam").create_instance_profile(InstanceProfileName="p", Tags=TAGS)


def group(client: Client) -> None:
    ec2 = client("ec2")
    ec2.create_launch_template(
        LaunchTemplateName="fleet",
        LaunchTemplateData={"InstanceType": "t3.micro", "ImageId": "ami-12345678"},
    )
    client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName="fleet",
        MinSize=1,
        MaxSize=1,
        LaunchTemplate={"LaunchTemplateName": "fleet"},
        AvailabilityZones=[f"{REGION}a"],
        Tags=[{**TAGS[0], "PropagateAtLaunch": False}],
    )


def network(client: Client) -> str:
    return str(client("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"])


def endpoint(client: Client) -> None:
    client("ec2").create_vpc_endpoint(
        VpcId=network(client),
        ServiceName=f"com.amazonaws.{REGION}.s3",
        TagSpecifications=specification("vpc-endpoint"),
    )


def peering(client: Client) -> None:
    client("ec2").create_vpc_peering_connection(
        VpcId=network(client),
        PeerVpcId=network(client),
        TagSpecifications=specification("vpc-peering-connection"),
    )


def stack(client: Client) -> None:
    body = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}
    client("cloudformation").create_stack(StackName="old", TemplateBody=json.dumps(body), Tags=TAGS)


def snapshot(client: Client) -> None:
    rds = client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="db",
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="a",
        MasterUserPassword="aaaaaaaa",
    )
    rds.create_db_snapshot(DBSnapshotIdentifier="s", DBInstanceIdentifier="db", Tags=TAGS)


def cluster(client: Client) -> None:
    client("rds").create_db_cluster(
        DBClusterIdentifier="c",
        Engine="aurora-postgresql",
        MasterUsername="a",
        MasterUserPassword="aaaaaaaa",
        Tags=TAGS,
    )


# Not among them: users (no ListSSHPublicKeys) and key pairs (their tags are not told) there.
MAKERS: dict[str, Callable[[Client], None]] = {
    "aws_iam_policy": policy,
    "aws_iam_instance_profile": profile,
    "aws_autoscaling_group": group,
    "aws_vpc_endpoint": endpoint,
    "aws_vpc_peering_connection": peering,
    "aws_cloudformation_stack": stack,
    "aws_rds_snapshot": snapshot,
    "aws_rds_cluster": cluster,
}


@pytest.fixture
def workflow(cloud: Cloud, account: str, monkeypatch: pytest.MonkeyPatch) -> Workflow:
    """The package's steps, called in process, on an account with one enabled region."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", account)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    original = botocore.client.BaseClient._make_api_call

    def call(self: Any, name: str, arguments: Any) -> Any:
        answer = original(self, name, arguments)
        if name == "DescribeRegions":
            answer["Regions"] = [{"RegionName": REGION}]
        return answer

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)
    s3 = cloud.client("s3", account, REGION)
    s3.create_bucket(Bucket=f"ebbtide-{account}")
    settings = Settings(bucket=f"ebbtide-{account}", account_id=account, aws_region=REGION)
    deployed = Workflow(settings, Bucket(s3, settings.bucket))
    deployed.configure(
        collect={"regions": [REGION]},
        rules={"expired": {"enabled": True}},
        cleanup={"enabled": True, "dry_run": False, "limits": {"percent_of_account": 100}},
    )
    return deployed


def test_each_expired_resource_is_deleted(cloud: Cloud, account: str, workflow: Workflow) -> None:
    for make in MAKERS.values():
        make(lambda service: cloud.client(service, account, REGION))
    run_id = workflow.collect()
    plan = workflow.plan(run_id, account)
    assert [entry.reason for entry in (*plan.refused, *plan.undecided)] == []
    deleted = {entry.subject.kind for entry in plan.planned if entry.action == "delete"}
    assert deleted == set(MAKERS)
    for _ in range(TURNS):
        if workflow.tick(run_id, account)["done"]:
            break
        time.sleep(0.5)
    state = workflow.bucket.read_json(RunKeys(run_id).cleanup(account, "state.json"))
    left = {
        name: one["reason"] for name, one in state["resources"].items() if one["status"] != "gone"
    }
    assert left == {}
