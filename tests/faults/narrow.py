"""Runs that collect only the kinds under test, in a tenth of the time of a full run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import boto3

from ebbtide.plan import Plan
from ebbtide.store.keys import RunKeys
from tests.integration.workflow import ACCOUNT, REGION, Workflow, with_evidence

EXPIRED = [{"Key": "ebbtide:expires", "Value": "2020-01-01"}]
EXPIRED_TAGS = {"ebbtide:expires": "2020-01-01"}
ALONE: Mapping[str, Any] = {"percent_of_account": 100}
# The kinds deleted with a VPC, as in the network of the integration tests.
VPC_PARTS = (
    "aws_alb",
    "aws_ec2_elastic_ip",
    "aws_ec2_internet_gateway",
    "aws_ec2_nat_gateway",
    "aws_ec2_network_interface",
    "aws_ec2_route_table",
    "aws_ec2_security_group",
    "aws_ec2_subnet",
    "aws_vpc",
    "aws_vpc_endpoint",
)


def database_cluster(
    customer: boto3.session.Session, tags: Sequence[Mapping[str, str]] = ()
) -> None:
    """Create an expired cluster `c` with the member `m`, which has these tags."""
    rds = customer.client("rds")
    rds.create_db_cluster(
        DBClusterIdentifier="c",
        Engine="aurora-mysql",
        MasterUsername="u",
        MasterUserPassword="passw0rd1",
        Tags=EXPIRED,
    )
    rds.create_db_instance(
        DBInstanceIdentifier="m",
        DBInstanceClass="db.r5.large",
        Engine="aurora-mysql",
        DBClusterIdentifier="c",
        Tags=[*tags],
    )


def about(*kinds: str) -> list[str]:
    """Return these kinds and those that a plan must know before it deletes one of them."""
    return with_evidence(kinds)


def configure(
    workflow: Workflow,
    kinds: Iterable[str],
    *,
    rules: Mapping[str, Mapping[str, Any]] | None = None,
    limits: Mapping[str, Any] = ALONE,
    **sections: Any,
) -> None:
    """Configure a cleanup of these kinds only, by default with the rule `expired`."""
    enabled = {"expired": {}} if rules is None else rules
    workflow.configure(
        collect={"regions": [REGION], "kinds": {"include": sorted(kinds)}},
        rules={name: {"enabled": True, **options} for name, options in enabled.items()},
        cleanup={"enabled": True, "dry_run": False, "limits": dict(limits)},
        **sections,
    )


def planned_run(workflow: Workflow) -> tuple[str, Plan]:
    """Collect and plan, and return the run id and the plan."""
    run_id = workflow.collect()
    return run_id, workflow.plan(run_id)


def subjects(plan: Plan) -> set[str]:
    """Return the names of all planned resources, including those that AWS deletes with others."""
    return {entry.subject.name for entry in plan.planned}


def ends_within(workflow: Workflow, run_id: str, minutes: float = 1) -> bool:
    """Run ticks until the cleanup is done; False if their waits exceed the given minutes."""
    waited = timedelta()
    while waited <= timedelta(minutes=minutes):
        at = workflow.now + waited
        answer = workflow.tick(run_id, clock=lambda at=at: at)
        if answer["done"]:
            return True
        waited += timedelta(seconds=answer["wait_seconds"])
    return False


def reasons(workflow: Workflow, run_id: str) -> dict[str, str]:
    """Return the reasons in the state of the cleanup: graph id -> reason."""
    state = workflow.bucket.read_json(RunKeys(run_id).cleanup(ACCOUNT, "state.json"))
    return {name: entry["reason"] for name, entry in state["resources"].items()}
