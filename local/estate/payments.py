"""The payments account: a service in use, surrounded by years of leftovers."""

from typing import Any

from local.estate.ground import Item, Site, pairs, specification
from local.estate.network import Network, create_network, listen, load_balancer, target_group

GONE_INSTANCE = "i-0dead0beef0dead00"


def fill_payments(site: Site, octet: int) -> tuple[Network, Item]:
    """Create a web service, and leftovers that resemble parts of it."""
    tags = site.aged(700, Name="payments", owner="payments-team", expiration="never")
    network = create_network(site, octet, tags)
    web = site.instance(
        network.subnets[0],
        site.aged(200, Name="web", owner="payments-team", expiration="never"),
        SecurityGroupIds=[network.group.id],
    )
    site.relate(network.group, web, "delete")
    _volumes(site, web)
    _classic_load_balancers(site, network, web)
    _load_balancers(site, network, web)
    _alarms(site, web)
    _snapshots(site)
    _peripherals(site, network)
    return network, web


def _volumes(site: Site, web: Item) -> None:
    old = [site.volume(site.aged(days, Name=name)) for days, name in ((90, "db-2019"), (15, "tmp"))]
    site.waste("volumes", *old)
    attached = site.volume(site.aged(200, Name="web-data"), size=50)
    site.client("ec2").attach_volume(VolumeId=attached.id, InstanceId=web.id, Device="/dev/sdf")
    site.relate(attached, web, "delete")
    site.keep(attached, "attached to a running instance")
    protected = site.aged(300, Name="evidence") | {"ebbtide:protected": "true"}
    site.keep(site.volume(protected), "protected by its tag")
    site.keep(site.volume(site.aged(13, Name="last-week")), "available for less than 14 days")


def _classic_load_balancers(site: Site, network: Network, web: Item) -> None:
    elb = site.client("elb")
    listener = {"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 80}

    def create(name: str, days: float, *instances: Item) -> Item:
        elb.create_load_balancer(
            LoadBalancerName=name,
            Listeners=[listener],
            Subnets=[network.subnets[0].id],
            SecurityGroups=[network.group.id],
            Tags=pairs(site.aged(days)),
        )
        item = site.add("aws_elb", name, name)
        site.relate(network.subnets[0], item, "delete")
        members = [{"InstanceId": instance.id} for instance in instances]
        if members:
            elb.register_instances_with_load_balancer(LoadBalancerName=name, Instances=members)
        return item

    site.waste("load_balancers", create("legacy-api", 60))
    used = site.keep(create("legacy-web", 60, web), "has a running instance")
    site.relate(used, web)
    site.keep(create("new-front", 2), "younger than 7 days")


def _load_balancers(site: Site, network: Network, web: Item) -> None:
    bare = load_balancer(site, "forgotten", network, site.aged(30))
    adrift = target_group(site, "adrift", network.vpc, site.aged(30))
    idle = load_balancer(site, "idle", network, site.aged(30))
    idle_targets = target_group(site, "idle-targets", network.vpc, site.aged(30))
    listen(site, idle, idle_targets)
    site.waste("load_balancers", bare, adrift, idle)
    site.estate.either[idle_targets.key] = "unattached once its load balancer is gone"
    busy = load_balancer(site, "shop", network, site.aged(200))
    busy_targets = target_group(site, "shop-web", network.vpc, site.aged(200))
    listen(site, busy, busy_targets, web)
    site.keep(busy, "a running instance is behind it")
    site.keep(busy_targets, "a load balancer forwards to it")


def _alarms(site: Site, web: Item) -> None:
    cloudwatch = site.client("cloudwatch")

    def create(name: str, namespace: str, metric: str, dimensions: dict[str, str]) -> Item:
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace=namespace,
            MetricName=metric,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            Statistic="Average",
            Period=300,
            EvaluationPeriods=3,
            Threshold=90.0,
            ComparisonOperator="GreaterThanThreshold",
        )
        return site.add("aws_cloudwatch_alarm", name, name)

    orphan = create("cpu-old-web", "AWS/EC2", "CPUUtilization", {"InstanceId": GONE_INSTANCE})
    site.waste("alarms", orphan)
    living = create("cpu-web", "AWS/EC2", "CPUUtilization", {"InstanceId": web.id})
    site.keep(living, "its instance exists")
    site.relate(living, web)
    queue = create("backlog", "AWS/SQS", "QueueLength", {"QueueName": "orders"})
    site.keep(queue, "does not watch an instance")


def _snapshots(site: Site) -> None:
    ec2 = site.client("ec2")
    volume = site.volume(site.aged(1, Name="golden", owner="payments-team"))
    snapshots = [
        ec2.create_snapshot(VolumeId=volume.id, Description=text)["SnapshotId"]
        for text in ("nightly", "for the golden image")
    ]
    items = [site.add("aws_ec2_snapshot", snapshot) for snapshot in snapshots]
    mapping = {"DeviceName": "/dev/sda1", "Ebs": {"SnapshotId": snapshots[1]}}
    made = ec2.register_image(
        Name=f"golden-{site.region}",
        RootDeviceName="/dev/sda1",
        Architecture="x86_64",
        VirtualizationType="hvm",
        BlockDeviceMappings=[mapping],
    )
    image = site.add("aws_ec2_image", made["ImageId"], f"golden-{site.region}")
    site.relate(items[1], image, "delete")


def _peripherals(site: Site, network: Network) -> None:
    ec2 = site.client("ec2")
    tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [network.vpc.id]}])
    endpoint = ec2.create_vpc_endpoint(
        VpcId=network.vpc.id,
        ServiceName=f"com.amazonaws.{site.region}.s3",
        VpcEndpointType="Gateway",
        RouteTableIds=[tables["RouteTables"][0]["RouteTableId"]],
    )["VpcEndpoint"]["VpcEndpointId"]
    site.relate(network.vpc, site.add("aws_vpc_endpoint", endpoint), "delete")
    key = ec2.create_key_pair(KeyName=f"ops-{site.region}")
    site.add("aws_ec2_keypair", key["KeyPairId"], f"ops-{site.region}")
    address = ec2.allocate_address(
        Domain="vpc", TagSpecifications=specification("elastic-ip", {"Name": "reserved"})
    )
    site.add("aws_ec2_elastic_ip", address["AllocationId"], "reserved")


def peer(site: Site, one: Network, other: Network) -> None:
    """Connect two VPCs of the account."""
    ec2: Any = site.client("ec2")
    made = ec2.create_vpc_peering_connection(VpcId=one.vpc.id, PeerVpcId=other.vpc.id)
    name = made["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=name)
    connection = site.add("aws_vpc_peering_connection", name)
    site.relate(one.vpc, connection)
