"""Makes RDS refuse deletions that would lose data or break a dependent resource."""

from collections.abc import Callable
from typing import Any

from local.emulator.engine import Answer, Params, load, param


def install() -> None:
    """Guard the deletions of clusters, instances and subnet groups."""
    rds = load("services.rds")
    for action, check in _CHECKS.items():
        rds._ACTION_MAP[action] = _guarded(rds, rds._ACTION_MAP[action], check)


def _guarded(
    rds: Any, action: Callable[[Params], Answer], check: Callable[[Any, Params], tuple[str, str]]
) -> Callable[[Params], Answer]:
    def guarded(params: Params) -> Answer:
        code, message = check(rds, params)
        if code:
            refusal: Answer = rds._error(code, message, 400)
            return refusal
        return action(params)

    return guarded


def _final_snapshot(params: Params, name: str) -> tuple[str, str]:
    if param(params, "SkipFinalSnapshot").lower() == "true" or param(params, name):
        return "", ""
    return (
        "InvalidParameterCombination",
        f"{name} is required unless SkipFinalSnapshot is specified.",
    )


def _instance(rds: Any, params: Params) -> tuple[str, str]:
    record = rds._instances.get(param(params, "DBInstanceIdentifier"), {})
    # Members of a cluster have no final snapshot of their own.
    if not record or record.get("DBClusterIdentifier"):
        return "", ""
    return _final_snapshot(params, "FinalDBSnapshotIdentifier")


def _cluster(rds: Any, params: Params) -> tuple[str, str]:
    if param(params, "DBClusterIdentifier") not in rds._clusters:
        return "", ""
    return _final_snapshot(params, "FinalDBSnapshotIdentifier")


def _subnet_group(rds: Any, params: Params) -> tuple[str, str]:
    name = param(params, "DBSubnetGroupName")
    for database in rds._instances.values():
        if (database.get("DBSubnetGroup") or {}).get("DBSubnetGroupName") == name:
            message = (
                f"Cannot delete the subnet group '{name}' because at least one database "
                f"instance: {database['DBInstanceIdentifier']} is still using it."
            )
            return "InvalidDBSubnetGroupStateFault", message
    return "", ""


_CHECKS = {
    "DeleteDBCluster": _cluster,
    "DeleteDBInstance": _instance,
    "DeleteDBSubnetGroup": _subnet_group,
}
