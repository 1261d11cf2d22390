"""Lightsail instances."""

from __future__ import annotations

from ebbtide.model.call import Call
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Kind

# The operations that AWS has begun for a call, where one has failed.
FAILED = "operations[?errorCode].{Code: errorCode, Message: errorDetails}"

INSTANCE = Kind(
    name="aws_lightsail_instance",
    bases=("instance",),
    list=Call("lightsail", "get_instances", "instances[]"),
    get=Call("lightsail", "get_instance", "instance", instanceName="{id}"),
    id="name",
    label="name",
    arn="arn",
    tags="tags",
    created="createdAt",
    fields={
        "instance_type": "bundleId",
        "instance_status": "state.name",
        "instance_cores": "hardware.cpuCount",
        "instance_memory": "hardware.ramSizeInGb",
    },
    fingerprint=("arn", "createdAt", "state"),
    sources={"usual": "ours"},
    delete=Delete(
        Call("lightsail", "delete_instance", instanceName="{id}"),
        gone=("NotFoundException",),
        blocked=("OperationFailureException",),
        errors=FAILED,
        # AWS would require deleting the add-ons (automatic snapshots), which nobody asked for.
        refused=("InvalidInputException",),
        usual=120,
        note="Its system disk is lost; attached disks, manual snapshots and static address stay.",
    ),
)
