"""What EC2 and RDS say of an instance now, and the calls that start and stop it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_GROUP_TAG = "aws:autoscaling:groupName"


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance as AWS describes it now; `fixed` says why it cannot be started and stopped."""

    id: str
    state: str
    tags: Mapping[str, str]
    fixed: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """How to read, start and stop the instances of one kind."""

    name: str
    running: str
    stopped: str
    # Yields at least those with the ids, if they exist.
    describe: Callable[[Any, Iterable[str]], Iterable[Instance]]
    start: Callable[[Any, str], object]
    stop: Callable[[Any, str], object]


def _tags(given: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in given}


def _describe_servers(client: Any, ids: Iterable[str]) -> Iterable[Instance]:
    # A filter, unlike InstanceIds, does not fail for those that are gone; it takes 200 values.
    wanted = list(ids)
    for begin in range(0, len(wanted), 200):
        filters = [{"Name": "instance-id", "Values": wanted[begin : begin + 200]}]
        for page in client.get_paginator("describe_instances").paginate(Filters=filters):
            for reservation in page["Reservations"]:
                yield from map(_server, reservation["Instances"])


def _server(found: Mapping[str, Any]) -> Instance:
    tags = _tags(found.get("Tags", ()))
    fixed = ""
    if _GROUP_TAG in tags:
        fixed = "its Auto Scaling group would replace it"
    elif found.get("InstanceLifecycle") == "spot":
        fixed = "it is a spot instance"
    elif found.get("RootDeviceType") != "ebs":
        fixed = "its root device is not an EBS volume"
    return Instance(found["InstanceId"], found["State"]["Name"], tags, fixed)


def _describe_databases(client: Any, _ids: Iterable[str]) -> Iterable[Instance]:
    for page in client.get_paginator("describe_db_instances").paginate():
        yield from map(_database, page["DBInstances"])


def _database(found: Mapping[str, Any]) -> Instance:
    fixed = ""
    if found.get("DBClusterIdentifier"):
        fixed = "it belongs to a cluster"
    elif found.get("ReadReplicaSourceDBInstanceIdentifier"):
        fixed = "it is a read replica"
    elif found.get("ReadReplicaDBInstanceIdentifiers"):
        fixed = "it has read replicas"
    tags = _tags(found.get("TagList", ()))
    return Instance(found["DBInstanceIdentifier"], found["DBInstanceStatus"], tags, fixed)


SERVICES = {
    "aws_ec2_instance": Service(
        "ec2",
        "running",
        "stopped",
        _describe_servers,
        lambda client, id: client.start_instances(InstanceIds=[id]),
        lambda client, id: client.stop_instances(InstanceIds=[id]),
    ),
    "aws_rds_instance": Service(
        "rds",
        "available",
        "stopped",
        _describe_databases,
        lambda client, id: client.start_db_instance(DBInstanceIdentifier=id),
        lambda client, id: client.stop_db_instance(DBInstanceIdentifier=id),
    ),
}
