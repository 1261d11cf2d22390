"""When databases of RDS are never deleted."""

from __future__ import annotations

from ebbtide.model.deletion import NeverDelete

# AWS refuses a final snapshot of a cluster member and of a read replica, whose data is elsewhere.
NO_FINAL_SNAPSHOT = "(DBClusterIdentifier || ReadReplicaSourceDBInstanceIdentifier)"

_PROTECTED = NeverDelete(
    "DeletionProtection", "its deletion protection is on", "rds:DBCluster", protects=True
)
_STATES = '`["failed", "incompatible-restore", "incompatible-network"]`'

# Without a final snapshot, the data would be lost.
INSTANCE_STAYS = (
    _PROTECTED,
    NeverDelete(
        f"!{NO_FINAL_SNAPSHOT} && contains({_STATES}, DBInstanceStatus)",
        "AWS makes no final snapshot of it in its state",
        "rds:DeleteDBInstance",
    ),
    NeverDelete(
        f"!{NO_FINAL_SNAPSHOT} && starts_with(Engine || '', 'custom-')",
        "AWS makes no final snapshot of an RDS Custom database",
        "rds:DeleteDBInstanceMessage",
    ),
)
CLUSTER_STAYS = (
    _PROTECTED,
    NeverDelete(
        "GlobalClusterIdentifier",
        "it is a member of a global cluster",
        "rds:RemoveFromGlobalCluster",
    ),
)
