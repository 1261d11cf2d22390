"""What a run really announces keeps the contract, and what automations answer has its effect."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from ebbtide.automation import parse
from ebbtide.deployment.event_data import DATA
from ebbtide.deployment.events import HOOKABLE_EVENTS
from ebbtide.store.keys import CLAIM, RunKeys
from tests.integration.workflow import ACCOUNT, REGION, Workflow
from tests.support.event_schema import by_schema, unknown_fields
from tests.support.in_process import Deployment
from tests.support.interpreter import TaskError

pytestmark = pytest.mark.about("aws_ec2_volume", "aws_ec2_snapshot")

DELETING = {"enabled": True, "dry_run": False}


@pytest.fixture
def deployment(workflow: Workflow) -> Deployment:
    return Deployment(workflow.bucket, ACCOUNT, REGION)


def volume(customer: boto3.session.Session, **tags: str) -> str:
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    made = customer.client("ec2").create_volume(
        AvailabilityZone=f"{REGION}a",
        Size=8,
        TagSpecifications=[{"ResourceType": "volume", "Tags": listed}] if listed else [],
    )
    return f"{ACCOUNT}/{REGION}/aws_ec2_volume/{made['VolumeId']}"


def left(customer: boto3.session.Session) -> set[str]:
    found = customer.client("ec2").describe_volumes()["Volumes"]
    return {f"{ACCOUNT}/{REGION}/aws_ec2_volume/{one['VolumeId']}" for one in found}


def refuse(_event: Any) -> Any:
    raise TaskError("NotApproved", "a freeze until Monday")


def silent(_event: Any) -> Any:
    raise TaskError("States.Timeout", "")


def marking(*marks: tuple[str, str, str]) -> Any:
    given = [{"id": name, "mark": mark, "reason": why} for name, mark, why in marks]
    return lambda _event: {"marks": given}


def automation(name: str, event: str, **rest: Any) -> dict[str, Any]:
    return {"name": name, "event": event, **rest}


def test_whatever_a_run_announces_keeps_the_contract(
    deployment: Deployment, workflow: Workflow, customer: boto3.session.Session
) -> None:
    volume(customer, expiration="1h")
    job = {"name": "tell", "search": "is(volume)", "action": {"notify": {"event": "found"}}}
    early = {**job, "name": "too-early", "event": "workflow_started"}
    everywhere = [automation(f"at {event}", event) for event in HOOKABLE_EVENTS]
    rest: dict[str, Any] = {
        "cleanup": DELETING,
        "rules": {"expired": {"enabled": True}},
        "jobs": [early, {**job, "event": "post_collect"}],
    }
    workflow.configure(**rest, automations=everywhere)
    deployment.run("first")
    workflow.configure(**rest, automations=[automation("veto", "pre_cleanup")])
    deployment.answers["veto"] = refuse
    deployment.run("second")
    workflow.bucket.write_json(CLAIM, {"run_id": "other", "execution": "arn:other"})
    deployment.run("third")
    workflow.bucket.delete(CLAIM)
    workflow.bucket.write_text("config/ebbtide.yaml", "cleanup: {enabeld: true}")
    with pytest.raises(TaskError, match="ConfigError"):
        deployment.run("fourth")

    names = {one["detail-type"] for one in deployment.events}
    assert names == {*DATA, *(f"await_{event}" for event in HOOKABLE_EVENTS)}
    for event in deployment.events:
        name = event["detail-type"]
        assert by_schema(event, name), event
        assert list(unknown_fields(parse(event).data)) == [], event
    reports = [one["data"]["report"] for one in deployment.named("post_generate_metrics")]
    assert reports == [RunKeys(name).report for name in ("first", "second")]
    assert all("<html" in workflow.bucket.read_text(key) for key in reports)
    (held,) = deployment.named("cleanup_held")
    assert (held["run_id"], held["data"]["held_by"]) == ("second", ["veto"])
    for early_failure in deployment.named("job_failed"):
        assert early_failure["data"]["cause"].startswith("job too-early: JobError: no snapshot")
    (failed,) = deployment.named("workflow_failed")
    assert failed["data"]["cause"].startswith("s3://")


def test_marks_decide_what_a_run_deletes(
    deployment: Deployment, workflow: Workflow, customer: boto3.session.Session
) -> None:
    named, kept, late, lasting = (volume(customer) for _ in range(4))
    workflow.configure(
        cleanup=DELETING,
        automations=[
            automation("owners", "post_collect", marks="clean"),
            automation("keeper", "cleanup_plan", marks="keep"),
            automation("calendar", "post_cleanup_plan", marks="keep"),
            automation("freeze", "cleanup", marks="keep"),
        ],
    )
    deployment.answers |= {
        "owners": marking(*((one, "clean", "no owner") for one in (named, kept, late, lasting))),
        "keeper": marking((kept, "keep", "a release")),
        "calendar": marking((late, "keep", "still mounted")),
        "freeze": marking((lasting, "keep", "month end")),
    }
    deployment.run("first")
    assert left(customer) == {kept, late, lasting}
    keys = RunKeys("first")
    plan = workflow.bucket.read_json(keys.plan(ACCOUNT))
    assert {one["subject"]["graph_id"]: one["rules"] for one in plan["planned"]} == {
        one: ["automation:owners"] for one in (named, late, lasting)
    }
    (refused,) = plan["refused"]
    assert refused["reason"] == "protected by automation keeper: a release"
    state = workflow.bucket.read_json(keys.cleanup(ACCOUNT, "state.json"))["resources"]
    assert {name: (one["status"], one["reason"]) for name, one in state.items()} == {
        named: ("gone", "confirmed by reading it again"),
        late: ("skipped", "is now protected by automation calendar: still mounted"),
        lasting: ("skipped", "is now protected by automation freeze: month end"),
    }


@pytest.mark.parametrize(
    ("event", "answer"),
    [
        ("cleanup_plan", silent),
        pytest.param("post_cleanup_plan", refuse, marks=pytest.mark.full),
        ("cleanup", lambda _event: {"marks": "all"}),
    ],
)
def test_nothing_goes_while_what_is_kept_is_unknown(
    deployment: Deployment,
    workflow: Workflow,
    customer: boto3.session.Session,
    event: str,
    answer: Any,
) -> None:
    one = volume(customer)
    reaction = {"on_error": "continue", "on_timeout": "continue"}
    workflow.configure(
        cleanup=DELETING,
        automations=[
            automation("owners", "post_collect", marks="clean"),
            automation("keeper", event, marks="keep", **reaction),
        ],
    )
    deployment.answers |= {"owners": marking((one, "clean", "no owner")), "keeper": answer}
    deployment.run("first")
    assert left(customer) == {one}
    deployment.answers["keeper"] = marking()
    deployment.run("second")
    assert left(customer) == set()


@pytest.mark.full
def test_owner_of_what_is_kept_stays_with_it(
    deployment: Deployment, workflow: Workflow, customer: boto3.session.Session
) -> None:
    ec2 = customer.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]
    of_vpc = f"{ACCOUNT}/{REGION}/aws_vpc/{vpc}"
    of_subnet = f"{ACCOUNT}/{REGION}/aws_ec2_subnet/{subnet}"
    workflow.configure(
        kinds=("aws_vpc", "aws_ec2_subnet"),
        cleanup=DELETING,
        automations=[
            automation("owners", "post_collect", marks="clean"),
            automation("keeper", "cleanup", marks="keep"),
        ],
    )
    deployment.answers |= {
        "owners": marking((of_vpc, "clean", "old"), (of_subnet, "clean", "old")),
        "keeper": marking((of_subnet, "keep", "in use")),
    }
    deployment.run("first")
    assert [one["VpcId"] for one in ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"]] == [vpc]
    assert ec2.describe_subnets(SubnetIds=[subnet])["Subnets"]
    deployment.answers["keeper"] = marking()
    deployment.run("second")
    state = workflow.bucket.read_json(RunKeys("second").cleanup(ACCOUNT, "state.json"))
    assert {one["status"] for one in state["resources"].values()} == {"gone"}


def test_new_automation_that_cleans_reports_first(
    deployment: Deployment, workflow: Workflow, customer: boto3.session.Session
) -> None:
    one = volume(customer)
    workflow.configure(
        cleanup={**DELETING, "first_run": "report"},
        automations=[automation("owners", "post_collect", marks="clean")],
    )
    deployment.answers["owners"] = marking((one, "clean", "no owner"))
    deployment.run("first")
    assert left(customer) == {one}
    plan = workflow.bucket.read_json(RunKeys("first").plan(ACCOUNT))
    assert plan["first_run"] == ["automation:owners"]
    assert [entry["subject"]["graph_id"] for entry in plan["reported"]] == [one]
    deployment.run("second")
    assert left(customer) == set()
