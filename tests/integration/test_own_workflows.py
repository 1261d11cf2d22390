"""Workflows of the configuration, by their names: which steps, where, and whether they wait."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from ebbtide.base.errors import InputError
from ebbtide.config import Config
from ebbtide.deployment.events import WORKFLOWS
from ebbtide.deployment.inputs import AnnounceRequest, Asked
from ebbtide.deployment.turns import TurnState
from ebbtide.report.progress import Narrator, steps_left
from ebbtide.report.runs import result_of
from ebbtide.store.keys import CLAIM, RunKeys
from ebbtide.store.run import Run, find_run, read_run, store_run
from ebbtide.verdict.snapshot_marks import marks_now
from ebbtide.workflow import announce_events
from tests.integration.test_asked import FAR, OTHER, PLACES, collected, configure, volumes, waste
from tests.integration.workflow import ACCOUNT, REGION, Workflow

__all__ = ["waste"]  # a fixture
pytestmark = pytest.mark.about("aws_ec2_volume")

PLANNING = {"name": "plans", "steps": ["collect", "cleanup_plan"]}
CLEANING = {"name": "clean-far", "steps": ["collect", "cleanup_plan", "cleanup"], "regions": [FAR]}
NARROW = {"name": "narrow", "steps": ["collect"], "accounts": [ACCOUNT], "regions": [REGION]}


def own(workflow: Workflow, *workflows: dict[str, Any], **sections: Any) -> None:
    configure(workflow, workflows=list(workflows), **sections)


def test_a_workflow_of_the_configuration_is_started_by_its_name(workflow: Workflow) -> None:
    own(workflow, PLANNING)
    answer = workflow.claim("one", workflow="plans")
    assert answer["workflow"] == "plans"
    assert [step for step, wanted in answer["steps"].items() if wanted] == PLANNING["steps"]
    assert [turn["work"] for turn in answer["turns"] if "work" in turn] == PLANNING["steps"]
    assert workflow.bucket.read_json(CLAIM)["workflow"] == "plans"
    run = read_run(workflow.bucket, "one")
    assert (run.workflow, list(run.steps)) == ("plans", PLANNING["steps"])


@pytest.mark.parametrize("name", WORKFLOWS)
def test_the_record_of_an_older_run_has_the_steps_of_its_workflow(
    workflow: Workflow, name: str
) -> None:
    store_run(workflow.bucket, Run("one", name, workflow.now, Config()))
    record = workflow.bucket.read_json(RunKeys("one").run)
    assert record.pop("steps") == list(WORKFLOWS[name])
    workflow.bucket.write_json(RunKeys("one").run, record)
    assert read_run(workflow.bucket, "one").steps == WORKFLOWS[name]


def test_a_run_of_an_own_workflow_outlives_its_configuration(workflow: Workflow) -> None:
    own(workflow, PLANNING)
    run_id = workflow.collect(workflow="plans")
    own(workflow)
    workflow.plan(run_id)
    workflow.release(run_id)
    run = find_run(workflow.bucket, run_id)
    assert run is not None and run.steps == ("collect", "cleanup_plan")
    assert list(steps_left(workflow.bucket, run_id)) == []
    assert result_of(workflow.bucket, run_id).is_complete
    told = Narrator(workflow.bucket, run_id, {}).sentences(ended=True)
    assert [one.split(":")[0] for one in told] == ["collect", "cleanup_plan"]
    with pytest.raises(InputError, match="unknown workflow 'plans'"):
        workflow.claim("later", workflow="plans")


def test_an_unknown_name_is_refused_with_all_that_there_are(workflow: Workflow) -> None:
    own(workflow, PLANNING, NARROW)
    before = list(workflow.bucket.keys(""))
    with pytest.raises(InputError) as caught:
        workflow.claim("one", workflow="plan")
    assert str(caught.value) == (
        "unknown workflow 'plan' (did you mean 'plans'?); built in are collect_and_cleanup, "
        "collect, cleanup, metrics; the configuration has plans, narrow"
    )
    assert list(workflow.bucket.keys("")) == before
    own(workflow)
    with pytest.raises(InputError, match=r"the configuration has none$"):
        workflow.claim("one", workflow="plan")


@pytest.mark.parametrize(
    ("limits", "given", "asked"),
    [
        ({}, {}, Asked()),
        ({}, {"accounts": [OTHER]}, Asked(accounts=(OTHER,))),
        ({"accounts": [ACCOUNT]}, {}, Asked(accounts=(ACCOUNT,))),
        ({"accounts": [ACCOUNT, OTHER]}, {"accounts": [OTHER]}, Asked(accounts=(OTHER,))),
        ({"regions": [FAR, "global"]}, {"regions": ["global"]}, Asked(regions=("global",))),
        ({"regions": [FAR]}, {"accounts": [OTHER]}, Asked(accounts=(OTHER,), regions=(FAR,))),
        ({"dry_run": True}, {}, Asked(dry_run=True)),
        ({"dry_run": True}, {"dry_run": False}, Asked(dry_run=True)),
        ({}, {"dry_run": True}, Asked(dry_run=True)),
    ],
)
def test_the_input_narrows_what_a_workflow_covers(
    workflow: Workflow, limits: dict[str, Any], given: dict[str, Any], asked: Asked
) -> None:
    own(workflow, {"name": "own", "steps": ["collect"], **limits})
    workflow.claim("one", workflow="own", **given)
    run = read_run(workflow.bucket, "one")
    assert run.asked == asked
    assert run.config.cleanup.dry_run == asked.dry_run


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"accounts": [ACCOUNT, OTHER]},
            f"accounts: workflow narrow does not cover {OTHER}, but {ACCOUNT}",
        ),
        ({"regions": ["global"]}, f"regions: workflow narrow does not cover global, but {REGION}"),
    ],
)
def test_the_input_never_widens_what_a_workflow_covers(
    workflow: Workflow, given: dict[str, Any], said: str
) -> None:
    own(workflow, NARROW)
    with pytest.raises(InputError, match=said):
        workflow.claim("one", workflow="narrow", **given)
    assert workflow.bucket.find_json(CLAIM) is None


@pytest.mark.parametrize(
    ("overlap", "given", "waits"),
    [
        ("skip", {}, False),
        ("wait", {}, True),
        ("skip", {"wait": True}, True),
        ("wait", {"wait": False}, False),
    ],
)
def test_a_workflow_says_whether_it_waits_and_the_input_knows_better(
    workflow: Workflow, overlap: str, given: dict[str, Any], waits: bool
) -> None:
    own(workflow, {**PLANNING, "overlap": overlap})
    workflow.claim("one")
    second = workflow.claim("two", workflow="plans", **given)
    assert (second["claimed"], second["wait"]) == (False, waits)


def test_an_own_workflow_reads_and_deletes_only_where_it_should(
    workflow: Workflow, waste: dict[tuple[str, str], list[str]]
) -> None:
    own(workflow, CLEANING, dry_run=True)
    workflow.release(workflow.collect())
    own(workflow, CLEANING)
    run_id = workflow.collect(workflow="clean-far")
    for account in (ACCOUNT, OTHER):
        workflow.plan(run_id, account)
        workflow.clean(run_id, account)
    workflow.release(run_id)
    assert volumes() == {**waste, (ACCOUNT, FAR): []}
    assert collected(workflow) == {place: place[1] == FAR for place in PLACES}
    # Searches know what it deleted, although no built-in workflow has its name.
    marks = marks_now(workflow.bucket, run_id, workflow.now)
    (gone,) = waste[(ACCOUNT, FAR)]
    cleaned = [name for name, one in marks.of(ACCOUNT).endings.items() if one.get("cleaned")]
    assert [name.rsplit("/", 1)[-1] for name in cleaned] == [gone]


def test_events_arrive_in_order_under_the_name_of_the_workflow(workflow: Workflow) -> None:
    own(workflow, PLANNING)
    claim = workflow.claim("one", workflow="plans")
    received = Bus()
    turn, work = TurnState().model_dump(mode="json"), []
    while turn["next"] != "end":
        request = AnnounceRequest.model_validate(
            {"run_id": "one", "claim": claim, "turn": turn, "results": RESULTS}
        )
        turn = announce_events(request, workflow.settings, received.client)
        work.append(turn["next"])
    assert work == ["collect", "cleanup_plan", "end"]
    details = received.details()
    assert [detail["event"] for detail in details] == [
        "workflow_started",
        *("pre_collect", "collect", "post_collect"),
        *("pre_cleanup_plan", "cleanup_plan", "post_cleanup_plan"),
        "workflow_succeeded",
    ]
    assert {(one["run_id"], one["workflow"]) for one in details} == {("one", "plans")}
    assert details[-1]["data"] == {"manifest": "m", "jobs": {"ran": 0}}


RESULTS = {
    "manifest": "m",
    "permitted": "true",
    "published": {"manifest": "m"},
    "plan": {"held": False, "held_resources": 0, "selected": 0, "summary": "s", "hash": "h"},
    "cleanup": {"held": False},
    "metrics": None,
    "jobs": {"ran": 0},
}


class Bus:
    """An event bus, and a log group that receives all of its events."""

    def __init__(self) -> None:
        self.client = boto3.client("events", region_name=REGION)
        self._logs = boto3.client("logs", region_name=REGION)
        group = "/aws/events/all"
        self._logs.create_log_group(logGroupName=group)
        self.client.create_event_bus(Name="ebbtide")
        pattern = json.dumps({"source": ["ebbtide"]})
        self.client.put_rule(Name="all", EventBusName="ebbtide", EventPattern=pattern)
        target = {"Id": "logs", "Arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}"}
        self.client.put_targets(Rule="all", EventBusName="ebbtide", Targets=[target])
        self._group = group

    def details(self) -> list[dict[str, Any]]:
        events = self._logs.filter_log_events(logGroupName=self._group)["events"]
        return [json.loads(event["message"])["detail"] for event in events]


@pytest.mark.parametrize(
    "collect",
    [
        {"accounts": "self"},
        {"accounts": [ACCOUNT]},
        {"accounts": "organization", "organization": {"exclude_accounts": [OTHER]}},
    ],
)
def test_a_run_without_collect_leaves_out_accounts_that_are_no_longer_collected(
    workflow: Workflow, collect: dict[str, Any]
) -> None:
    configure(workflow)
    run_id = workflow.collect()
    workflow.release(run_id)
    workflow.configure(collect=collect, cleanup={"enabled": True})
    answer = workflow.claim("later", workflow="cleanup")
    assert workflow.bucket.read_json(answer["accounts"]) == [{"account": ACCOUNT}]
    workflow.release("later")
    with pytest.raises(InputError, match=f"{OTHER}"):
        workflow.claim("asked", workflow="cleanup", accounts=[OTHER])
    workflow.release("asked")
    workflow.configure(collect={"accounts": ["999999999999"]})
    with pytest.raises(InputError, match="no account that is collected is in"):
        workflow.claim("none", workflow="cleanup")
