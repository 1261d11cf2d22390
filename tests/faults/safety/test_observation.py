"""Conclusions from several runs: a volume was not in use, or a reference is dead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Event

import boto3
import pytest

from tests.faults.narrow import about, configure, planned_run
from tests.faults.safety.estate import (
    alarms,
    balancers,
    make_balancer,
    make_target_group,
    put_alarm,
    register,
    run_instance,
    use_for_a_while,
)
from tests.faults.wire import Wire
from tests.integration.test_cleanup import volume, volumes
from tests.integration.workflow import Workflow

type Session = boto3.session.Session

BALANCER_KINDS = (
    *about("aws_alb", "aws_alb_target_group"),
    "aws_autoscaling_group",
    "aws_ec2_instance",
)


def watched_once(workflow: Workflow, customer: Session) -> str:
    """Create a volume and collect once while it is unattached; return its id."""
    configure(workflow, about("aws_ec2_volume"), rules={"volumes": {"min_age": "2d"}})
    found = volume(customer, tags=[{"Key": "Name", "Value": "data"}])
    workflow.now = datetime.now(UTC) + timedelta(minutes=5)
    workflow.release(workflow.collect())
    return found


def test_a_volume_used_while_no_run_took_place_stays(workflow: Workflow, customer: Session) -> None:
    found = watched_once(workflow, customer)
    use_for_a_while(customer, found)
    workflow.now += timedelta(days=15)
    run_id, _ = planned_run(workflow)
    workflow.clean(run_id)
    assert found in volumes(customer)


def test_a_volume_used_while_volumes_could_not_be_read_stays(
    workflow: Workflow, customer: Session, wire: Wire
) -> None:
    found = watched_once(workflow, customer)
    wire.refuse("DescribeVolumes", "UnauthorizedOperation")
    for _ in range(2):
        workflow.now += timedelta(days=7)
        run_id, plan = planned_run(workflow)
        workflow.release(run_id)
        assert not plan.planned
    wire.allow("DescribeVolumes")
    use_for_a_while(customer, found)
    workflow.now += timedelta(hours=1)
    run_id, _ = planned_run(workflow)
    workflow.clean(run_id)
    assert found in volumes(customer)


def test_a_volume_that_daily_runs_found_unattached_goes(
    workflow: Workflow, customer: Session
) -> None:
    found = watched_once(workflow, customer)
    for _ in range(3):
        workflow.now += timedelta(days=1)
        workflow.release(workflow.collect())
    workflow.now += timedelta(hours=1)
    run_id, _ = planned_run(workflow)
    workflow.clean(run_id)
    assert found not in volumes(customer)


def after_listing(wire: Wire, listed: str) -> Event:
    """Return a threading event that is set as soon as the list call is answered."""
    answered = Event()
    wire.alter(listed, lambda *_: answered.set())
    return answered


def test_an_alarm_of_an_instance_born_during_the_collect_stays(
    workflow: Workflow, customer: Session, wire: Wire
) -> None:
    configure(workflow, about("aws_cloudwatch_alarm", "aws_ec2_instance"), rules={"alarms": {}})
    listed = after_listing(wire, "DescribeInstances")

    def be_born() -> None:
        assert listed.wait(60)
        put_alarm(customer, "cpu-of-new", run_instance(customer))

    wire.ahead_of("DescribeAlarms", be_born)
    run_id, _ = planned_run(workflow)
    workflow.clean(run_id)
    assert alarms(customer) == {"cpu-of-new"}


def test_a_balancer_whose_server_was_replaced_during_the_collect_stays(
    workflow: Workflow, customer: Session, wire: Wire
) -> None:
    configure(workflow, BALANCER_KINDS, rules={"load_balancers": {}})
    group = make_target_group(customer, make_balancer(customer))
    workflow.now = datetime.now(UTC) + timedelta(days=8)
    workflow.release(workflow.collect())
    workflow.now += timedelta(days=8)
    listed = after_listing(wire, "DescribeInstances")

    def replace_server() -> None:
        assert listed.wait(60)
        register(customer, group, run_instance(customer))

    wire.ahead_of("DescribeTargetHealth", replace_server)
    run_id, _ = planned_run(workflow)
    workflow.clean(run_id)
    assert balancers(customer) == 1


@pytest.mark.parametrize(
    ("namespace", "instance"),
    [
        ("AWS/Connect", "12345678-1234-1234-1234-123456789012"),
        ("CWAgent", "mi-0123456789abcdef0"),
        ("AWS/OpsWorks", "4be4a4a3-fd9c-4c4f-ac9c-3f4bd2ab2f2c"),
        ("AWS/EC2", "i-0123456789ABCDEF0"),
        ("Custom", "i-web-1"),
        ("Custom", "*"),
    ],
)
def test_an_alarm_on_an_instance_of_another_service_stays(
    workflow: Workflow, customer: Session, namespace: str, instance: str
) -> None:
    configure(workflow, about("aws_cloudwatch_alarm", "aws_ec2_instance"), rules={"alarms": {}})
    put_alarm(customer, "calls", instance, namespace)
    run_id, _ = planned_run(workflow)
    workflow.clean(run_id)
    assert alarms(customer) == {"calls"}


def test_an_alarm_on_an_instance_that_is_gone_goes(workflow: Workflow, customer: Session) -> None:
    configure(workflow, about("aws_cloudwatch_alarm", "aws_ec2_instance"), rules={"alarms": {}})
    put_alarm(customer, "dead", "i-0123456789abcdef0")
    workflow.release(workflow.collect())
    workflow.now += timedelta(hours=1)
    run_id, _ = planned_run(workflow)
    workflow.clean(run_id)
    assert alarms(customer) == set()
