"""Snapshots of Lightsail databases."""

from __future__ import annotations

from ebbtide.kinds.lightsail import FAILED
from ebbtide.model.call import Call
from ebbtide.model.deletion import Delete
from ebbtide.model.final_copies import final_copy
from ebbtide.model.kind import Kind, Relation

SNAPSHOT = Kind(
    name="aws_lightsail_database_snapshot",
    bases=("snapshot",),
    list=Call("lightsail", "get_relational_database_snapshots", "relationalDatabaseSnapshots[]"),
    get=Call(
        "lightsail",
        "get_relational_database_snapshot",
        "relationalDatabaseSnapshot",
        relationalDatabaseSnapshotName="{id}",
    ),
    id="name",
    label="name",
    arn="arn",
    tags="tags",
    created="createdAt",
    fields={
        "snapshot_status": "state",
        "volume_size": "sizeInGb",
        "volume_id": "`null`",
        "encrypted": "`null`",
    },
    relations=(
        Relation(
            "fromRelationalDatabaseName",
            "aws_lightsail_database",
            reverse=True,
            strength="origin",
            why="a snapshot has its own copy of the data",
        ),
    ),
    never_delete=(final_copy("name"),),
    fingerprint=("arn", "createdAt", "state"),
    sources={"fingerprint": "lightsail:RelationalDatabaseSnapshot"},
    delete=Delete(
        Call(
            "lightsail",
            "delete_relational_database_snapshot",
            relationalDatabaseSnapshotName="{id}",
        ),
        gone=("NotFoundException",),
        blocked=("OperationFailureException",),
        refused=("InvalidInputException",),
        errors=FAILED,
    ),
)
