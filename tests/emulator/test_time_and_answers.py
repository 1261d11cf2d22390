"""Deletions take time, owners take their belongings with them, and answers are complete."""

from collections.abc import Callable
from typing import Any

Until = Callable[[Callable[[], Any]], Any]


def test_nat_gateway_is_deleted_slowly(
    ec2: Any, network: dict[str, str], until: Until, refused: Callable[..., str]
) -> None:
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=network["vpc"])
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = ec2.create_nat_gateway(SubnetId=network["subnet"], AllocationId=address)
    nat = made["NatGateway"]["NatGatewayId"]
    (interface,) = ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert interface["InterfaceType"] == "nat_gateway"
    assert interface["RequesterManaged"] is True
    (found,) = ec2.describe_nat_gateways()["NatGateways"]
    assert found["NatGatewayAddresses"][0]["AllocationId"] == address

    ec2.delete_nat_gateway(NatGatewayId=nat)
    (found,) = ec2.describe_nat_gateways(NatGatewayIds=[nat])["NatGateways"]
    assert found["State"] == "deleting"
    assert refused(ec2.release_address, AllocationId=address) == "InvalidIPAddress.InUse"
    assert refused(ec2.delete_subnet, SubnetId=network["subnet"]) == "DependencyViolation"
    detach = {"InternetGatewayId": gateway, "VpcId": network["vpc"]}
    assert refused(ec2.detach_internet_gateway, **detach) == "DependencyViolation"

    deleted = [{"Name": "state", "Values": ["deleted"]}]
    until(lambda: ec2.describe_nat_gateways(Filters=deleted)["NatGateways"])
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    ec2.release_address(AllocationId=address)
    ec2.detach_internet_gateway(**detach)
    ec2.delete_subnet(SubnetId=network["subnet"])


def test_instance_terminates_slowly_and_frees_its_volumes(
    ec2: Any, network: dict[str, str], instance: str, until: Until
) -> None:
    data = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    ec2.attach_volume(VolumeId=data, InstanceId=instance, Device="/dev/sdf")
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.associate_address(AllocationId=address, InstanceId=instance)

    def state() -> str:
        found = ec2.describe_instances(InstanceIds=[instance])
        return str(found["Reservations"][0]["Instances"][0]["State"]["Name"])

    answer = ec2.terminate_instances(InstanceIds=[instance])["TerminatingInstances"][0]
    assert (answer["PreviousState"]["Name"], answer["CurrentState"]["Name"]) == (
        "running",
        "shutting-down",
    )
    assert state() == "shutting-down"
    until(lambda: state() == "terminated")
    volumes = ec2.describe_volumes()["Volumes"]
    assert [(one["VolumeId"], one["State"]) for one in volumes] == [(data, "available")]
    assert "InstanceId" not in ec2.describe_addresses()["Addresses"][0]
    ec2.delete_subnet(SubnetId=network["subnet"])


def test_answers_carry_what_aws_returns(
    client: Callable[[str], Any], network: dict[str, str], instance: str
) -> None:
    ec2, elb = client("ec2"), client("elbv2")
    subnet = ec2.create_subnet(
        VpcId=network["vpc"], CidrBlock="10.0.1.0/24", AvailabilityZone="us-east-1b"
    )["Subnet"]["SubnetId"]
    balancer = elb.create_load_balancer(Name="front", Subnets=[network["subnet"], subnet])
    balancer = balancer["LoadBalancers"][0]
    assert balancer["VpcId"] == network["vpc"]
    assert {zone["ZoneName"] for zone in balancer["AvailabilityZones"]} == {
        "us-east-1a",
        "us-east-1b",
    }
    found = ec2.describe_instances()["Reservations"][0]["Instances"][0]
    assert found["CpuOptions"] == {"CoreCount": 1, "ThreadsPerCore": 2}
    assert found["NetworkInterfaces"][0]["Attachment"]["DeviceIndex"] == 0
    interfaces = ec2.describe_network_interfaces()["NetworkInterfaces"]
    tail = balancer["LoadBalancerArn"].split("loadbalancer/")[1]
    managed = [one for one in interfaces if one["RequesterManaged"]]
    assert [one["Description"] for one in managed] == [f"ELB {tail}"] * 2
    owners = {one.get("Attachment", {}).get("InstanceId") for one in interfaces}
    assert owners == {instance, None}
    elb.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])
    assert len(ec2.describe_network_interfaces()["NetworkInterfaces"]) == 1


def test_target_of_a_terminated_instance_is_unused(
    client: Callable[[str], Any], network: dict[str, str], instance: str
) -> None:
    elb = client("elbv2")
    arn = elb.create_load_balancer(Name="a", Subnets=[network["subnet"]])
    arn = arn["LoadBalancers"][0]["LoadBalancerArn"]
    group = elb.create_target_group(Name="t", Protocol="HTTP", Port=80, VpcId=network["vpc"])
    group = group["TargetGroups"][0]["TargetGroupArn"]
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": instance}])

    def state() -> str:
        health = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return str(health[0]["TargetHealth"]["State"])

    assert state() == "unused"
    elb.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=forward)
    assert state() == "healthy"
    client("ec2").terminate_instances(InstanceIds=[instance])
    assert state() == "unused"


def test_classic_load_balancers(
    client: Callable[[str], Any],
    network: dict[str, str],
    instance: str,
    refused: Callable[..., str],
) -> None:
    elb = client("elb")
    listener = {"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 8080}
    for name in ("one", "two", "three"):
        elb.create_load_balancer(
            LoadBalancerName=name, Listeners=[listener], Subnets=[network["subnet"]]
        )
    members = [{"InstanceId": instance}]
    elb.register_instances_with_load_balancer(LoadBalancerName="one", Instances=members)
    elb.add_tags(LoadBalancerNames=["one"], Tags=[{"Key": "a", "Value": "<b>"}])
    tags = elb.describe_tags(LoadBalancerNames=["one"])["TagDescriptions"][0]["Tags"]
    assert tags == [{"Key": "a", "Value": "<b>"}]
    paginator = elb.get_paginator("describe_load_balancers")
    pages = list(paginator.paginate(PaginationConfig={"PageSize": 2}))
    found = [one for page in pages for one in page["LoadBalancerDescriptions"]]
    assert (len(pages), [one["LoadBalancerName"] for one in found]) == (2, ["one", "two", "three"])
    assert found[0]["Instances"] == members
    assert found[0]["VPCId"] == network["vpc"]
    assert found[0]["ListenerDescriptions"][0]["Listener"]["InstancePort"] == 8080
    elb.describe_load_balancer_attributes(LoadBalancerName="one")
    elb.deregister_instances_from_load_balancer(LoadBalancerName="one", Instances=members)
    elb.delete_load_balancer(LoadBalancerName="one")
    elb.delete_load_balancer(LoadBalancerName="one")
    missing = {"LoadBalancerNames": ["one"]}
    assert refused(elb.describe_load_balancers, **missing) == "LoadBalancerNotFound"
    assert client("elbv2").describe_load_balancers()["LoadBalancers"] == []
