"""Builds what every account has besides instances: data, identities, functions, queues, logs."""

import io
import json
import zipfile
from typing import Any

from local.estate.ground import GLOBAL, Item, Site, pairs
from local.estate.network import Network

_STACK = "billing-reports"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]},
            "Action": "sts:AssumeRole",
        }
    ],
}
_READ_LOGS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "logs:Get*", "Resource": "*"}],
}


def fill_identities(site: Site, prefix: str) -> Item:
    """Create roles, users and a policy, and return the role for functions."""
    iam = site.client("iam")
    policy = iam.create_policy(
        PolicyName=f"{prefix}-read-logs", PolicyDocument=json.dumps(_READ_LOGS)
    )["Policy"]
    policy_item = site.add(
        "aws_iam_policy", policy["PolicyId"], policy["PolicyName"], policy["Arn"], GLOBAL
    )
    roles = [_role(site, f"{prefix}-{name}") for name in ("function", "instance")]
    for role in roles:
        iam.attach_role_policy(RoleName=role.name, PolicyArn=policy["Arn"])
        site.relate(policy_item, role)
    profile = iam.create_instance_profile(InstanceProfileName=f"{prefix}-instance")
    profile = profile["InstanceProfile"]
    iam.add_role_to_instance_profile(
        InstanceProfileName=f"{prefix}-instance", RoleName=roles[1].name
    )
    profile_item = site.add(
        "aws_iam_instance_profile",
        profile["InstanceProfileId"],
        profile["InstanceProfileName"],
        profile["Arn"],
        GLOBAL,
    )
    site.relate(roles[1], profile_item, "delete")
    for name in ("alice", "deploy-bot"):
        _user(site, f"{prefix}-{name}")
    return roles[0]


def _role(site: Site, name: str) -> Item:
    role = site.client("iam").create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps(_TRUST)
    )["Role"]
    return site.add("aws_iam_role", role["RoleId"], name, role["Arn"], GLOBAL)


def _user(site: Site, name: str) -> None:
    iam = site.client("iam")
    user = iam.create_user(UserName=name)["User"]
    item = site.add("aws_iam_user", user["UserId"], name, user["Arn"], GLOBAL)
    key = iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
    site.relate(item, site.add("aws_iam_access_key", key, region=GLOBAL))


def fill_services(site: Site, prefix: str, role: Item) -> None:
    """Create buckets, functions, queues, topics, tables, log groups and a key."""
    bucket = f"{prefix}-{site.account}-{site.region}"
    elsewhere = {"CreateBucketConfiguration": {"LocationConstraint": site.region}}
    options: dict[str, Any] = {} if site.region == "us-east-1" else elsewhere
    site.client("s3").create_bucket(Bucket=bucket, **options)
    site.add("aws_s3_bucket", bucket, bucket, region=GLOBAL)
    for name in ("orders", "orders-dead"):
        url = site.client("sqs").create_queue(QueueName=f"{prefix}-{name}")["QueueUrl"]
        site.add("aws_sqs_queue", url, f"{prefix}-{name}")
    topic = site.client("sns").create_topic(Name=f"{prefix}-events")["TopicArn"]
    site.add("aws_sns_topic", topic, f"{prefix}-events", topic)
    _table(site, f"{prefix}-ledger")
    group = f"/aws/lambda/{prefix}-report"
    site.client("logs").create_log_group(logGroupName=group)
    site.add("aws_cloudwatch_log_group", group, group)
    key = site.client("kms").create_key(Description=prefix)["KeyMetadata"]
    site.add("aws_kms_key", key["KeyId"], "", key["Arn"])
    _function(site, f"{prefix}-report", role)


def _table(site: Site, name: str) -> None:
    site.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    site.add("aws_dynamodb_table", name, name)


def zipped(code: str) -> bytes:
    """Return the code of a function, with its handler in app.py."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", code)
    return buffer.getvalue()


def _function(site: Site, name: str, role: Item) -> None:
    made = site.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="app.handler",
        Role=role.arn,
        Code={"ZipFile": zipped("def handler(event, context):\n    return event\n")},
    )
    item = site.add("aws_lambda_function", name, name, made["FunctionArn"])
    site.relate(role, item)


def fill_databases(site: Site, network: Network) -> None:
    """Create a database in a subnet group of the network, a snapshot of it, and a cluster."""
    rds = site.client("rds")
    rds.create_db_subnet_group(
        DBSubnetGroupName="payments-db",
        DBSubnetGroupDescription="databases",
        SubnetIds=[subnet.id for subnet in network.subnets],
    )
    group = site.add("aws_rds_subnet_group", "payments-db", "payments-db")
    for subnet in network.subnets:
        site.relate(subnet, group, "delete")
    rds.create_db_instance(
        DBInstanceIdentifier="payments-db",
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="owner",
        MasterUserPassword="not-a-secret",
        DBSubnetGroupName="payments-db",
        VpcSecurityGroupIds=[network.group.id],
    )
    database = site.add("aws_rds_instance", "payments-db", "payments-db")
    site.relate(group, database, "delete")
    rds.create_db_snapshot(DBSnapshotIdentifier="before-v2", DBInstanceIdentifier="payments-db")
    site.add("aws_rds_snapshot", "before-v2", "before-v2")
    rds.create_db_cluster(
        DBClusterIdentifier="ledger",
        Engine="aurora-postgresql",
        MasterUsername="owner",
        MasterUserPassword="not-a-secret",
    )
    site.add("aws_rds_cluster", "ledger", "ledger")


def fill_stack(site: Site) -> None:
    """Create a stack with a queue that its tags mark as expired, but which the stack owns."""
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "billing-reports"}}
    stack = site.client("cloudformation").create_stack(
        StackName=_STACK, TemplateBody=json.dumps({"Resources": {"Reports": queue}})
    )["StackId"]
    stack_item = site.add("aws_cloudformation_stack", stack, _STACK, stack)
    site.client("cloudformation").get_waiter("stack_create_complete").wait(
        StackName=_STACK, WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )
    sqs = site.client("sqs")
    url = sqs.get_queue_url(QueueName="billing-reports")["QueueUrl"]
    item = site.add("aws_sqs_queue", url, "billing-reports")
    tags = site.aged(50, owner="finance", expiration="7d")
    # CloudFormation adds these tags to the resources that it creates; the emulators do not.
    tags |= {"aws:cloudformation:stack-name": _STACK, "aws:cloudformation:stack-id": stack}
    tags["aws:cloudformation:logical-id"] = "Reports"
    sqs.tag_queue(QueueUrl=url, Tags=tags)
    site.keep(item, "owned by a CloudFormation stack")
    site.relate(stack_item, item, "owns")


def mark_bucket(site: Site, prefix: str) -> None:
    """Tag the account's bucket as its owner would."""
    site.client("s3").put_bucket_tagging(
        Bucket=f"{prefix}-{site.account}-{site.region}",
        Tagging={"TagSet": pairs({"owner": prefix, "expiration": "never"})},
    )
