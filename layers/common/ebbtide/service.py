"""What is particular about an AWS service: IAM prefix, where it is called, how fast; data only.

Rates are client-side limits per account and region, so that reading an account leaves room for its
owner's own tools. They start where Steampipe's shipped limiters do (its aws/plugin.go) and, for
EC2, at what the EC2 API throttling page grants to reads that ask for pages; all others get the
default. AWS's own throttling is answered with adaptive retries on top of that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Service:
    """One boto3 service.

    iam_prefix: before the colon in IAM actions, by default boto3's name. home: the region in which
    the global kinds of the service are read where it is not the partition's usual one.
    rate: calls a second that are begun. burst: calls that may be begun at once after a pause.
    concurrency: calls under way at once. id_prefix: a regular expression of what stands before the
    ids in its answers and is no part of them.
    """

    iam_prefix: str = ""
    home: str = ""
    rate: float = 20.0
    burst: int = 40
    concurrency: int = 16
    id_prefix: str = ""


DEFAULT = Service()

SERVICES: Mapping[str, Service] = {
    "apigateway": Service(rate=10, burst=20),
    "apigatewayv2": Service("apigateway", rate=10, burst=20),
    "bedrock-agent": Service("bedrock"),
    "cloudfront": Service(rate=5, burst=10, concurrency=10),
    "docdb": Service("rds"),
    "ds": Service(rate=10, burst=20),
    "ec2": Service(rate=20, burst=100),
    "ecr-public": Service(home="us-east-1"),
    "efs": Service("elasticfilesystem"),
    "elb": Service("elasticloadbalancing"),
    "elbv2": Service("elasticloadbalancing"),
    "emr": Service("elasticmapreduce", rate=10, burst=20),
    "events": Service(),
    "globalaccelerator": Service(home="us-west-2"),
    "iam": Service(rate=15, burst=30),
    "kinesis": Service(rate=5, burst=10),
    "lambda": Service(rate=15, burst=30),
    "mwaa": Service("airflow"),
    "neptune": Service("rds"),
    "opensearch": Service("es"),
    "opensearchserverless": Service("aoss"),
    "organizations": Service(rate=2, burst=5, concurrency=2),
    "resourcegroupstaggingapi": Service("tag", rate=10, burst=15),
    # Zones are answered as /hostedzone/Z..., and asked for, tagged and named elsewhere as Z...
    "route53": Service(rate=5, burst=10, id_prefix="^/(hostedzone|change|delegationset)/"),
    "s3control": Service("s3"),
    "s3": Service(rate=100, burst=200),
    "service-quotas": Service("servicequotas", rate=5, burst=10),
    "stepfunctions": Service("states"),
    "wafv2": Service(rate=5, burst=10),
    "cognito-idp": Service(rate=15, burst=30),
}


def service(name: str) -> Service:
    """The particulars of a service by boto3's name of it."""
    return SERVICES.get(name, DEFAULT)
