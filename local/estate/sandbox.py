"""The sandbox account: people experiment here and are asked to tag their resources."""

from local.estate.ground import Site, pairs
from local.estate.network import Network, create_network, load_balancer

OWNED = {"owner": "kim", "expiration": "never"}


def fill_sandbox(site: Site, octet: int) -> Network:
    """Create expired and untagged resources, and their look-alikes."""
    network = create_network(site, octet, site.aged(300, Name="sandbox", **OWNED))
    _instances(site, network)
    _volumes(site)
    return network


def _instances(site: Site, network: Network) -> None:
    subnet = network.subnets[0]
    expired = site.aged(5, Name="load-test", owner="kim", expiration="36h")
    past = {"Name": "demo-day", "owner": "lee", "expiration": "18d"}
    dated = site.aged(20, **past, **{"ebbtide:expires": site.aged(2)["ebbtide:created"]})
    site.waste("expired", site.instance(subnet, expired), site.instance(subnet, dated))
    site.waste(
        "untagged",
        site.instance(subnet, site.aged(9, Name="who-made-this")),
        site.instance(subnet, site.aged(1, Name="no-expiry", owner="lee")),
    )
    protected = expired | {"Name": "license-server", "ebbtide:protected": "true"}
    site.keep(site.instance(subnet, protected), "protected by its tag")
    never = site.aged(400, Name="jump-host", **OWNED)
    site.keep(site.instance(subnet, never), "its expiration is never")
    fresh = site.aged(1, Name="this-week", owner="lee", expiration="7d")
    site.keep(site.instance(subnet, fresh), "not expired yet")
    site.keep(site.instance(subnet, {"Name": "just-started"}), "too young to be untagged")


def _volumes(site: Site) -> None:
    expired = site.aged(8, Name="scratch", owner="kim", expiration="2d")
    site.waste("expired", site.volume(expired))
    site.waste("untagged", site.volume(site.aged(3, Name="no-tags-at-all")))
    site.keep(site.volume({"Name": "new-volume"}), "too young to be untagged")


def keep_inhabited_network(site: Site) -> None:
    """Create an expired VPC that still contains a live instance."""
    expired = site.aged(30, Name="old-project", owner="lee", expiration="14d")
    network = create_network(site, 77, expired)
    live = site.aged(3, Name="still-used", owner="lee", expiration="60d")
    instance = site.instance(network.subnets[0], live)
    site.keep(instance, "not expired, although its VPC is")
    site.keep(network.vpc, "a live instance runs in it")
    for child in (*network.subnets, network.group):
        site.estate.either[child.key] = "belongs to an expired VPC that must stay"


def keep_protected_network(site: Site) -> None:
    """Create an expired VPC with a load balancer whose deletion protection is on."""
    tags = site.aged(30, Name="old-shop", owner="lee", expiration="14d")
    network = create_network(site, 88, tags)
    balancer = load_balancer(site, "old-shop", network, {})
    site.client("elbv2").modify_load_balancer_attributes(
        LoadBalancerArn=balancer.arn,
        Attributes=[{"Key": "deletion_protection.enabled", "Value": "true"}],
    )
    site.keep(balancer, "its deletion protection is on")
    site.keep(network.vpc, "its load balancer is protected")
    for child in (*network.subnets, network.group):
        site.keep(child, "in a VPC with a protected load balancer")


def keep_group_member(site: Site, network: Network) -> None:
    """Create an instance that looks expired but belongs to an Auto Scaling group."""
    ec2, scaling = site.client("ec2"), site.client("autoscaling")
    image = {"ImageId": "ami-0abcdef1234567890", "InstanceType": "t3.micro"}
    template = ec2.create_launch_template(
        LaunchTemplateName=f"workers-{site.region}", LaunchTemplateData=image
    )["LaunchTemplate"]["LaunchTemplateId"]
    tags = site.aged(40, Name="worker", owner="kim", expiration="1d")
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="workers",
        MinSize=1,
        MaxSize=1,
        LaunchTemplate={"LaunchTemplateId": template, "Version": "$Latest"},
        VPCZoneIdentifier=network.subnets[1].id,
        Tags=[tag | {"PropagateAtLaunch": True} for tag in pairs(tags)]
        + [{"Key": "ebbtide:protected", "Value": "true", "PropagateAtLaunch": False}],
    )
    described = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=["workers"])
    found = described["AutoScalingGroups"][0]
    group = site.add("aws_autoscaling_group", "workers", "workers", found["AutoScalingGroupARN"])
    site.add("aws_ec2_launch_template", template, f"workers-{site.region}")
    site.keep(group, "protected by its tag")
    for member in found["Instances"]:
        instance = site.running(member["InstanceId"], "worker")
        site.keep(instance, "owned by an Auto Scaling group")
        site.relate(group, instance)
