"""Creates the resources that the safety tests need in the customer's account."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import boto3

from tests.integration.workflow import ACCOUNT, REGION

type Session = boto3.session.Session


def run_instance(customer: Session, **options: Any) -> str:
    options = {"ImageId": "ami-12345678", "MinCount": 1, "MaxCount": 1, **options}
    answer = customer.client("ec2").run_instances(**options)
    return str(answer["Instances"][0]["InstanceId"])


def use_for_a_while(customer: Session, volume: str) -> None:
    """Attach a volume to an instance and detach it again, unseen between two runs."""
    ec2, instance = customer.client("ec2"), run_instance(customer)
    ec2.attach_volume(VolumeId=volume, InstanceId=instance, Device="/dev/sdf")
    ec2.detach_volume(VolumeId=volume, InstanceId=instance, Device="/dev/sdf")


def put_alarm(
    customer: Session, name: str, instance: str, namespace: str = "AWS/EC2", **more: Any
) -> None:
    customer.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        MetricName="CPUUtilization",
        Namespace=namespace,
        Period=60,
        Statistic="Average",
        Threshold=1,
        Dimensions=[{"Name": "InstanceId", "Value": instance}],
        **more,
    )


def alarms(customer: Session) -> set[str]:
    answer = customer.client("cloudwatch").describe_alarms()
    return {alarm["AlarmName"] for alarm in answer["MetricAlarms"]}


def make_balancer(customer: Session, **more: Any) -> str:
    """Create a load balancer without target groups in the default VPC, and return its ARN."""
    zones = customer.client("ec2").describe_subnets()["Subnets"][:2]
    answer = customer.client("elbv2").create_load_balancer(
        Name="web", Subnets=[zone["SubnetId"] for zone in zones], **more
    )
    return str(answer["LoadBalancers"][0]["LoadBalancerArn"])


def make_target_group(customer: Session, balancer: str, **more: Any) -> str:
    """Create a target group that a listener of the balancer forwards to; return its ARN."""
    elb = customer.client("elbv2")
    vpc = customer.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    made = elb.create_target_group(
        Name="web", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="instance", **more
    )
    group = str(made["TargetGroups"][0]["TargetGroupArn"])
    forward = {"Type": "forward", "TargetGroupArn": group}
    elb.create_listener(
        LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=[forward]
    )
    return group


def register(customer: Session, group: str, instance: str) -> None:
    targets = [{"Id": instance}]
    customer.client("elbv2").register_targets(TargetGroupArn=group, Targets=targets)


def balancers(customer: Session) -> int:
    return len(customer.client("elbv2").describe_load_balancers()["LoadBalancers"])


def queues(customer: Session) -> set[str]:
    urls = customer.client("sqs").list_queues().get("QueueUrls", [])
    return {url.rsplit("/", 1)[1] for url in urls}


def queue_arn(name: str) -> str:
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


def make_function(customer: Session, dead_letters: str) -> None:
    """Create a function that sends its failed events to a queue or topic."""
    trust = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal":'
    trust += ' {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}'
    role = customer.client("iam").create_role(RoleName="f", AssumeRolePolicyDocument=trust)
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): return event")
    customer.client("lambda").create_function(
        FunctionName="new",
        Runtime="python3.13",
        Role=role["Role"]["Arn"],
        Handler="app.handler",
        Code={"ZipFile": code.getvalue()},
        DeadLetterConfig={"TargetArn": dead_letters},
    )
