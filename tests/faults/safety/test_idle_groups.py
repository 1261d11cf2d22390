"""A balancer whose target groups serve nothing goes, together with the groups."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import boto3
import pytest

from tests.faults.narrow import configure, planned_run
from tests.faults.safety.estate import balancers, make_balancer, make_target_group
from tests.faults.safety.test_reasons import BALANCER_KINDS
from tests.integration.workflow import Workflow


@pytest.mark.parametrize("tagged", [True, False], ids=["created by its tag", "watched"])
def test_a_balancer_goes_with_its_idle_group(
    workflow: Workflow, customer: boto3.session.Session, tagged: bool
) -> None:
    begun = datetime.now(UTC)
    age = {"Tags": [{"Key": "ebbtide:created", "Value": (begun - timedelta(days=30)).isoformat()}]}
    configure(workflow, BALANCER_KINDS, rules={"load_balancers": {"min_age": "2d"}})
    make_target_group(customer, make_balancer(customer, **age), **(age if tagged else {}))
    for day in range(1 if tagged else 3):
        workflow.now = begun + timedelta(days=day)
        workflow.release(workflow.collect())
    workflow.now += timedelta(days=1)
    run_id, _ = planned_run(workflow)
    workflow.clean(run_id)
    assert balancers(customer) == 0
    assert not customer.client("elbv2").describe_target_groups()["TargetGroups"]
