"""Limits on a run while other runs claim, replace or repeat what it relies on."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from ebbtide import graph
from ebbtide.base.errors import ConflictError, EbbtideError, PlanError
from ebbtide.store.keys import CLAIM, RunKeys
from tests.faults.narrow import EXPIRED, EXPIRED_TAGS, about, configure, planned_run, reasons
from tests.faults.safety.estate import make_balancer, make_target_group
from tests.faults.wire import Wire
from tests.integration.test_cleanup import name_of, volume, volumes
from tests.integration.workflow import ACCOUNT, Workflow

type Session = boto3.session.Session

VOLUME_KINDS = about("aws_ec2_volume")


def test_all_that_a_small_account_owns_is_beyond_the_limits(
    workflow: Workflow, customer: Session, wire: Wire
) -> None:
    configure(workflow, [*VOLUME_KINDS, "aws_ec2_subnet"], limits={})
    for _ in range(24):
        volume(customer)
    wire.alter("DescribeSubnets", lambda _, answer: multiply(answer["Subnets"], 300))
    run_id, plan = planned_run(workflow)
    assert len(plan.planned) == 24
    assert workflow.bucket.read_json(RunKeys(run_id).plan_summary)["held"]
    workflow.clean(run_id)
    assert len(volumes(customer)) == 24


def multiply(subnets: list[dict[str, Any]], times: int) -> None:
    """Append copies of the first subnet, because accounts with all regions have many defaults."""
    assert all(subnet["DefaultForAz"] for subnet in subnets)
    for number in range(times):
        subnets.append({**subnets[0], "SubnetId": f"subnet-{number:08x}"})


def test_a_run_id_used_again_carries_out_its_protecting_job(
    workflow: Workflow, customer: Session
) -> None:
    keep = {
        "name": "keep",
        "event": "post_collect",
        "search": 'is(aws_ec2_volume) and tags.env == "prod"',
        "action": {"protect": {"reason": "prod"}},
    }
    configure(workflow, VOLUME_KINDS, jobs=[keep])
    workflow.collect("nightly")
    workflow.run_jobs("nightly", "post_collect")
    workflow.release("nightly")
    # Step Functions allows reuse of an execution name after 90 days.
    workflow.now += timedelta(days=91)
    found = volume(customer, tags=[*EXPIRED, {"Key": "env", "Value": "prod"}])
    # Refusing the run is also correct.
    with suppress(EbbtideError, AssertionError):
        workflow.collect("nightly")
        workflow.run_jobs("nightly", "post_collect")
        workflow.plan("nightly")
        workflow.clean("nightly")
    assert volumes(customer) == {found}


def test_a_run_that_lost_its_claim_publishes_nothing(workflow: Workflow) -> None:
    configure(workflow, VOLUME_KINDS)
    assert workflow.claim("old")["claimed"]
    workflow.discover("old")
    for task in workflow.work("old"):
        workflow.collect_task("old", task)
    workflow.merge("old")
    workflow.release("old")
    workflow.now += timedelta(days=13)
    workflow.release(workflow.collect("new"))
    with suppress(EbbtideError):
        workflow.publish("old")
    current = graph.current_manifest(workflow.bucket)
    assert current is not None
    assert current.run_id == "new"


def test_a_plan_other_than_the_summarised_one_is_not_carried_out(
    workflow: Workflow, customer: Session
) -> None:
    configure(workflow, VOLUME_KINDS, limits={"per_run": 1, "percent_of_account": 100})
    waste = {volume(customer) for _ in range(3)}
    run_id, plan = planned_run(workflow)
    keys = RunKeys(run_id)
    assert workflow.bucket.read_json(keys.plan_summary)["held"]
    small = replace(plan, planned=plan.planned[:1]).sealed()
    workflow.bucket.write_json(keys.plan(ACCOUNT), small.to_json())
    assert not workflow.summarise_plans(run_id)["held"]
    workflow.bucket.write_json(keys.plan(ACCOUNT), plan.to_json())
    with suppress(PlanError):
        workflow.clean(run_id)
    assert volumes(customer) == waste


def test_a_dry_run_that_becomes_a_real_one_in_the_bucket_deletes_nothing(
    workflow: Workflow, customer: Session
) -> None:
    configure(workflow, VOLUME_KINDS)
    text = workflow.bucket.read_text("config/ebbtide.yaml")
    workflow.bucket.write_text(
        "config/ebbtide.yaml", text.replace("dry_run: false", "dry_run: true")
    )
    waste = volume(customer)
    run_id, plan = planned_run(workflow)
    assert len(plan.planned) == 1
    record = workflow.bucket.read_json(RunKeys(run_id).run)
    assert record["config"]["cleanup"]["dry_run"]
    record["config"]["cleanup"]["dry_run"] = False
    workflow.bucket.write_json(RunKeys(run_id).run, record)
    with pytest.raises(PlanError, match="configuration"):
        workflow.clean(run_id)
    assert volumes(customer) == {waste}


def test_a_long_name_does_not_stop_the_cleanup_of_its_account(
    workflow: Workflow, customer: Session, wire: Wire
) -> None:
    configure(workflow, about("aws_ec2_volume", "aws_ssm_parameter"))
    # AWS allows 15 levels and 1,011 characters.
    name = "/" + "/".join(["parameter" * 7] * 15)
    customer.client("ssm").put_parameter(Name=name, Value="x", Type="String", Tags=EXPIRED)
    waste = volume(customer)
    run_id, plan = planned_run(workflow)
    assert len(plan.planned) == 2
    # moto does not limit the length of keys.
    wire.examine("PutObject", refuse_long_key)
    for _ in range(3):
        with suppress(ClientError):
            workflow.tick(run_id)
    assert waste not in volumes(customer)
    assert set(workflow.outcomes(run_id).values()) == {"gone"}
    prefix = RunKeys(run_id).cleanup(ACCOUNT, "restore/us-east-1/aws_ssm_parameter/")
    (key,) = workflow.bucket.keys(prefix)
    assert workflow.bucket.read_json(key)["graph_id"].endswith(name)


@pytest.mark.parametrize("code", ["AccessDenied", "InternalError", "InvalidRequest"])
def test_what_cannot_be_recorded_fails_alone_and_stays(
    workflow: Workflow, customer: Session, wire: Wire, code: str
) -> None:
    configure(workflow, VOLUME_KINDS)
    refused, waste = volume(customer), volume(customer)
    run_id, plan = planned_run(workflow)
    assert len(plan.planned) == 2

    def refuse(arguments: Any) -> None:
        if "/restore/" in arguments["Key"] and refused in arguments["Key"]:
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, "PutObject")

    wire.examine("PutObject", refuse)
    workflow.clean(run_id)
    assert volumes(customer) == {refused}
    assert workflow.outcomes(run_id) == {name_of(refused): "failed", name_of(waste): "gone"}
    assert code in reasons(workflow, run_id)[name_of(refused)]


def test_an_owner_stays_if_what_goes_with_it_cannot_be_recorded(
    workflow: Workflow, customer: Session, wire: Wire
) -> None:
    configure(workflow, about("aws_alb", "aws_alb_target_group"))
    make_target_group(customer, make_balancer(customer, Tags=EXPIRED), Tags=EXPIRED)
    run_id, plan = planned_run(workflow)
    wire.break_off("PutObject", EndpointConnectionError(endpoint_url="https://s3"))

    def refuse(arguments: Any) -> None:
        if "/restore/us-east-1/aws_alb_listener/" not in arguments["Key"]:
            wire.allow("PutObject")
        else:
            wire.break_off("PutObject", EndpointConnectionError(endpoint_url="https://s3"))

    wire.examine("PutObject", refuse)
    workflow.clean(run_id)
    assert not {"DeleteLoadBalancer", "DeleteTargetGroup"} & set(wire.changes)
    ended = workflow.outcomes(run_id)
    kinds = {one.subject.kind: ended[one.subject.graph_id] for one in plan.planned}
    assert kinds["aws_alb"] == "failed"
    assert "gone" not in kinds.values()


def refuse_long_key(arguments: Any) -> None:
    if len(arguments["Key"].encode()) > 1024:
        answer: Any = {"Error": {"Code": "KeyTooLongError", "Message": "Your key is too long"}}
        raise ClientError(answer, "PutObject")


def test_a_turn_whose_claim_was_taken_begins_no_further_deletion(
    workflow: Workflow, customer: Session, wire: Wire
) -> None:
    configure(workflow, about("aws_alb", "aws_alb_target_group"))
    make_target_group(customer, make_balancer(customer, Tags=EXPIRED), Tags=EXPIRED)
    run_id, plan = planned_run(workflow)
    deleted = [entry.subject.kind for entry in plan.planned if entry.action == "delete"]
    assert deleted == ["aws_alb", "aws_alb_target_group"]
    claim = {"run_id": "other", "execution": "arn:x", "workflow": "collect", "claimed_at": "x"}
    wire.ahead_of("DeleteLoadBalancer", lambda: workflow.bucket.write_json(CLAIM, claim))
    with suppress(PlanError):
        workflow.tick(run_id)
    assert "DeleteLoadBalancer" in wire.changes
    assert "DeleteTargetGroup" not in wire.changes


def rule_planned(workflow: Workflow, customer: Session) -> str:
    """Plan to delete an expired rule, which gives up its targets first; return the run."""
    configure(workflow, about("aws_eventbridge_rule"))
    events = customer.client("events")
    events.put_rule(Name="r", ScheduleExpression="rate(1 hour)", Tags=EXPIRED)
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f"
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": arn}])
    run_id, plan = planned_run(workflow)
    assert len(plan.planned) == 1
    return run_id


def test_a_turn_whose_claim_was_taken_while_it_prepared_deletes_nothing(
    workflow: Workflow, customer: Session, wire: Wire
) -> None:
    run_id = rule_planned(workflow, customer)
    claim = {"run_id": "other", "execution": "arn:x", "workflow": "collect", "claimed_at": "x"}
    wire.ahead_of("RemoveTargets", lambda: workflow.bucket.write_json(CLAIM, claim))
    with pytest.raises(PlanError):
        workflow.tick(run_id)
    assert "RemoveTargets" in wire.changes
    assert "DeleteRule" not in wire.changes
    key = RunKeys(run_id).cleanup(ACCOUNT, "ledger.jsonl")
    assert "remove_targets" in workflow.bucket.read_text(key)


@pytest.mark.parametrize("ending", ["killed", "over"])
def test_the_next_turn_goes_on_where_one_ended(
    workflow: Workflow, customer: Session, wire: Wire, ending: str
) -> None:
    """A killed turn is retried, or another one goes on once its lease is over."""
    configure(workflow, VOLUME_KINDS)
    volume(customer)
    run_id, _ = planned_run(workflow)
    kills = [1]

    def kill() -> None:
        if kills:
            kills.pop()
            raise KeyboardInterrupt

    wire.ahead_of("DeleteVolume", kill)
    with pytest.raises(KeyboardInterrupt):
        workflow.tick(run_id)
    later = workflow.now
    if ending == "over":
        workflow.failed_turns.clear()
        waiting = workflow.tick(run_id)
        assert not waiting["done"]
        assert volumes(customer)
        later = datetime.now(UTC) + timedelta(seconds=waiting["wait_seconds"])
    assert workflow.tick(run_id, clock=lambda: later)["gone"] == 1
    assert not volumes(customer)


def test_a_second_turn_does_not_repeat_the_call_of_the_first(
    workflow: Workflow, customer: Session, wire: Wire
) -> None:
    configure(workflow, VOLUME_KINDS)
    volume(customer)
    run_id, _ = planned_run(workflow)

    def second_turn() -> None:
        with suppress(ConflictError):
            workflow.tick(run_id)

    # The first tick has stored its intention and is about to make the call.
    wire.ahead_of("DeleteVolume", second_turn)
    with suppress(ConflictError):
        workflow.tick(run_id)
    assert wire.changes.count("DeleteVolume") == 1


@pytest.mark.parametrize("operation", ["RemoveTargets", "DeleteRule"])
def test_a_second_turn_repeats_neither_preparation_nor_deletion(
    workflow: Workflow, customer: Session, wire: Wire, operation: str
) -> None:
    run_id = rule_planned(workflow, customer)
    answers: list[dict[str, Any]] = []
    wire.ahead_of(operation, lambda: answers.append(workflow.tick(run_id)))
    assert workflow.clean(run_id)["gone"] == 1
    assert [(answer["done"], answer["wait_seconds"] > 0) for answer in answers] == [(False, True)]
    assert [wire.changes.count(name) for name in ("RemoveTargets", "DeleteRule")] == [1, 1]


def test_a_detail_that_finds_nothing_once_leaves_the_kind_incomplete(
    workflow: Workflow, customer: Session, wire: Wire
) -> None:
    configure(workflow, about("aws_sqs_queue"))
    sqs, events = customer.client("sqs"), customer.client("events")
    sqs.create_queue(QueueName="jobs", tags=EXPIRED_TAGS)
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:jobs"
    events.put_rule(Name="r", ScheduleExpression="rate(1 hour)")
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": arn}])
    wire.refuse("ListTargetsByRule", "ResourceNotFoundException")
    run_id = workflow.collect()
    wire.allow("ListTargetsByRule")
    workflow.plan(run_id)
    workflow.clean(run_id)
    assert len(sqs.list_queues().get("QueueUrls", [])) == 1
