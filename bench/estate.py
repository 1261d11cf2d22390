"""A generator that fills a mocked account with resources of many kinds in three regions.

The mix is typical for an account of several teams: networks, instances with their volumes and
interfaces, functions with their log groups, queues, topics, tables, buckets, roles, alarms.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
from botocore.config import Config

REGIONS = ("us-east-1", "eu-central-1", "ap-southeast-2")
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


def tags(number: int) -> list[dict[str, str]]:
    return [
        {"Key": "owner", "Value": f"team-{number % 7}"},
        {"Key": "environment", "Value": "test" if number % 3 else "production"},
        {"Key": "Name", "Value": f"bench-{number}"},
    ]


class Estate:
    """One account behind an endpoint, to be filled with blocks of about 100 resources."""

    def __init__(self, endpoint: str | None, credentials: dict[str, str]) -> None:
        self._session = boto3.session.Session(**credentials)
        self._endpoint = endpoint
        self._config = Config(max_pool_connections=4, retries={"max_attempts": 1})
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, region: str) -> Any:
        key = (service, region)
        if key not in self._clients:
            made: Any = self._session
            self._clients[key] = made.client(
                service, region_name=region, endpoint_url=self._endpoint, config=self._config
            )
        return self._clients[key]

    def fill(self, resources: int) -> int:
        """Create blocks region by region until there are enough resources; return their number."""
        made, block = 0, 0
        grounds = {region: self._ground(region) for region in REGIONS}
        while made < resources:
            region = REGIONS[block % len(REGIONS)]
            made += sum(1 for _ in self._block(region, block, grounds[region]))
            block += 1
        return made

    def _ground(self, region: str) -> dict[str, str]:
        ec2 = self.client("ec2", region)
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        role = self.client("iam", REGIONS[0]).create_role(
            RoleName=f"bench-functions-{region}", AssumeRolePolicyDocument=TRUST
        )["Role"]["Arn"]
        return {"vpc": vpc, "role": role}

    def _block(self, region: str, block: int, ground: dict[str, str]) -> Iterator[None]:
        yield from self._network(region, block, ground["vpc"])
        yield from self._messages(region, block)
        yield from self._functions(region, block, ground["role"])
        yield from self._rest(region, block)

    def _network(self, region: str, block: int, vpc: str) -> Iterator[None]:
        ec2 = self.client("ec2", region)
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{block // len(REGIONS)}.0/24")[
            "Subnet"
        ]["SubnetId"]
        yield
        groups = []
        for number in range(4):
            group = ec2.create_security_group(
                GroupName=f"bench-{block}-{number}", Description="bench", VpcId=vpc
            )["GroupId"]
            groups.append(group)
            yield
        named = [{"ResourceType": "instance", "Tags": tags(block)}]
        found = ec2.run_instances(
            ImageId="ami-12c6146b",
            MinCount=8,
            MaxCount=8,
            InstanceType="m5.large",
            SubnetId=subnet,
            SecurityGroupIds=groups[:1],
            TagSpecifications=named,
        )["Instances"]
        # Each instance comes with a volume and an interface.
        yield from (None for _ in range(3 * len(found)))
        for _ in range(14):
            volume = ec2.create_volume(
                AvailabilityZone=f"{region}a",
                Size=8,
                TagSpecifications=[{"ResourceType": "volume", "Tags": tags(block)}],
            )["VolumeId"]
            yield
            ec2.create_snapshot(VolumeId=volume)
            yield
        for _ in range(2):
            ec2.allocate_address(Domain="vpc")
            yield

    def _messages(self, region: str, block: int) -> Iterator[None]:
        sqs, sns = self.client("sqs", region), self.client("sns", region)
        for number in range(2):
            name = f"bench-{block}-{number}"
            sqs.create_queue(QueueName=name, tags={"owner": f"team-{block % 7}"})
            yield
            sns.create_topic(Name=name, Tags=tags(block))
            yield

    def _functions(self, region: str, block: int, role: str) -> Iterator[None]:
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("app.py", "def handler(event, context): pass")
        functions, logs = self.client("lambda", region), self.client("logs", region)
        for number in range(3):
            name = f"bench-{block}-{number}"
            functions.create_function(
                FunctionName=name,
                Runtime="python3.13",
                Role=role,
                Handler="app.handler",
                Code={"ZipFile": code.getvalue()},
                Tags={"owner": f"team-{block % 7}"},
            )
            yield
            logs.create_log_group(
                logGroupName=f"/aws/lambda/{name}", tags={"owner": f"team-{block % 7}"}
            )
            yield

    def _rest(self, region: str, block: int) -> Iterator[None]:
        name = f"bench-{block}"
        self.client("dynamodb", region).create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            Tags=tags(block),
        )
        yield
        self.client("rds", region).create_db_instance(
            DBInstanceIdentifier=name,
            Engine="mysql",
            DBInstanceClass="db.t3.small",
            AllocatedStorage=20,
            MasterUsername="root",
            MasterUserPassword="not-a-secret",
            Tags=tags(block),
        )
        yield
        bucket: dict[str, Any] = {"Bucket": f"{name}-{region}"}
        if region != REGIONS[0]:
            bucket["CreateBucketConfiguration"] = {"LocationConstraint": region}
        self.client("s3", region).create_bucket(**bucket)
        yield
        for number in range(3):
            self.client("cloudwatch", region).put_metric_alarm(
                AlarmName=f"{name}-{number}",
                MetricName="CPUUtilization",
                Namespace="AWS/EC2",
                ComparisonOperator="GreaterThanThreshold",
                EvaluationPeriods=1,
                Period=60,
                Statistic="Average",
                Threshold=90,
            )
            yield
        iam = self.client("iam", REGIONS[0])
        for number in range(3):
            iam.create_role(
                RoleName=f"{name}-{number}", AssumeRolePolicyDocument=TRUST, Tags=tags(block)
            )
            yield
        self.client("secretsmanager", region).create_secret(
            Name=name, SecretString="not-a-secret", Tags=tags(block)
        )
        yield
        for number in range(3):
            self.client("ssm", region).put_parameter(
                Name=f"/{name}/{number}", Value="1", Type="String", Tags=tags(block)
            )
            yield
        self.client("ecr", region).create_repository(repositoryName=name, tags=tags(block))
        yield
        self.client("kms", region).create_key(
            Tags=[{"TagKey": "owner", "TagValue": f"team-{block % 7}"}]
        )
        yield
        self.client("ecs", region).create_cluster(clusterName=name)
        yield
        self.client("events", region).put_rule(Name=name, ScheduleExpression="rate(1 hour)")
        yield
