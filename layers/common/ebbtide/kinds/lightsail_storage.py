"""Lightsail: databases, disks and static addresses."""

from __future__ import annotations

from ebbtide.kinds.lightsail import FAILED
from ebbtide.model.call import Call
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Kind, Relation

# A pending change would reveal the new password.
_NO_PASSWORD = '`{"pendingModifiedValues": null}`'
_DATABASES = f"relationalDatabases[].merge(@, {_NO_PASSWORD})"
_DATABASE = f"relationalDatabase && merge(relationalDatabase, {_NO_PASSWORD})"

_DATABASE_DELETE = Delete(
    Call(
        "lightsail",
        "delete_relational_database",
        relationalDatabaseName="{id}",
        skipFinalSnapshot=False,
        finalRelationalDatabaseSnapshotName="ebbtide-final-{id}-{digits(createdAt)}",
    ),
    gone=("NotFoundException",),
    blocked=("OperationFailureException",),
    refused=("InvalidInputException",),
    errors=FAILED,
    usual=600,
    note="Leaves a final snapshot, ebbtide-final-...; its automatic backups are lost.",
)

DATABASE = Kind(
    name="aws_lightsail_database",
    bases=("database",),
    list=Call("lightsail", "get_relational_databases", _DATABASES),
    get=Call(
        "lightsail",
        "get_relational_database",
        _DATABASE,
        relationalDatabaseName="{id}",
    ),
    id="name",
    label="name",
    arn="arn",
    tags="tags",
    created="createdAt",
    fields={
        "db_type": "engine",
        "db_status": "state",
        "db_endpoint": "masterEndpoint.address",
        "db_version": "engineVersion",
        "db_publicly_accessible": "publiclyAccessible",
        "instance_type": "relationalDatabaseBundleId",
        "volume_size": "hardware.diskSizeInGb",
        "volume_iops": "`null`",
        "volume_encrypted": "`null`",
    },
    volatile=("latestRestorableTime",),
    fingerprint=("arn", "createdAt", "state"),
    sources={"usual": "ours"},
    delete=_DATABASE_DELETE,
)

DISK = Kind(
    name="aws_lightsail_disk",
    bases=("volume",),
    list=Call("lightsail", "get_disks", "disks[]"),
    get=Call("lightsail", "get_disk", "disk", diskName="{id}"),
    id="name",
    label="name",
    arn="arn",
    tags="tags",
    created="createdAt",
    fields={
        "volume_size": "sizeInGb",
        "volume_type": "`null`",
        "volume_status": "state",
        "volume_iops": "iops",
        "volume_throughput": "`null`",
        "volume_encrypted": "`null`",
    },
    relations=(Relation("attachedTo", "aws_lightsail_instance", reverse=True, deleted_after=True),),
    volatile=("gbInUse",),
    never_delete=(
        NeverDelete("isSystemDisk", "it is the system disk of an instance", "lightsail:Disk"),
    ),
    fingerprint=("arn", "createdAt", "state", "attachedTo"),
    settles=("state", "attachedTo"),
    sources={"settles": "lightsail:Disk"},
    delete=Delete(
        Call("lightsail", "delete_disk", diskName="{id}"),
        gone=("NotFoundException",),
        blocked=("OperationFailureException",),
        errors=FAILED,
        # AWS would require deleting the add-ons (automatic snapshots), which nobody asked for.
        refused=("InvalidInputException",),
        note="Only a snapshot brings it back.",
    ),
)

STATIC_IP = Kind(
    name="aws_lightsail_static_ip",
    bases=("ip_address",),
    list=Call("lightsail", "get_static_ips", "staticIps[]"),
    get=Call("lightsail", "get_static_ip", "staticIp", staticIpName="{id}"),
    id="name",
    label="name",
    arn="arn",
    tags=None,
    created="createdAt",
    fields={"ip_address": "ipAddress"},
    relations=(Relation("attachedTo", "aws_lightsail_instance", reverse=True, deleted_after=True),),
    fingerprint=("arn", "ipAddress", "attachedTo"),
    settles=("attachedTo",),
    sources={"settles": "lightsail:StaticIp"},
    delete=Delete(
        Call("lightsail", "release_static_ip", staticIpName="{id}"),
        gone=("NotFoundException",),
        blocked=("OperationFailureException",),
        errors=FAILED,
        refused=("InvalidInputException",),
        note="The address cannot be recovered.",
    ),
)
