"""A rule that keeps the newest copies counts them again before each deletion."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import boto3
import pytest

from ebbtide.graph import read_manifest
from ebbtide.plan.explaining import explain
from ebbtide.plan.planning import decide
from ebbtide.plan.searched import asked_about
from ebbtide.plan.steps import basis_of
from ebbtide.store.run import read_run
from tests.integration.test_jobs import DELETING, create_volume
from tests.integration.workflow import ACCOUNT, Workflow

pytestmark = pytest.mark.about("aws_ec2_volume", "aws_ec2_snapshot")

RULE = {
    "search": "is(aws_ec2_snapshot) and snapshot_status = completed",
    "reason": "an old copy",
    "enabled": True,
    "min_age": "0s",
    "keep_newest": 2,
    "newest_per": "volume_id",
}


def created(customer: boto3.session.Session, count: int) -> set[str]:
    ec2, volume = customer.client("ec2"), create_volume(customer)
    return {ec2.create_snapshot(VolumeId=volume)["SnapshotId"] for _ in range(count)}


def existing(customer: boto3.session.Session) -> set[str]:
    found = customer.client("ec2").describe_snapshots(OwnerIds=["self"])["Snapshots"]
    return {one["SnapshotId"] for one in found}


def planned(workflow: Workflow) -> tuple[str, set[str]]:
    workflow.configure(rules={"own": {"old": RULE}}, **DELETING)
    workflow.now += timedelta(hours=1)
    run_id = workflow.collect()
    plan = workflow.plan(run_id)
    workflow.summarise_plans(run_id)
    return run_id, {entry.subject.id for entry in plan.planned}


def test_all_but_the_newest_of_each_volume_go(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    many, few = created(customer, 4), created(customer, 2)
    run_id, going = planned(workflow)
    assert len(going) == 2 and going < many
    workflow.clean(run_id)
    assert existing(customer) == (many | few) - going


def test_a_copy_becomes_one_of_the_newest_when_a_newer_one_is_gone(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    copies = created(customer, 4)
    run_id, going = planned(workflow)
    newer = copies - going
    customer.client("ec2").delete_snapshot(SnapshotId=min(newer))
    workflow.clean(run_id)
    left = existing(customer)
    assert len(left) == 2 and newer - {min(newer)} < left
    assert sorted(workflow.outcomes(run_id).values()) == ["gone", "skipped"]


def test_an_explanation_says_that_a_copy_is_one_of_the_newest(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    copies = created(customer, 3)
    run_id, going = planned(workflow)
    run = read_run(workflow.bucket, run_id)
    manifest = read_manifest(workflow.bucket, run.keys.manifest)
    basis = basis_of(workflow.bucket, run, ACCOUNT, run.keys.manifest)

    def said(copy: str) -> Any:
        resource = next(one for one in basis.inventory.resources.values() if one.id == copy)
        asked = asked_about(workflow.bucket, run, manifest, basis.inventory, resource)
        found = explain(decide(basis), resource.graph_id, (), list(asked))
        return {one.name: one for one in found.rules}["old"]

    assert said(min(going)).selects is True
    kept = said(min(copies - going))
    assert kept.selects is False
    assert "one of the newest 2 with volume_id vol-" in kept.reason
