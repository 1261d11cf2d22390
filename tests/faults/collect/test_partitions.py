"""Global kinds are read in the account's own partition, for each partition in botocore."""

from __future__ import annotations

from urllib.parse import urlsplit

import botocore.session
import pytest

from ebbtide.aws import own_session
from ebbtide.aws.account import Partition
from ebbtide.model.resource import GLOBAL
from tests.faults.collect.answers import ACCOUNT
from tests.faults.known import known_fault

CORE = botocore.session.get_session()
RIGHT = {"aws", "aws-cn", "aws-us-gov"}
FAULT = "collection F8: global services of other partitions are asked in us-east-1"
PARTITIONS = [
    pytest.param(name, marks=[] if name in RIGHT else known_fault(FAULT))
    for name in CORE.get_available_partitions()
]
ENDPOINTS = CORE.get_component("data_loader").load_data("endpoints")
SUFFIXES = {entry["partition"]: entry["dnsSuffix"] for entry in ENDPOINTS["partitions"]}
per_partition = pytest.mark.parametrize("name", PARTITIONS)


@per_partition
def test_global_region_lies_in_its_partition(name: str) -> None:
    assert Partition(name).global_region in CORE.get_available_regions("ec2", name)


@per_partition
def test_global_services_are_asked_in_the_partition(name: str) -> None:
    url = own_session(ACCOUNT, name).client("iam", GLOBAL).meta.endpoint_url
    assert (urlsplit(url).hostname or "").endswith(f".{SUFFIXES[name]}")
