"""Several resources that one call describes, in an account in which some have vanished."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from tests.faults.narrow import EXPIRED
from tests.faults.wire import Wire, wire
from tests.integration.workflow import REGION, Workflow

__all__ = ["wire"]

pytestmark = pytest.mark.about("aws_ec2_volume")

COUNT = 4


def volumes(ec2: Any) -> list[str]:
    tags = [{"ResourceType": "volume", "Tags": EXPIRED}]
    zone = f"{REGION}a"
    return [
        ec2.create_volume(AvailabilityZone=zone, Size=1, TagSpecifications=tags)["VolumeId"]
        for _ in range(COUNT)
    ]


@pytest.mark.parametrize("vanished", [0, 1, COUNT])
def test_what_vanished_since_the_plan_keeps_no_other(
    workflow: Workflow, customer: boto3.session.Session, wire: Wire, vanished: int
) -> None:
    """One id that EC2 does not know fails the call about all of them."""
    ec2: Any = customer.client("ec2", REGION)
    ids = volumes(ec2)
    limits = {"percent_of_account": 100}
    workflow.configure(
        rules={"expired": {"enabled": True}},
        cleanup={"enabled": True, "dry_run": False, "limits": limits},
    )
    run_id = workflow.collect()
    assert len(workflow.plan(run_id).planned) == COUNT
    for id in ids[:vanished]:
        ec2.delete_volume(VolumeId=id)
    asked: list[int] = []
    wire.examine("DescribeVolumes", lambda given: asked.append(len(given.get("VolumeIds", ()))))
    workflow.clean(run_id)
    made = list(asked)
    assert ec2.describe_volumes()["Volumes"] == []
    # The first verification, and the second one of those that are left.
    left = COUNT - vanished
    assert [count for count in made if count > 1] == [COUNT, *[left] * (left > 1)]
    # Each is confirmed by a read of its own. A call that failed is followed by one for each.
    assert made.count(1) == left + (COUNT if vanished else 0)
