"""A part that outlives its whole is planned again, although no rule selects it any longer."""

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
def test_the_address_of_a_vpc_that_is_gone_is_released_by_the_next_run(
    workflow: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(workflow)
    parts = network(customer)
    address = name_of(parts["address"], ADDRESS)
    run_id = planned(workflow)
    with watching(monkeypatch, answering("ReleaseAddress", "AuthFailure")):
        assert ends_within(workflow, run_id, minutes=60)
    outcomes = workflow.outcomes(run_id)
    assert (outcomes[address], parts["vpc"] in vpcs(customer)) == ("failed", False)
    workflow.release(run_id)

    run_id = workflow.collect()
    plan = workflow.plan(run_id)
    assert {(one.subject.graph_id, one.rules) for one in plan.planned} == {
        (address, ("leftovers",))
    }
    assert workflow.clean(run_id)["gone"] == 1
    assert not customer.client("ec2").describe_addresses()["Addresses"]
    memory = workflow.bucket.read_json(unfinished_key(ACCOUNT))
    assert memory["resources"] == {}
