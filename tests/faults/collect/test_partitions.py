"""Global kinds are read in the account's own partition, for each partition in botocore."""

from __future__ import annotations

from functools import cache
from urllib.parse import urlsplit

import botocore.session
import pytest

from ebbtide.aws import own_session
from ebbtide.aws.account import AccountSession, Partition
from ebbtide.base.errors import AccessError
from ebbtide.kinds import registry
from ebbtide.model.relations import reference_values
from ebbtide.model.resource import GLOBAL
from tests.faults.collect.answers import ACCOUNT

CORE = botocore.session.get_session()
PARTITIONS = CORE.get_available_partitions()
ENDPOINTS = CORE.get_component("data_loader").load_data("endpoints")
SUFFIXES = {entry["partition"]: entry["dnsSuffix"] for entry in ENDPOINTS["partitions"]}
per_partition = pytest.mark.parametrize("name", PARTITIONS)


@cache
def session_of(partition: str) -> AccountSession:
    return own_session(ACCOUNT, partition)


@per_partition
def test_global_region_lies_in_its_partition(name: str) -> None:
    assert Partition(name).global_region in CORE.get_available_regions("ec2", name)


@per_partition
def test_global_services_are_asked_in_the_partition(name: str) -> None:
    url = session_of(name).client("iam", GLOBAL).meta.endpoint_url
    assert (urlsplit(url).hostname or "").endswith(f".{SUFFIXES[name]}")


GLOBAL_SERVICES = sorted(
    {kind.list.service for kind in registry().values() if kind.list and kind.scope != "regional"}
)


@pytest.mark.parametrize("service", GLOBAL_SERVICES)
@per_partition
def test_no_global_kind_leaves_the_partition(name: str, service: str) -> None:
    url = session_of(name).client(service, GLOBAL).meta.endpoint_url
    assert (urlsplit(url).hostname or "").endswith(f".{SUFFIXES[name]}")


def test_unknown_partition_is_an_error_and_no_guess() -> None:
    with pytest.raises(AccessError, match="aws-moon"):
        _ = Partition("aws-moon").global_region


# Names that carry the DNS suffix of their partition, and what they refer to.
NAMED = [
    ("aws_ecs_task_definition", "aws_ecr_repository", "1.dkr.ecr.r-1.{}/team/app:1", "team/app"),
    ("aws_ecs_task_definition", "aws_ecr_repository", "1.dkr.ecr-fips.r-1.{}/app@sha256:0", "app"),
    ("aws_ecs_task_definition", "aws_ecr_repository", "1.dkr-ecr.r-1.on.aws/app", "app"),
    ("aws_apprunner_service", "aws_ecr_repository", "1.dkr.ecr.r-1.{}/app:1", "app"),
    ("aws_route53_resource_record_set", "aws_alb", "dualstack.a.r-1.elb.{}.", "a.r-1.elb.{}"),
    ("aws_route53_resource_record_set", "aws_alb", "a.elb.r-1.{}", "a.elb.r-1.{}"),
    ("aws_route53_resource_record_set", "aws_elb", "a.r-1.elb.{}.", "a.r-1.elb.{}"),
    ("aws_route53_health_check", "aws_alb", "a.r-1.elb.{}", "a.r-1.elb.{}"),
]
PLACE = {"account": ACCOUNT, "region": "r-1", "partition": "aws"}


@pytest.mark.parametrize(("kind", "other", "value", "reference"), NAMED)
@per_partition
def test_host_names_of_the_partition_are_references(
    name: str, kind: str, other: str, value: str, reference: str
) -> None:
    found = {
        text
        for relation in registry()[kind].relations
        if relation.kind == other and relation.pattern
        for text in reference_values(relation, value.format(SUFFIXES[name]), PLACE)
    }
    assert found == {reference.format(SUFFIXES[name])}


@pytest.mark.parametrize("prefix", ["com.amazonaws", "cn.com.amazonaws", "eu.amazonaws"])
def test_name_of_an_endpoint_service_is_a_reference(prefix: str) -> None:
    relations = registry()["aws_vpc_endpoint"].relations
    (relation,) = [one for one in relations if one.kind == "aws_vpc_endpoint_service"]
    assert list(reference_values(relation, f"{prefix}.vpce.r-1.vpce-svc-0a1", PLACE)) == [
        "vpce-svc-0a1"
    ]
    assert list(reference_values(relation, f"{prefix}.r-1.s3", PLACE)) == []
