"""Settings for each AWS service: IAM prefix, region, call rates. Data only.

Rates are client-side limits per account and region, so that reading an account leaves capacity for
its owner's own tools. The initial values are those of Steampipe's limiters (its aws/plugin.go) and,
for EC2, those of paginated reads in the EC2 API throttling page; all other services get the
default. Rates of operations are 80 % of what AWS's models say, which
tools/reviewed/model_sentences.yaml quotes. In addition, adaptive retries handle AWS's own
throttling.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Service:
    """One boto3 service.

    iam_prefix: the prefix of its IAM actions; default: boto3's name of the service. home: the
    region for reading its global kinds; default: the partition's usual one. rate: calls started per
    second. burst: calls started at once after a pause. concurrency: calls in flight at once.
    operations: the rate of operations for which AWS documents a limit of their own, by boto3's name
    of the method; they count towards the service's rate, too. apart: the rate of operations that
    do not, because AWS leaves them out of the quota of the other operations.
    id_prefix: a regular expression for a prefix of the ids in its answers that does not belong to
    the ids. tagging: the IAM actions that the Resource Groups Tagging API needs to set and delete
    tags of the service's resources.
    """

    iam_prefix: str = ""
    home: str = ""
    rate: float = 20.0
    burst: int = 40
    concurrency: int = 16
    operations: Mapping[str, float] = field(default_factory=dict)
    apart: Mapping[str, float] = field(default_factory=dict)
    id_prefix: str = ""
    tagging: tuple[str, ...] = ()


DEFAULT = Service()

_RDS = ("rds:AddTagsToResource", "rds:RemoveTagsFromResource")
_ELB = ("elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags")


def _both(prefix: str) -> tuple[str, str]:
    return (f"{prefix}:TagResource", f"{prefix}:UntagResource")


SERVICES: Mapping[str, Service] = {
    "apigateway": Service(rate=10, burst=20),
    "apigatewayv2": Service("apigateway", rate=10, burst=20),
    "bedrock-agent": Service("bedrock"),
    # AWS does not publish the rate of CloudFormation, which deployments in the account share.
    "cloudformation": Service(rate=10, burst=20),
    "cloudfront": Service(rate=5, burst=10, concurrency=10),
    "docdb": Service("rds", tagging=_RDS),
    "ds": Service(rate=10, burst=20),
    "ec2": Service(rate=20, burst=100, tagging=("ec2:CreateTags", "ec2:DeleteTags")),
    "ecr-public": Service(home="us-east-1"),
    "efs": Service("elasticfilesystem", tagging=_both("elasticfilesystem")),
    "elb": Service("elasticloadbalancing", tagging=_ELB),
    "elbv2": Service("elasticloadbalancing", tagging=_ELB),
    "emr": Service("elasticmapreduce", rate=10, burst=20),
    "events": Service(tagging=_both("events")),
    "firehose": Service(operations={"list_tags_for_delivery_stream": 4}),
    "globalaccelerator": Service(home="us-west-2"),
    "iam": Service(rate=15, burst=30),
    "kinesis": Service(
        rate=5, burst=10, tagging=("kinesis:AddTagsToStream", "kinesis:RemoveTagsFromStream")
    ),
    # 80 % of AWS's quotas, which cannot be raised and which deployments share: 15 requests a second
    # for GetPolicy, 100 for GetFunction, 15 for all others (Lambda developer guide, Lambda quotas).
    "lambda": Service(
        rate=12, burst=15, apart={"get_policy": 12, "get_function": 80}, tagging=_both("lambda")
    ),
    "mwaa": Service("airflow"),
    "neptune": Service("rds", tagging=_RDS),
    "opensearch": Service("es"),
    "opensearchserverless": Service("aoss"),
    "organizations": Service(rate=2, burst=5, concurrency=2),
    "resourcegroupstaggingapi": Service("tag", rate=10, burst=15),
    # Route 53 returns zones as /hostedzone/Z..., but tags and other services name them Z...
    "route53": Service(rate=5, burst=10, id_prefix="^/(hostedzone|change|delegationset)/"),
    "s3control": Service("s3"),
    "s3": Service(rate=100, burst=200, tagging=("s3:GetBucketTagging", "s3:PutBucketTagging")),
    "service-quotas": Service("servicequotas", rate=5, burst=10),
    "stepfunctions": Service("states", tagging=_both("states")),
    "wafv2": Service(rate=5, burst=10),
    "cognito-idp": Service(rate=15, burst=30),
    "cloudwatch": Service(tagging=_both("cloudwatch")),
    "dynamodb": Service(
        operations={"describe_backup": 8, "list_backups": 4, "list_tags_of_resource": 8},
        tagging=_both("dynamodb"),
    ),
    "ecr": Service(tagging=_both("ecr")),
    "ecs": Service(tagging=_both("ecs")),
    "eks": Service(tagging=_both("eks")),
    "elasticache": Service(
        tagging=("elasticache:AddTagsToResource", "elasticache:RemoveTagsFromResource")
    ),
    "kms": Service(tagging=_both("kms")),
    "logs": Service(tagging=_both("logs")),
    "rds": Service(tagging=_RDS),
    "redshift": Service(tagging=("redshift:CreateTags", "redshift:DeleteTags")),
    "secretsmanager": Service(tagging=_both("secretsmanager")),
    "sns": Service(operations={"list_platform_applications": 12}, tagging=_both("sns")),
    "sqs": Service(tagging=("sqs:TagQueue", "sqs:UntagQueue")),
    "ssm": Service(tagging=("ssm:AddTagsToResource", "ssm:RemoveTagsFromResource")),
}


def service(name: str) -> Service:
    """Return the settings of a service, by boto3's name of it."""
    return SERVICES.get(name, DEFAULT)
