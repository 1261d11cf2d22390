"""The ground truth of the estate, and the helpers that create and record its parts."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

APPLICATION = "111111111111"  # where Ebbtide is deployed
PAYMENTS = "222222222222"
SANDBOX = "333333333333"  # where resources must carry the tags owner and expiration
ACCOUNTS = (APPLICATION, PAYMENTS, SANDBOX)
NAMES = {APPLICATION: "platform", PAYMENTS: "payments", SANDBOX: "sandbox"}
REGIONS = ("us-east-1", "eu-central-1")
GLOBAL = "global"

IMAGE = "ami-0abcdef1234567890"
CREATED_TAG = "ebbtide:created"

Clients = Callable[[str, str, str], Any]
Tags = dict[str, str]
Key = tuple[str, str, str, str]  # account, region, kind, id


class Item(NamedTuple):
    """One resource; `id` is the id that Ebbtide uses, `name` and `arn` may be empty."""

    account: str
    region: str
    kind: str
    id: str
    name: str = ""
    arn: str = ""

    @property
    def key(self) -> Key:
        return self.account, self.region, self.kind, self.id


class Edge(NamedTuple):
    """An edge that Ebbtide must find.

    `delete`: the source can be deleted only after the target is gone. `default`: the two are
    related, in either direction.
    """

    source: Key
    target: Key
    type: str


@dataclass(slots=True)
class Estate:
    """All created resources, and what a run must conclude about each of them."""

    created: datetime
    resources: list[Item] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    waste: dict[str, list[Key]] = field(default_factory=lambda: defaultdict(list))
    keep: dict[Key, str] = field(default_factory=dict)
    # Resources that become waste only once the resource that uses them is selected.
    either: dict[Key, str] = field(default_factory=dict)

    def wasted(self) -> set[Key]:
        """Return the keys of all resources that some rule must select."""
        return {key for keys in self.waste.values() for key in keys}

    def following(self) -> set[Key]:
        """Return the keys of what AWS deletes together with waste.

        These are the volumes of instances, and what an edge says that waste owns.
        """
        wasted = self.wasted()
        volumes = {
            edge.source
            for edge in self.edges
            if edge.source[2] == "aws_ec2_volume" and edge.target in wasted
        }
        owned = {
            edge.target for edge in self.edges if edge.type == "owns" and edge.source in wasted
        }
        return volumes | owned


class Site:
    """One account in one region: makes clients for it and records the resources created there."""

    def __init__(self, estate: Estate, clients: Clients, account: str, region: str) -> None:
        self.estate = estate
        self.account = account
        self.region = region
        self._clients = clients
        self._made: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """Return the cached client of a service."""
        if service not in self._made:
            self._made[service] = self._clients(service, self.account, self.region)
        return self._made[service]

    def add(self, kind: str, id: str, name: str = "", arn: str = "", region: str = "") -> Item:
        """Record a created resource and return its item."""
        item = Item(self.account, region or self.region, kind, id, name, arn)
        self.estate.resources.append(item)
        return item

    def waste(self, rule: str, *items: Item) -> None:
        """Record that a rule must select these resources."""
        self.estate.waste[rule] += [item.key for item in items]

    def keep(self, item: Item, why: str) -> Item:
        """Record that a resource looks like waste but must stay, and why."""
        self.estate.keep[item.key] = why
        return item

    def relate(self, source: Item, target: Item, type: str = "default") -> None:
        """Record an edge that Ebbtide must find."""
        self.estate.edges.append(Edge(source.key, target.key, type))

    def aged(self, days: float, **tags: str) -> Tags:
        """Return tags that make Ebbtide treat a resource as this many days old."""
        created = self.estate.created - timedelta(days=days)
        return {CREATED_TAG: created.isoformat(timespec="seconds"), **tags}

    def instance(self, subnet: Item | str, tags: Tags, **options: Any) -> Item:
        """Launch a small instance, and record it and its volume."""
        ec2 = self.client("ec2")
        where = subnet.id if isinstance(subnet, Item) else subnet
        launched = ec2.run_instances(
            ImageId=IMAGE,
            InstanceType="t3.micro",
            MinCount=1,
            MaxCount=1,
            SubnetId=where,
            TagSpecifications=specification("instance", tags),
            **options,
        )["Instances"][0]
        item = self.running(launched["InstanceId"], tags.get("Name", ""))
        if isinstance(subnet, Item):
            self.relate(subnet, item, "delete")
        return item

    def running(self, instance: str, name: str) -> Item:
        """Record a running instance and its volumes."""
        item = self.add("aws_ec2_instance", instance, name)
        described = self.client("ec2").describe_instances(InstanceIds=[instance])
        for mapping in described["Reservations"][0]["Instances"][0]["BlockDeviceMappings"]:
            volume = self.add("aws_ec2_volume", mapping["Ebs"]["VolumeId"])
            self.relate(volume, item, "delete")
        return item

    def volume(self, tags: Tags, size: int = 20) -> Item:
        """Create an unattached volume."""
        made = self.client("ec2").create_volume(
            AvailabilityZone=f"{self.region}a",
            Size=size,
            VolumeType="gp3",
            TagSpecifications=specification("volume", tags),
        )
        return self.add("aws_ec2_volume", made["VolumeId"], tags.get("Name", ""))


def specification(type: str, tags: Tags) -> list[dict[str, Any]]:
    """Return tags in the form of EC2's TagSpecifications."""
    return [{"ResourceType": type, "Tags": pairs(tags)}] if tags else []


def pairs(tags: Tags) -> list[dict[str, str]]:
    """Return tags as a list of Key and Value pairs."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def now() -> datetime:
    """Return the current time, from which the ages of the estate's resources are counted."""
    return datetime.now(UTC)
