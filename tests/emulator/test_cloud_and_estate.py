"""The emulated cloud can be started, found and stopped, and holds a believable estate."""

import os
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.cloud import HOST, Cloud, CloudError, free_port
from local.emulator.engine import check_version
from local.estate import ACCOUNTS, REGIONS, SANDBOX, Estate, Item, build


@pytest.fixture(scope="module")
def estate(cloud: Cloud) -> Estate:
    return build(cloud.client)


def test_a_running_cloud_is_found_again(cloud: Cloud, tmp_path: Path) -> None:
    found = Cloud.running(cloud.state_dir)
    assert found is not None
    assert (found.pid, found.url) == (cloud.pid, cloud.url)
    assert Cloud.running(tmp_path) is None


def test_reasons_for_not_starting_are_one_sentence(interpreter: Path, tmp_path: Path) -> None:
    with socket.socket() as busy:
        busy.bind((HOST, 0))
        busy.listen()
        port = busy.getsockname()[1]
        with pytest.raises(CloudError, match=f"port {port} on 127.0.0.1 is in use"):
            Cloud.start(tmp_path, port=port, interpreter=interpreter)
    with pytest.raises(CloudError, match=r"is missing: .*python; run `make setup`"):
        Cloud.start(tmp_path, interpreter=tmp_path / "python")


def test_a_port_that_another_clone_took_first_is_left_to_it(
    cloud: Cloud, interpreter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, free = cloud.port, free_port()
    ports = iter([taken, free])
    monkeypatch.setattr("local.cloud.free_port", lambda: next(ports))
    other = Cloud.start(tmp_path, interpreter=interpreter)
    try:
        assert other.port == free
        assert other.answers()
        assert cloud.answers()
    finally:
        other.stop()
    assert not other.answers()


def test_an_emulator_on_the_port_of_another_is_not_taken_for_it(cloud: Cloud) -> None:
    assert not replace(cloud, pid=os.getpid()).answers()


def test_leftovers_of_a_hard_end_are_removed_and_other_files_stay(
    interpreter: Path, tmp_path: Path
) -> None:
    (tmp_path / "emulator" / "unpacked").mkdir(parents=True)
    (tmp_path / "tmp").mkdir()  # where `make test` of the same clone may be at work
    cloud = Cloud.start(tmp_path, interpreter=interpreter)
    try:
        assert not (tmp_path / "emulator" / "unpacked").exists()
        assert (tmp_path / "tmp").exists()
        deadline = time.monotonic() + 60
        while list(tmp_path.glob("emulator.old-*")):
            assert time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        cloud.stop()


def test_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.emulator.engine.version", lambda _: "1.6.0")
    assert check_version() == (
        "the emulator requires ministack 1.5.33, because it patches internals of exactly that "
        "version; this interpreter has 1.6.0"
    )


def test_policies_are_enforced_when_asked(
    interpreter: Path, tmp_path: Path, refused: Callable[..., str]
) -> None:
    cloud = Cloud.start(tmp_path, interpreter=interpreter, auth=True)
    try:
        iam = cloud.client("iam", SANDBOX, REGIONS[0])
        iam.create_user(UserName="nobody")
        key = iam.create_access_key(UserName="nobody")["AccessKey"]
        ec2 = boto3.client(
            "ec2",
            endpoint_url=cloud.url,
            region_name=REGIONS[0],
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
        )
        assert refused(ec2.describe_vpcs) == "UnauthorizedOperation"
        assert cloud.calls()[-1]["error"] == "UnauthorizedOperation"
    finally:
        cloud.stop()
    assert Cloud.running(tmp_path) is None


def test_estate_is_large_and_spread_and_true(estate: Estate) -> None:
    keys = [item.key for item in estate.resources]
    assert len(keys) == len(set(keys)) > 150
    assert {item.account for item in estate.resources} == set(ACCOUNTS)
    assert {item.region for item in estate.resources} == {*REGIONS, "global"}
    assert set(estate.waste) == {
        "alarms",
        "expired",
        "load_balancers",
        "untagged",
        "volumes",
        "vpcs",
    }
    marked = [*estate.wasted(), *estate.keep, *estate.either]
    assert len(marked) == len(set(marked))
    assert set(marked) <= set(keys)
    assert {end for edge in estate.edges for end in (edge.source, edge.target)} <= set(keys)


def test_abandoned_network_can_only_go_in_order(
    cloud: Cloud, estate: Estate, refused: Callable[..., str]
) -> None:
    region = REGIONS[1]
    ec2 = cloud.client("ec2", SANDBOX, region)
    elb = cloud.client("elbv2", SANDBOX, region)
    wanted = [item for item in estate.resources if item.key in estate.waste["vpcs"]]
    of = _by_kind(wanted)
    (vpc,) = [
        item
        for item in estate.resources
        if item.kind == "aws_vpc" and item.key in estate.waste["expired"]
    ]
    assert refused(ec2.delete_vpc, VpcId=vpc.id) == "DependencyViolation"
    for group in of["aws_ec2_security_group"]:
        assert refused(ec2.delete_security_group, GroupId=group.id) == "DependencyViolation"
    for group in of["aws_ec2_security_group"]:
        found = ec2.describe_security_groups(GroupIds=[group.id])["SecurityGroups"][0]
        rules = found["IpPermissions"]
        ec2.revoke_security_group_ingress(GroupId=group.id, IpPermissions=rules)

    elb.delete_load_balancer(LoadBalancerArn=of["aws_alb"][0].arn)
    ec2.delete_nat_gateway(NatGatewayId=of["aws_ec2_nat_gateway"][0].id)
    ec2.delete_network_interface(NetworkInterfaceId=of["aws_ec2_network_interface"][0].id)
    ec2.delete_network_acl(NetworkAclId=of["aws_ec2_network_acl"][0].id)
    for group in of["aws_ec2_security_group"]:
        ec2.delete_security_group(GroupId=group.id)
    time.sleep(3.2)  # the deletion of the NAT gateway
    ec2.release_address(AllocationId=of["aws_ec2_elastic_ip"][0].id)
    gateway = of["aws_ec2_internet_gateway"][0].id
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc.id)
    ec2.delete_internet_gateway(InternetGatewayId=gateway)
    for subnet in of["aws_ec2_subnet"]:
        ec2.delete_subnet(SubnetId=subnet.id)
    ec2.delete_route_table(RouteTableId=of["aws_ec2_route_table"][0].id)
    ec2.delete_vpc(VpcId=vpc.id)


def _by_kind(items: list[Item]) -> dict[str, list[Any]]:
    kinds: dict[str, list[Any]] = {}
    for item in items:
        kinds.setdefault(item.kind, []).append(item)
    return kinds
