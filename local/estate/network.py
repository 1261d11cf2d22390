"""Networks: an ordinary VPC, and an abandoned one that must be deleted as a whole."""

from dataclasses import dataclass
from typing import Any

from local.estate.ground import Item, Site, Tags, specification


@dataclass(frozen=True, slots=True)
class Network:
    """A VPC with two subnets and a security group."""

    vpc: Item
    subnets: tuple[Item, Item]
    group: Item


def create_network(site: Site, octet: int, tags: Tags) -> Network:
    """Create a VPC for other resources to live in."""
    ec2 = site.client("ec2")
    made = ec2.create_vpc(
        CidrBlock=f"10.{octet}.0.0/16", TagSpecifications=specification("vpc", tags)
    )
    vpc = site.add("aws_vpc", made["Vpc"]["VpcId"], tags.get("Name", ""))
    subnets = (_subnet(site, vpc, octet, "a"), _subnet(site, vpc, octet, "b"))
    group = security_group(site, vpc, f"{tags.get('Name', 'net')}-app")
    return Network(vpc, subnets, group)


def _subnet(site: Site, vpc: Item, octet: int, zone: str) -> Item:
    made = site.client("ec2").create_subnet(
        VpcId=vpc.id,
        CidrBlock=f"10.{octet}.{ord(zone) - ord('a')}.0/24",
        AvailabilityZone=f"{site.region}{zone}",
    )
    item = site.add("aws_ec2_subnet", made["Subnet"]["SubnetId"])
    site.relate(vpc, item, "delete")
    return item


def security_group(site: Site, vpc: Item, name: str) -> Item:
    """Create an empty security group."""
    made = site.client("ec2").create_security_group(
        GroupName=name, Description=f"Access of {name}", VpcId=vpc.id
    )
    item = site.add("aws_ec2_security_group", made["GroupId"], name)
    site.relate(vpc, item, "delete")
    return item


def abandon_network(site: Site) -> None:
    """Create an expired VPC with everything that usually blocks the deletion of a VPC."""
    tags = site.aged(12, Name="hackathon", owner="kim", expiration="3d")
    network = create_network(site, 66, tags)
    children = [
        *network.subnets,
        *_referring_groups(site, network),
        _internet_gateway(site, network.vpc),
        *_nat_gateway(site, network.subnets[0]),
        _route_table(site, network),
        _network_acl(site, network.vpc),
        _interface(site, network),
        load_balancer(site, "hackathon-alb", network, {}),
    ]
    site.waste("expired", network.vpc)
    site.waste("vpcs", *children)


def _referring_groups(site: Site, network: Network) -> tuple[Item, Item]:
    """Make two security groups refer to each other, so that AWS refuses to delete either."""
    other = security_group(site, network.vpc, "hackathon-db")
    for group, source in ((network.group, other), (other, network.group)):
        rule: dict[str, Any] = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432}
        rule["UserIdGroupPairs"] = [{"GroupId": source.id}]
        site.client("ec2").authorize_security_group_ingress(GroupId=group.id, IpPermissions=[rule])
        site.relate(group, source)
    return network.group, other


def _internet_gateway(site: Site, vpc: Item) -> Item:
    ec2 = site.client("ec2")
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc.id)
    item = site.add("aws_ec2_internet_gateway", gateway)
    site.relate(vpc, item, "delete")
    return item


def _nat_gateway(site: Site, subnet: Item) -> tuple[Item, Item]:
    ec2 = site.client("ec2")
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = ec2.create_nat_gateway(SubnetId=subnet.id, AllocationId=address)
    gateway = site.add("aws_ec2_nat_gateway", made["NatGateway"]["NatGatewayId"])
    elastic_ip = site.add("aws_ec2_elastic_ip", address)
    site.relate(elastic_ip, gateway, "delete")
    site.relate(subnet, gateway, "delete")
    return gateway, elastic_ip


def _route_table(site: Site, network: Network) -> Item:
    ec2 = site.client("ec2")
    table = ec2.create_route_table(VpcId=network.vpc.id)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=network.subnets[1].id)
    item = site.add("aws_ec2_route_table", table)
    site.relate(network.vpc, item, "delete")
    return item


def _network_acl(site: Site, vpc: Item) -> Item:
    made = site.client("ec2").create_network_acl(VpcId=vpc.id)
    item = site.add("aws_ec2_network_acl", made["NetworkAcl"]["NetworkAclId"])
    site.relate(vpc, item, "delete")
    return item


def _interface(site: Site, network: Network) -> Item:
    made = site.client("ec2").create_network_interface(
        SubnetId=network.subnets[1].id, Groups=[network.group.id], Description="left over"
    )
    item = site.add("aws_ec2_network_interface", made["NetworkInterface"]["NetworkInterfaceId"])
    site.relate(network.subnets[1], item, "delete")
    site.relate(network.group, item, "delete")
    return item


def load_balancer(site: Site, name: str, network: Network, tags: Tags) -> Item:
    """Create an application load balancer without listeners."""
    options: dict[str, Any] = {"Tags": [{"Key": k, "Value": v} for k, v in tags.items()]}
    made = site.client("elbv2").create_load_balancer(
        Name=name,
        Subnets=[subnet.id for subnet in network.subnets],
        SecurityGroups=[network.group.id],
        **(options if tags else {}),
    )["LoadBalancers"][0]
    item = site.add("aws_alb", name, name, made["LoadBalancerArn"])
    for subnet in network.subnets:
        site.relate(subnet, item, "delete")
    return item


def target_group(site: Site, name: str, vpc: Item, tags: Tags) -> Item:
    """Create a target group of type `instance`."""
    options: dict[str, Any] = {"Tags": [{"Key": k, "Value": v} for k, v in tags.items()]}
    made = site.client("elbv2").create_target_group(
        Name=name,
        Protocol="HTTP",
        Port=80,
        VpcId=vpc.id,
        TargetType="instance",
        **(options if tags else {}),
    )["TargetGroups"][0]
    return site.add("aws_alb_target_group", name, name, made["TargetGroupArn"])


def listen(site: Site, balancer: Item, group: Item, *instances: Item) -> None:
    """Make a load balancer forward to a target group, and register instances as targets."""
    elb = site.client("elbv2")
    action = {"Type": "forward", "TargetGroupArn": group.arn}
    made = elb.create_listener(
        LoadBalancerArn=balancer.arn, Protocol="HTTP", Port=80, DefaultActions=[action]
    )["Listeners"][0]["ListenerArn"]
    listener = site.add("aws_alb_listener", made, arn=made)
    site.relate(balancer, listener, "owns")
    targets = [{"Id": instance.id} for instance in instances]
    if targets:
        elb.register_targets(TargetGroupArn=group.arn, Targets=targets)
    site.relate(group, balancer, "delete")
