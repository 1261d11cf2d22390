"""A part of a whole that AWS does not let go keeps its whole, and both go with a later run."""

from __future__ import annotations

import boto3
import pytest

from ebbtide.store.keys import unfinished_key
from tests.faults.narrow import ends_within
from tests.integration.test_cleanup import (
    NETWORK,
    answering,
    configure,
    name_of,
    network,
    planned,
    vpcs,
    watching,
)
from tests.integration.workflow import ACCOUNT, Workflow

ADDRESS = "aws_ec2_elastic_ip"


@pytest.mark.about(*NETWORK)
def test_an_address_that_is_not_released_is_released_by_the_next_run(
    workflow: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(workflow)
    parts = network(customer)
    address = name_of(parts["address"], ADDRESS)
    run_id = planned(workflow)
    # The address is the last part, and the VPC waits for it.
    with watching(monkeypatch, answering("ReleaseAddress", "AuthFailure")):
        assert ends_within(workflow, run_id, minutes=60)
    outcomes = workflow.outcomes(run_id)
    assert (outcomes[address], parts["vpc"] in vpcs(customer)) == ("failed", True)
    workflow.release(run_id)

    run_id = workflow.collect()
    plan = workflow.plan(run_id)
    left = {one.subject.kind for one in plan.planned if one.action == "delete"}
    assert left == {ADDRESS, "aws_vpc"}
    workflow.clean(run_id)
    assert not customer.client("ec2").describe_addresses()["Addresses"]
    assert parts["vpc"] not in vpcs(customer)
    memory = workflow.bucket.read_json(unfinished_key(ACCOUNT))
    assert memory["resources"] == {}
