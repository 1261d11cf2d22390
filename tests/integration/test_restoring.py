"""Resources of many kinds are deleted and restored: what they were is compared with what they are.

`MAKERS` says per kind how to make one, and `APART` which of its properties nobody can bring back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest

from ebbtide_cli.restoring.stored import RESTORED_TAG
from tests.support.restoring import ACCOUNT, REGION, RUN, Estate, comparable

TAGS = {"Name": "shop", "team": "a"}
PAIRS = [{"Key": name, "Value": value} for name, value in TAGS.items()]
LOWER = [{"key": name, "value": value} for name, value in TAGS.items()]
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

type Aws = Callable[[str], Any]


def ec2_tags(kind: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": PAIRS}]


def new_vpc(aws: Aws) -> str:
    found: str = aws("ec2").create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    return found


def new_subnet(aws: Aws, vpc: str, number: int = 1) -> str:
    found: str = aws("ec2").create_subnet(
        VpcId=vpc, CidrBlock=f"10.7.{number}.0/24", AvailabilityZone=f"{REGION}{'abc'[number]}"
    )["Subnet"]["SubnetId"]
    return found


def vpc(aws: Aws) -> None:
    aws("ec2").create_vpc(CidrBlock="10.8.0.0/16", TagSpecifications=ec2_tags("vpc"))


def subnet(aws: Aws) -> None:
    answer = aws("ec2").create_subnet(
        VpcId=new_vpc(aws),
        CidrBlock="10.7.1.0/24",
        AvailabilityZone=f"{REGION}b",
        TagSpecifications=ec2_tags("subnet"),
    )
    name = answer["Subnet"]["SubnetId"]
    aws("ec2").modify_subnet_attribute(SubnetId=name, MapPublicIpOnLaunch={"Value": True})


def internet_gateway(aws: Aws) -> None:
    answer = aws("ec2").create_internet_gateway(TagSpecifications=ec2_tags("internet-gateway"))
    name = answer["InternetGateway"]["InternetGatewayId"]
    aws("ec2").attach_internet_gateway(InternetGatewayId=name, VpcId=new_vpc(aws))


def route_table(aws: Aws) -> None:
    inside = new_vpc(aws)
    gateway = aws("ec2").create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    aws("ec2").attach_internet_gateway(InternetGatewayId=gateway, VpcId=inside)
    answer = aws("ec2").create_route_table(VpcId=inside, TagSpecifications=ec2_tags("route-table"))
    aws("ec2").create_route(
        RouteTableId=answer["RouteTable"]["RouteTableId"],
        DestinationCidrBlock="0.0.0.0/0",
        GatewayId=gateway,
    )


def network_acl(aws: Aws) -> None:
    answer = aws("ec2").create_network_acl(
        VpcId=new_vpc(aws), TagSpecifications=ec2_tags("network-acl")
    )
    for number, egress in ((100, False), (110, True)):
        aws("ec2").create_network_acl_entry(
            NetworkAclId=answer["NetworkAcl"]["NetworkAclId"],
            RuleNumber=number,
            Protocol="6",
            RuleAction="allow",
            Egress=egress,
            CidrBlock="10.0.0.0/8",
            PortRange={"From": 443, "To": 443},
        )


def security_group(aws: Aws) -> None:
    ec2 = aws("ec2")
    name = ec2.create_security_group(
        GroupName="shop",
        Description="The shop",
        VpcId=new_vpc(aws),
        TagSpecifications=ec2_tags("security-group"),
    )["GroupId"]
    port = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    ec2.authorize_security_group_ingress(
        GroupId=name,
        IpPermissions=[
            {**port, "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "us"}]},
            # Itself, which has another id afterwards.
            {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": name}]},
        ],
    )
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    ec2.revoke_security_group_egress(GroupId=name, IpPermissions=everything)
    ec2.authorize_security_group_egress(
        GroupId=name, IpPermissions=[{**port, "IpRanges": [{"CidrIp": "10.1.0.0/16"}]}]
    )


def dhcp_options(aws: Aws) -> None:
    aws("ec2").create_dhcp_options(
        DhcpConfigurations=[{"Key": "domain-name", "Values": ["shop.internal"]}],
        TagSpecifications=ec2_tags("dhcp-options"),
    )


def customer_gateway(aws: Aws) -> None:
    aws("ec2").create_customer_gateway(
        Type="ipsec.1",
        IpAddress="203.0.113.90",
        BgpAsn=65010,
        TagSpecifications=ec2_tags("customer-gateway"),
    )


def elastic_ip(aws: Aws) -> None:
    aws("ec2").allocate_address(Domain="vpc", TagSpecifications=ec2_tags("elastic-ip"))


def endpoint(aws: Aws) -> None:
    aws("ec2").create_vpc_endpoint(
        VpcId=new_vpc(aws),
        ServiceName=f"com.amazonaws.{REGION}.s3",
        VpcEndpointType="Gateway",
        TagSpecifications=ec2_tags("vpc-endpoint"),
    )


def network_interface(aws: Aws) -> None:
    aws("ec2").create_network_interface(
        SubnetId=new_subnet(aws, new_vpc(aws)),
        Description="spare",
        TagSpecifications=ec2_tags("network-interface"),
    )


def launch_template(aws: Aws) -> None:
    aws("ec2").create_launch_template(
        LaunchTemplateName="shop",
        LaunchTemplateData={"InstanceType": "t3.micro", "EbsOptimized": True},
        TagSpecifications=ec2_tags("launch-template"),
    )


def launch_configuration(aws: Aws) -> None:
    aws("autoscaling").create_launch_configuration(
        LaunchConfigurationName="shop", ImageId="ami-12345678", InstanceType="t3.micro"
    )


def load_balancer(aws: Aws) -> None:
    inside = new_vpc(aws)
    elb = aws("elbv2")
    group = elb.create_target_group(Name="t", Protocol="HTTP", Port=80, VpcId=inside)
    balancer = elb.create_load_balancer(
        Name="shop",
        Subnets=[new_subnet(aws, inside, 1), new_subnet(aws, inside, 2)],
        Scheme="internal",
        Tags=PAIRS,
    )["LoadBalancers"][0]["LoadBalancerArn"]
    elb.modify_load_balancer_attributes(
        LoadBalancerArn=balancer,
        Attributes=[{"Key": "idle_timeout.timeout_seconds", "Value": "90"}],
    )
    target = group["TargetGroups"][0]["TargetGroupArn"]
    elb.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": target}],
    )


def target_group(aws: Aws) -> None:
    aws("elbv2").create_target_group(
        Name="shop",
        Protocol="HTTP",
        Port=8080,
        VpcId=new_vpc(aws),
        HealthCheckPath="/health",
        HealthCheckIntervalSeconds=20,
        Tags=PAIRS,
    )


def classic_balancer(aws: Aws) -> None:
    aws("elb").create_load_balancer(
        LoadBalancerName="classic",
        Listeners=[{"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 8080}],
        AvailabilityZones=[f"{REGION}a"],
        Tags=PAIRS,
    )


def repository(aws: Aws) -> None:
    aws("ecr").create_repository(
        repositoryName="shop/web",
        imageTagMutability="IMMUTABLE",
        imageScanningConfiguration={"scanOnPush": True},
        tags=PAIRS,
    )


def cluster(aws: Aws) -> None:
    aws("ecs").create_cluster(clusterName="shop", tags=LOWER)


def role(aws: Aws) -> None:
    iam = aws("iam")
    iam.create_role(
        RoleName="worker",
        Path="/shop/",
        AssumeRolePolicyDocument=TRUST,
        Description="works",
        MaxSessionDuration=7200,
        Tags=PAIRS,
    )
    iam.put_role_policy(RoleName="worker", PolicyName="inline", PolicyDocument=POLICY)
    arn = iam.create_policy(PolicyName="kept", PolicyDocument=POLICY)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="worker", PolicyArn=arn)


def group(aws: Aws) -> None:
    iam = aws("iam")
    iam.create_group(GroupName="people")
    iam.put_group_policy(GroupName="people", PolicyName="inline", PolicyDocument=POLICY)
    iam.create_user(UserName="ann")
    iam.add_user_to_group(GroupName="people", UserName="ann")


def instance_profile(aws: Aws) -> None:
    aws("iam").create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST)
    aws("iam").create_instance_profile(InstanceProfileName="machines", Tags=PAIRS)
    aws("iam").add_role_to_instance_profile(InstanceProfileName="machines", RoleName="worker")


def oidc_provider(aws: Aws) -> None:
    aws("iam").create_open_id_connect_provider(
        Url="https://token.example.com",
        ClientIDList=["sts.amazonaws.com"],
        ThumbprintList=["6938fd4d98bab03faadb97b34396831e3780aea1"],
        Tags=PAIRS,
    )


def key(aws: Aws) -> None:
    aws("kms").create_key(
        Description="the shop",
        Tags=[{"TagKey": name, "TagValue": value} for name, value in TAGS.items()],
    )


def secret(aws: Aws) -> None:
    aws("secretsmanager").create_secret(Name="shop/db", SecretString="s3cr3t", Tags=PAIRS)


def queue(aws: Aws) -> None:
    aws("sqs").create_queue(
        QueueName="orders",
        Attributes={
            "VisibilityTimeout": "45",
            "DelaySeconds": "5",
            "MessageRetentionPeriod": "600",
        },
        tags=TAGS,
    )


def topic(aws: Aws) -> None:
    aws("sns").create_topic(Name="news", Attributes={"DisplayName": "News"}, Tags=PAIRS)


def subscription(aws: Aws) -> None:
    topic_arn = aws("sns").create_topic(Name="news")["TopicArn"]
    url = aws("sqs").create_queue(QueueName="orders")["QueueUrl"]
    arn = aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    aws("sns").subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"])


def log_group(aws: Aws) -> None:
    logs = aws("logs")
    logs.create_log_group(logGroupName="/shop/web", tags=TAGS)
    logs.put_retention_policy(logGroupName="/shop/web", retentionInDays=30)


def metric_filter(aws: Aws) -> None:
    aws("logs").create_log_group(logGroupName="/shop/web")
    aws("logs").put_metric_filter(
        logGroupName="/shop/web",
        filterName="errors",
        filterPattern="ERROR",
        metricTransformations=[
            {"metricName": "errors", "metricNamespace": "shop", "metricValue": "1"}
        ],
    )


def alarm(aws: Aws) -> None:
    aws("cloudwatch").put_metric_alarm(
        AlarmName="busy",
        AlarmDescription="too busy",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=2,
        MetricName="CPUUtilization",
        Namespace="AWS/EC2",
        Dimensions=[{"Name": "InstanceId", "Value": "i-1"}],
        Period=300,
        Statistic="Average",
        Threshold=80.0,
        Tags=PAIRS,
    )


def bus(aws: Aws) -> None:
    aws("events").create_event_bus(Name="shop", Description="the shop", Tags=PAIRS)


def rule(aws: Aws) -> None:
    events = aws("events")
    events.put_rule(
        Name="orders", EventPattern='{"source": ["shop"]}', Description="orders", Tags=PAIRS
    )
    arns = [f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}" for name in ("a", "b")]
    events.put_targets(
        Rule="orders", Targets=[{"Id": str(n), "Arn": arn} for n, arn in enumerate(arns)]
    )


def schedule(aws: Aws) -> None:
    aws("scheduler").create_schedule(
        Name="nightly",
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders",
            "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/worker",
        },
    )


def state_machine(aws: Aws) -> None:
    aws("stepfunctions").create_state_machine(
        name="shop",
        definition=json.dumps({"StartAt": "a", "States": {"a": {"Type": "Succeed"}}}),
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/worker",
        tags=LOWER,
    )


def activity(aws: Aws) -> None:
    aws("stepfunctions").create_activity(name="approval", tags=LOWER)


def stream(aws: Aws) -> None:
    aws("kinesis").create_stream(StreamName="orders", ShardCount=2)
    aws("kinesis").add_tags_to_stream(StreamName="orders", Tags=TAGS)
    aws("kinesis").increase_stream_retention_period(StreamName="orders", RetentionPeriodHours=48)


def table(aws: Aws) -> None:
    aws("dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "day", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-day",
                "KeySchema": [{"AttributeName": "day", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
        Tags=PAIRS,
    )


def database(aws: Aws) -> None:
    aws("rds").create_db_instance(
        DBInstanceIdentifier="shop",
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="owner",
        MasterUserPassword="aaaaaaaa",
        Tags=PAIRS,
    )
    # moto names the next one after the same minute, and refuses it.
    for one in aws("rds").describe_db_snapshots(DBInstanceIdentifier="shop")["DBSnapshots"]:
        aws("rds").delete_db_snapshot(DBSnapshotIdentifier=one["DBSnapshotIdentifier"])


def subnet_group(aws: Aws) -> None:
    inside = new_vpc(aws)
    aws("rds").create_db_subnet_group(
        DBSubnetGroupName="shop",
        DBSubnetGroupDescription="the shop",
        SubnetIds=[new_subnet(aws, inside, 1), new_subnet(aws, inside, 2)],
        Tags=PAIRS,
    )


def bucket(aws: Aws) -> None:
    aws("s3").create_bucket(Bucket="shop-assets")
    aws("s3").put_bucket_tagging(Bucket="shop-assets", Tagging={"TagSet": PAIRS})


def work_group(aws: Aws) -> None:
    aws("athena").create_work_group(
        Name="shop",
        Description="the shop",
        Configuration={"RequesterPaysEnabled": True},
        Tags=PAIRS,
    )


def glue_database(aws: Aws) -> None:
    aws("glue").create_database(
        DatabaseInput={"Name": "shop", "Description": "the shop", "LocationUri": "s3://shop/"}
    )


def glue_job(aws: Aws) -> None:
    aws("glue").create_job(
        Name="daily",
        Role="worker",
        Command={"Name": "glueetl", "ScriptLocation": "s3://shop/daily.py"},
        GlueVersion="5.0",
        Tags=TAGS,
    )


def zone(aws: Aws) -> None:
    route53 = aws("route53")
    made = route53.create_hosted_zone(
        Name="shop.example.", CallerReference="1", HostedZoneConfig={"Comment": "the shop"}
    )
    name = made["HostedZone"]["Id"].rpartition("/")[2]
    route53.change_tags_for_resource(ResourceType="hostedzone", ResourceId=name, AddTags=PAIRS)


def health_check(aws: Aws) -> None:
    route53 = aws("route53")
    made = route53.create_health_check(
        CallerReference="1",
        HealthCheckConfig={
            "IPAddress": "203.0.113.10",
            "Port": 443,
            "Type": "HTTPS",
            "ResourcePath": "/health",
            "RequestInterval": 30,
            "FailureThreshold": 3,
        },
    )
    route53.change_tags_for_resource(
        ResourceType="healthcheck", ResourceId=made["HealthCheck"]["Id"], AddTags=PAIRS
    )


def vault(aws: Aws) -> None:
    aws("backup").create_backup_vault(BackupVaultName="shop", BackupVaultTags=TAGS)


def user_group(aws: Aws) -> None:
    pool = aws("cognito-idp").create_user_pool(PoolName="customers")["UserPool"]["Id"]
    aws("cognito-idp").create_group(
        GroupName="resellers", UserPoolId=pool, Description="resell", Precedence=1
    )


def ip_set(aws: Aws) -> None:
    aws("wafv2").create_ip_set(
        Name="offices",
        Scope="REGIONAL",
        Description="ours",
        IPAddressVersion="IPV4",
        Addresses=["203.0.113.0/24"],
        Tags=PAIRS,
    )


def model(aws: Aws) -> None:
    aws("sagemaker").create_model(
        ModelName="forecast",
        PrimaryContainer={"Image": "image", "ModelDataUrl": "s3://shop/model.tar.gz"},
        ExecutionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/worker",
        Tags=PAIRS,
    )


MAKERS: Mapping[str, Callable[[Aws], None]] = {
    "aws_alb": load_balancer,
    "aws_alb_target_group": target_group,
    "aws_athena_work_group": work_group,
    "aws_autoscaling_launch_configuration": launch_configuration,
    "aws_backup_vault": vault,
    "aws_cloudwatch_alarm": alarm,
    "aws_cloudwatch_log_group": log_group,
    "aws_cloudwatch_metric_filter": metric_filter,
    "aws_cognito_group": user_group,
    "aws_dynamodb_table": table,
    "aws_ec2_customer_gateway": customer_gateway,
    "aws_ec2_dhcp_options": dhcp_options,
    "aws_ec2_elastic_ip": elastic_ip,
    "aws_ec2_internet_gateway": internet_gateway,
    "aws_ec2_launch_template": launch_template,
    "aws_ec2_network_acl": network_acl,
    "aws_ec2_network_interface": network_interface,
    "aws_ec2_route_table": route_table,
    "aws_ec2_security_group": security_group,
    "aws_ec2_subnet": subnet,
    "aws_ecr_repository": repository,
    "aws_ecs_cluster": cluster,
    "aws_elb": classic_balancer,
    "aws_eventbridge_event_bus": bus,
    "aws_eventbridge_rule": rule,
    "aws_glue_database": glue_database,
    "aws_glue_job": glue_job,
    "aws_iam_group": group,
    "aws_iam_instance_profile": instance_profile,
    "aws_iam_oidc_provider": oidc_provider,
    "aws_iam_role": role,
    "aws_kinesis_stream": stream,
    "aws_kms_key": key,
    "aws_rds_instance": database,
    "aws_rds_subnet_group": subnet_group,
    "aws_route53_health_check": health_check,
    "aws_route53_zone": zone,
    "aws_s3_bucket": bucket,
    "aws_sagemaker_model": model,
    "aws_scheduler_schedule": schedule,
    "aws_secretsmanager_secret": secret,
    "aws_sfn_activity": activity,
    "aws_sns_subscription": subscription,
    "aws_sns_topic": topic,
    "aws_sqs_queue": queue,
    "aws_stepfunctions_state_machine": state_machine,
    "aws_vpc": vpc,
    "aws_vpc_endpoint": endpoint,
    "aws_waf_ip_set": ip_set,
}
# What nobody can bring back, besides ids, ARNs and times.
APART: Mapping[str, frozenset[str]] = {
    "aws_alb": frozenset({"listener_arn", "dns_name"}),
    "aws_backup_vault": frozenset({"creator_request_id"}),
    # moto counts the tags of the template to its data.
    "aws_ec2_launch_template": frozenset({"tag_specifications"}),
    "aws_ec2_network_interface": frozenset({"mac", "mac_address"}),
    "aws_ec2_route_table": frozenset({"route_table_association_id"}),
    "aws_route53_health_check": frozenset({"caller_reference"}),
    "aws_route53_zone": frozenset({"caller_reference"}),
    "aws_vpc": frozenset({"association_id"}),
    "aws_waf_ip_set": frozenset({"id", "lock_token"}),
    # Of these, AWS derives what moto keeps as it was given.
    "aws_elb": frozenset({"availability_zones"}),
    "aws_vpc_endpoint": frozenset({"private_dns_enabled"}),
}
# moto ignores the tags that CreateStream takes.
UNTAGGED = {"aws_kinesis_stream"}


@pytest.fixture
def estate(tmp_path: Path) -> Estate:
    return Estate(tmp_path)


def client(service: str) -> Any:
    return boto3.client(service, region_name=REGION)  # type: ignore[call-overload]


@pytest.mark.parametrize("kind", MAKERS)
def test_a_resource_comes_back_as_it_was(estate: Estate, kind: str) -> None:
    before = set(estate.all(kind))
    MAKERS[kind](client)
    new = [one for id, one in estate.all(kind).items() if id not in before]
    # A VPC brings a group, a route table and an ACL of its own.
    (was,) = [one for one in new if (one.tags or {}).get("Name") == "shop"] or new
    kept = set(estate.all(kind)) - {was.id}
    estate.delete(was)
    result = estate.restore(was.id)
    assert result.exit_code == 0, result.stdout + result.stderr
    (now,) = (one for id, one in estate.all(kind).items() if id not in kept)
    names = {was.id: now.id, **({was.arn: now.arn} if was.arn and now.arn else {})}
    apart = APART.get(kind, frozenset())
    assert comparable(now, {}, apart) == comparable(was, names, apart)
    if was.tags and kind not in UNTAGGED:
        own = {RESTORED_TAG: f"{RUN}/{was.id}", "ebbtide:protected": "restored"}
        assert now.tags == {**was.tags, **own}
