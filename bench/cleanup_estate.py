"""An account in memory that refuses deletions as AWS does while something is in the way.

Applications of 20 resources: a VPC with two subnets and a security group, four instances with a
volume each, six queues and two roles. Instances take a while to terminate; the clock is simulated.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

ACCOUNT, REGION = "111122223333", "us-east-1"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
EXPIRED = [{"Key": "ebbtide:expires", "Value": "2020-01-01"}]
QUEUE_TAGS = {one["Key"]: one["Value"] for one in EXPIRED}
PER_APPLICATION = 20
TERMINATION = timedelta(seconds=40)
QUEUES = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/"
PAGE_OF_ROLES = 100
# What GetAccountAuthorizationDetails has of a role, and GetRole does not.
NO_POLICIES: dict[str, Any] = {
    "AttachedManagedPolicies": [],
    "RolePolicyList": [],
    "InstanceProfileList": [],
}

type Item = dict[str, Any]


def error_of(operation: str, code: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message or code}}, operation)


@dataclass(frozen=True, slots=True)
class Described:
    """How EC2 describes one kind: the member of the answer, the identifier and its argument."""

    kind: str
    items: str
    id: str
    argument: str
    missing: str
    delete: str


EC2 = {
    "DescribeVpcs": Described(
        "aws_vpc", "Vpcs", "VpcId", "VpcIds", "InvalidVpcID.NotFound", "DeleteVpc"
    ),
    "DescribeSubnets": Described(
        "aws_ec2_subnet",
        "Subnets",
        "SubnetId",
        "SubnetIds",
        "InvalidSubnetID.NotFound",
        "DeleteSubnet",
    ),
    "DescribeSecurityGroups": Described(
        "aws_ec2_security_group",
        "SecurityGroups",
        "GroupId",
        "GroupIds",
        "InvalidGroup.NotFound",
        "DeleteSecurityGroup",
    ),
    "DescribeVolumes": Described(
        "aws_ec2_volume",
        "Volumes",
        "VolumeId",
        "VolumeIds",
        "InvalidVolume.NotFound",
        "DeleteVolume",
    ),
    "DescribeInstances": Described(
        "aws_ec2_instance",
        "Instances",
        "InstanceId",
        "InstanceIds",
        "InvalidInstanceID.NotFound",
        "TerminateInstances",
    ),
}
DELETES = {one.delete: one for one in EC2.values()}


@dataclass
class Account:
    """The resources that are there, by kind and id, and the calls that were made.

    `holds` counts what is in the way of a resource, and `held` names what a resource holds.
    """

    size: int
    now: datetime = NOW
    there: dict[str, dict[str, Item]] = field(default_factory=lambda: defaultdict(dict))
    holds: Counter[str] = field(default_factory=Counter)
    held: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ending: dict[str, datetime] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    # Up to when what is due has happened.
    settled: datetime = NOW
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def deleting(self) -> int:
        """Return how many calls were to delete something."""
        names = {*DELETES, "DeleteQueue", "DeleteRole"}
        return sum(count for name, count in self.calls.items() if name.partition(".")[2] in names)

    def __post_init__(self) -> None:
        for number in range(self.size // PER_APPLICATION):
            for kind, id, item, held in application(number):
                self.there[kind][id] = item
                self.held[id] = held
                self.holds.update(held)

    def answer(self, service: str, operation: str, arguments: Item) -> Item:
        """Answer a call as AWS would; kinds that the account does not have are empty."""
        with self.lock:
            return self._answer(service, operation, arguments)

    def _answer(self, service: str, operation: str, arguments: Item) -> Item:
        self.calls[f"{service}.{operation}"] += 1
        self._terminate()
        given: Callable[[Item], Item] | None = getattr(self, f"_{operation}", None)
        if given is not None:
            return given(arguments)
        if operation in EC2 and service == "ec2":
            return self._described(EC2[operation], operation, arguments)
        if operation in DELETES and service == "ec2":
            return self._deleted(DELETES[operation], operation, arguments)
        return {}

    def remaining(self) -> int:
        self._terminate()
        return sum(not is_ended(item) for kind in self.there.values() for item in kind.values())

    def _terminate(self) -> None:
        if self.settled == self.now:
            return
        self.settled = self.now
        for id in [id for id, at in self.ending.items() if at <= self.now]:
            del self.ending[id]
            self._release(id)
            # EC2 describes it for another hour.
            item = self.there["aws_ec2_instance"][id]
            state = {"State": {"Name": "terminated", "Code": 48}}
            self.there["aws_ec2_instance"][id] = {**item, **state}

    def _remove(self, kind: str, id: str) -> None:
        del self.there[kind][id]
        self._release(id)

    def _release(self, id: str) -> None:
        for other in self.held[id]:
            self.holds[other] -= 1
            if other in self.there["aws_ec2_volume"] and not self.holds[other]:
                item = self.there["aws_ec2_volume"][other]
                self.there["aws_ec2_volume"][other] = {
                    **item,
                    "State": "available",
                    "Attachments": [],
                }

    def _described(self, one: Described, operation: str, arguments: Item) -> Item:
        ids = arguments.get(one.argument)
        if arguments.get("Filters"):
            return {one.items: []} if one.items != "Instances" else {"Reservations": []}
        if ids:
            missing = [id for id in ids if id not in self.there[one.kind]]
            if missing:
                raise error_of(operation, one.missing)
            found = [self.there[one.kind][id] for id in ids]
            after: Item = {}
        else:
            found, after = page(
                self.there[one.kind].values(),
                arguments.get("NextToken"),
                arguments.get("MaxResults", 1000),
            )
        named = [{"Instances": [item]} for item in found] if one.items == "Instances" else found
        return {("Reservations" if one.items == "Instances" else one.items): named, **after}

    def _deleted(self, one: Described, operation: str, arguments: Item) -> Item:
        id = (arguments.get(one.argument) or [arguments.get(one.id)])[0]
        if id not in self.there[one.kind]:
            raise error_of(operation, one.missing)
        if self.holds[id]:
            self.refused += 1
            raise error_of(
                operation, "VolumeInUse" if one.id == "VolumeId" else "DependencyViolation"
            )
        if one.id == "InstanceId":
            self.ending.setdefault(id, self.now + TERMINATION)
            item = self.there[one.kind][id]
            self.there[one.kind][id] = {**item, "State": {"Name": "shutting-down", "Code": 32}}
        else:
            self._remove(one.kind, id)
        return {}

    def _DescribeInstanceAttribute(self, arguments: Item) -> Item:
        name = arguments["Attribute"]
        return {name[0].upper() + name[1:]: {"Value": False}}

    def _DescribeStackResources(self, _: Item) -> Item:
        message = "Stack for it does not exist"
        raise error_of("DescribeStackResources", "ValidationError", message)

    def _ListQueues(self, arguments: Item) -> Item:
        prefix = arguments.get("QueueNamePrefix")
        if prefix is not None:
            url = f"{QUEUES}{prefix}"
            return {"QueueUrls": [url] if url in self.there["aws_sqs_queue"] else []}
        found, after = page(
            self.there["aws_sqs_queue"], arguments.get("NextToken"), arguments["MaxResults"]
        )
        return {"QueueUrls": found, **after}

    def _GetQueueAttributes(self, arguments: Item) -> Item:
        return {"Attributes": self._queue("GetQueueAttributes", arguments)}

    def _ListQueueTags(self, arguments: Item) -> Item:
        self._queue("ListQueueTags", arguments)
        return {"Tags": QUEUE_TAGS}

    def _DeleteQueue(self, arguments: Item) -> Item:
        self._queue("DeleteQueue", arguments)
        self._remove("aws_sqs_queue", arguments["QueueUrl"])
        return {}

    def _queue(self, operation: str, arguments: Item) -> Item:
        found = self.there["aws_sqs_queue"].get(arguments["QueueUrl"])
        if found is None:
            raise error_of(operation, "AWS.SimpleQueueService.NonExistentQueue")
        return found

    def _GetAccountAuthorizationDetails(self, arguments: Item) -> Item:
        roles = self.there["aws_iam_role"].values()
        found, after = page(roles, arguments.get("Marker"), PAGE_OF_ROLES)
        found = [{**one, **NO_POLICIES} for one in found]
        marker = {"IsTruncated": True, "Marker": after["NextToken"]} if after else {}
        return {"RoleDetailList": found, "IsTruncated": False, **marker}

    def _GetRole(self, arguments: Item) -> Item:
        found = self.there["aws_iam_role"].get(arguments["RoleName"])
        if found is None:
            raise error_of("GetRole", "NoSuchEntity")
        return {"Role": found}

    def _DeleteRole(self, arguments: Item) -> Item:
        self._GetRole(arguments)
        self._remove("aws_iam_role", arguments["RoleName"])
        return {}


def is_ended(item: Item) -> bool:
    """Return whether an item describes a terminated instance."""
    state = item.get("State")
    return isinstance(state, dict) and state.get("Name") == "terminated"


def page(items: Iterable[Any], token: str | None, size: int) -> tuple[list[Any], Item]:
    """Return one page of a list, and the token of the next one."""
    listed, begin = list(items), int(token or 0)
    end = begin + size
    return listed[begin:end], {"NextToken": str(end)} if end < len(listed) else {}


def application(number: int) -> Iterator[tuple[str, str, Item, tuple[str, ...]]]:
    """Yield kind, id, description and what it holds, of the resources of an application."""
    vpc, group = f"vpc-{number:017x}", f"sg-{number:017x}"
    yield "aws_vpc", vpc, {"VpcId": vpc, "OwnerId": ACCOUNT, "Tags": EXPIRED}, ()
    subnets = [f"subnet-{2 * number + one:017x}" for one in range(2)]
    for id in subnets:
        item = {"SubnetId": id, "VpcId": vpc, "OwnerId": ACCOUNT, "Tags": EXPIRED}
        yield "aws_ec2_subnet", id, item, (vpc,)
    own = {"GroupId": group, "GroupName": f"app-{number}", "VpcId": vpc, "OwnerId": ACCOUNT}
    rules: Item = {"IpPermissions": [], "IpPermissionsEgress": []}
    yield "aws_ec2_security_group", group, {**own, **rules, "Tags": EXPIRED}, (vpc,)
    for one in range(4):
        instance, volume = f"i-{4 * number + one:017x}", f"vol-{4 * number + one:017x}"
        subnet = subnets[one % 2]
        yield (
            "aws_ec2_instance",
            instance,
            _instance(instance, volume, subnet, group, vpc),
            (volume, subnet, group),
        )
        attached = {"InstanceId": instance, "VolumeId": volume, "State": "attached"}
        disk: Item = {"VolumeId": volume, "State": "in-use", "Size": 8, "CreateTime": NOW}
        yield "aws_ec2_volume", volume, {**disk, "Attachments": [attached], "Tags": EXPIRED}, ()
    for one in range(6):
        name = f"app-{number}-{one}"
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
        yield "aws_sqs_queue", f"{QUEUES}{name}", {"QueueArn": arn}, ()
    for one in range(2):
        name = f"app-{number}-{one}"
        arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
        own = {"RoleName": name, "RoleId": f"AROA{number}{one}", "Arn": arn, "Path": "/"}
        yield "aws_iam_role", name, {**own, "CreateDate": NOW, "Tags": EXPIRED}, ()


def _instance(id: str, volume: str, subnet: str, group: str, vpc: str) -> Item:
    device = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeId": volume, "DeleteOnTermination": False}}
    return {
        "InstanceId": id,
        "State": {"Name": "running", "Code": 16},
        "LaunchTime": NOW,
        "SubnetId": subnet,
        "VpcId": vpc,
        "SecurityGroups": [{"GroupId": group, "GroupName": "app"}],
        "BlockDeviceMappings": [device],
        "Tags": EXPIRED,
    }
