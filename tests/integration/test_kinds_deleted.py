"""Every kind that can be made in the mocked cloud is collected, planned and deleted."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import boto3
import botocore.client
import pytest

from ebbtide.model.resource import GLOBAL
from ebbtide.store.keys import RunKeys
from tests.integration.workflow import ACCOUNT, REGION, Workflow

TAG = {"ebbtide:expires": "2020-01-01"}
TAGS = [{"Key": key, "Value": value} for key, value in TAG.items()]
LOWER_TAGS = [{"key": key, "value": value} for key, value in TAG.items()]
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
    }
)

type Session = boto3.session.Session


def ec2_tags(kind: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": TAGS}]


def role(session: Session) -> None:
    """A role in use of everything that must be undone before it can go."""
    iam = session.client("iam")
    iam.create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST, Tags=TAGS)
    iam.put_role_policy(RoleName="worker", PolicyName="inline", PolicyDocument=POLICY)
    arn = iam.create_policy(PolicyName="kept", PolicyDocument=POLICY)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="worker", PolicyArn=arn)


def user(session: Session) -> None:
    iam = session.client("iam")
    iam.create_user(UserName="ann", Tags=TAGS)
    iam.put_user_policy(UserName="ann", PolicyName="inline", PolicyDocument=POLICY)
    iam.create_group(GroupName="people")
    iam.add_user_to_group(GroupName="people", UserName="ann")


def function(session: Session) -> None:
    session.client("iam").create_role(RoleName="kept", AssumeRolePolicyDocument=TRUST)
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): return event")
    session.client("lambda").create_function(
        FunctionName="f",
        Runtime="python3.13",
        Role=f"arn:aws:iam::{ACCOUNT}:role/kept",
        Handler="app.handler",
        Code={"ZipFile": code.getvalue()},
        Tags=TAG,
    )


def queue(session: Session) -> None:
    sqs = session.client("sqs")
    sqs.create_queue(QueueName="orders", tags=TAG)
    # A neighbour that the same prefix finds.
    sqs.create_queue(QueueName="orders-kept")


def topic(session: Session) -> None:
    session.client("sns").create_topic(Name="news", Tags=TAGS)


def table(session: Session) -> None:
    session.client("dynamodb").create_table(
        TableName="things",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=TAGS,
    )


def bucket(session: Session) -> None:
    s3 = session.client("s3")
    s3.create_bucket(Bucket="empty-and-old")
    s3.put_bucket_tagging(Bucket="empty-and-old", Tagging={"TagSet": TAGS})
    s3.create_bucket(Bucket="empty-and-old-not")


def log_group(session: Session) -> None:
    logs = session.client("logs")
    logs.create_log_group(logGroupName="/old", tags=TAG)
    logs.create_log_group(logGroupName="/old/kept")


def alarm(session: Session) -> None:
    session.client("cloudwatch").put_metric_alarm(
        AlarmName="a",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        MetricName="m",
        Namespace="n",
        Period=60,
        Statistic="Sum",
        Threshold=1,
        Tags=TAGS,
    )


def key(session: Session) -> None:
    session.client("kms").create_key(
        Tags=[{"TagKey": name, "TagValue": value} for name, value in TAG.items()]
    )


def snapshot(session: Session) -> None:
    ec2 = session.client("ec2")
    volume = ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=1)["VolumeId"]
    ec2.create_snapshot(VolumeId=volume, TagSpecifications=ec2_tags("snapshot"))


def image(session: Session) -> None:
    ec2 = session.client("ec2")
    machine = ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1)["Instances"][0]
    answer = ec2.create_image(InstanceId=machine["InstanceId"], Name="golden")
    ec2.create_tags(Resources=[answer["ImageId"]], Tags=TAGS)


def template(session: Session) -> None:
    session.client("ec2").create_launch_template(
        LaunchTemplateName="template",
        LaunchTemplateData={"InstanceType": "t3.micro"},
        TagSpecifications=ec2_tags("launch-template"),
    )


def address(session: Session) -> None:
    session.client("ec2").allocate_address(Domain="vpc", TagSpecifications=ec2_tags("elastic-ip"))


def instance(session: Session) -> None:
    session.client("ec2").run_instances(
        ImageId="ami-12345678", MinCount=1, MaxCount=1, TagSpecifications=ec2_tags("instance")
    )


def database(session: Session) -> None:
    session.client("rds").create_db_instance(
        DBInstanceIdentifier="db",
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="a",
        MasterUserPassword="aaaaaaaa",
        Tags=TAGS,
    )


def classic_balancer(session: Session) -> None:
    session.client("elb").create_load_balancer(
        LoadBalancerName="classic",
        Listeners=[{"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 80}],
        AvailabilityZones=[f"{REGION}a"],
        Tags=TAGS,
    )


# Not among them: key pairs (moto ignores KeyPairId), policies (moto lists them without their id),
# users and instance profiles (moto lacks calls that must precede).
MAKERS: dict[str, Callable[[Session], None]] = {
    "aws_iam_role": role,
    "aws_lambda_function": function,
    "aws_sqs_queue": queue,
    "aws_sns_topic": topic,
    "aws_dynamodb_table": table,
    "aws_s3_bucket": bucket,
    "aws_cloudwatch_log_group": log_group,
    "aws_cloudwatch_alarm": alarm,
    "aws_kms_key": key,
    "aws_ec2_snapshot": snapshot,
    "aws_ec2_image": image,
    "aws_ec2_launch_template": template,
    "aws_ec2_elastic_ip": address,
    "aws_ec2_instance": instance,
    "aws_rds_instance": database,
    "aws_elb": classic_balancer,
}


@pytest.fixture
def one_region(monkeypatch: pytest.MonkeyPatch) -> None:
    """An account with a single enabled region: what is global needs all of them to be read."""
    original = botocore.client.BaseClient._make_api_call

    def call(self: Any, name: str, arguments: Any) -> Any:
        answer = original(self, name, arguments)
        if name == "DescribeRegions":
            answer["Regions"] = [{"RegionName": REGION}]
        return answer

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)


@pytest.fixture
def cleaning(workflow: Workflow, one_region: None) -> Workflow:  # noqa: ARG001
    configure(workflow)
    return workflow


def configure(workflow: Workflow) -> None:
    workflow.configure(
        collect={"regions": [REGION]},
        rules={"expired": {"enabled": True}},
        cleanup={"enabled": True, "dry_run": False, "limits": {"percent_of_account": 100}},
    )


@pytest.mark.full
def test_each_expired_resource_is_deleted_and_each_other_stays(
    cleaning: Workflow, customer: Session
) -> None:
    for make in MAKERS.values():
        make(customer)
    first = cleaning.collect()
    before = set(cleaning.graph().nodes)
    plan = cleaning.plan(first)
    chosen = {entry.subject.graph_id for entry in plan.planned}
    assert [entry.reason for entry in (*plan.refused, *plan.undecided)] == []
    deleted = {entry.subject.kind for entry in plan.planned if entry.action == "delete"}
    assert deleted == set(MAKERS)

    for _ in range(5):
        cleaning.tick(first)

    outcomes = cleaning.outcomes(first)
    assert {name: status for name, status in outcomes.items() if status != "gone"} == {}
    cleaning.release(first)
    cleaning.collect()
    graph = cleaning.graph()
    left = {name for name in chosen & set(graph.nodes) if not graph.nodes[name]["ended"]}
    assert left == set()
    kept = {name for name in before - chosen if "/aws_rds_" not in name}
    assert kept <= set(graph.nodes)


@pytest.mark.about("aws_s3_bucket")
def test_a_bucket_that_is_not_empty_stays(cleaning: Workflow, customer: Session) -> None:
    bucket(customer)
    customer.client("s3").put_object(Bucket="empty-and-old", Key="precious", Body=b"data")
    run_id = cleaning.collect()
    cleaning.plan(run_id)
    cleaning.clean(run_id)
    assert set(cleaning.outcomes(run_id).values()) == {"skipped"}
    customer.client("s3").head_object(Bucket="empty-and-old", Key="precious")


@pytest.mark.about("aws_iam_user")
def test_a_user_with_an_access_key_is_in_use(cleaning: Workflow, customer: Session) -> None:
    user(customer)
    customer.client("iam").create_access_key(UserName="ann")
    plan = cleaning.plan(cleaning.collect())
    assert not plan.planned
    (refused,) = plan.refused
    assert refused.code == "blocked"
    assert "aws_iam_access_key" in refused.reason


@pytest.mark.about("aws_iam_role")
def test_a_role_that_a_function_began_to_use_is_skipped(
    cleaning: Workflow, customer: Session
) -> None:
    role(customer)
    run_id = cleaning.collect()
    cleaning.plan(run_id)
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", "")
    customer.client("lambda").create_function(
        FunctionName="late",
        Runtime="python3.13",
        Role=f"arn:aws:iam::{ACCOUNT}:role/worker",
        Handler="app.handler",
        Code={"ZipFile": code.getvalue()},
    )
    cleaning.clean(run_id)
    assert set(cleaning.outcomes(run_id).values()) == {"skipped"}
    attached = customer.client("iam").list_attached_role_policies(RoleName="worker")
    assert len(attached["AttachedPolicies"]) == 1


@pytest.mark.about("aws_iam_role")
def test_the_restore_description_of_a_role_says_how_to_undo_its_preparation(
    cleaning: Workflow, customer: Session
) -> None:
    role(customer)
    run_id = cleaning.collect()
    cleaning.plan(run_id)
    cleaning.clean(run_id)
    prefix = RunKeys(run_id).cleanup(ACCOUNT, f"restore/{GLOBAL}/aws_iam_role/")
    (key_of_role,) = cleaning.bucket.keys(prefix)
    kept = cleaning.bucket.read_json(key_of_role)
    assert "attach_role_policy" in {call["operation"] for call in kept["undo_preparation"]}
    assert kept["collected"]["name"] == "worker"
    assert "inline" in json.dumps(kept)


@pytest.mark.about("aws_iam_role")
def test_a_role_is_undecided_while_some_region_is_not_collected(
    workflow: Workflow, customer: Session
) -> None:
    configure(workflow)
    role(customer)
    plan = workflow.plan(workflow.collect())
    (undecided,) = plan.undecided
    assert undecided.code == "evidence_missing"
    assert "eu-west-1/aws_lambda_function: not collected" in undecided.reason
