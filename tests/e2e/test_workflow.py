"""One run at a time, announced in order, and stopped before it starts when it cannot be right."""

from __future__ import annotations

import pytest

from ebbtide.deployment.events import STEP_EVENTS
from ebbtide.store.keys import CLAIM
from local.deploy import ACCOUNT
from tests.e2e.scenario import Stage, Told

COLLECTING = ["pre_collect", "collect", "post_collect"]
MEASURING = ["pre_generate_metrics", "generate_metrics", "post_generate_metrics"]
COLLECT = ["workflow_started", *COLLECTING, *MEASURING, "workflow_succeeded"]


@pytest.mark.parametrize(
    "name", ["dry", "cleaned", pytest.param("killed_cleanup", marks=pytest.mark.full)]
)
def test_each_event_of_a_run_arrives_once_and_in_order(
    request: pytest.FixtureRequest, name: str
) -> None:
    told: Told = request.getfixturevalue(name)
    assert told.names() == ["workflow_started", *STEP_EVENTS, "workflow_succeeded"]
    for event in told.events:
        assert (event["format"], event["run_id"]) == (1, told.run.run_id)
        assert event["workflow"] == "collect_and_cleanup"


def test_a_plan_beyond_a_limit_is_held_as_a_whole_and_announced(stage: Stage, held: Told) -> None:
    assert held.run.status == "SUCCEEDED"
    steps = list(STEP_EVENTS)
    steps.insert(steps.index("post_cleanup"), "cleanup_held")
    assert held.names() == ["workflow_started", *steps, "workflow_succeeded"]
    assert any("the limit is 10" in why for why in stage.session.summary(held.run)["exceeded"])
    assert held.changes == []
    assert stage.listed() - held.existing == set()


@pytest.mark.full
def test_automations_that_refuse_hold_the_plan_as_a_limit_does(
    stage: Stage, unapproved: Told
) -> None:
    assert unapproved.run.status == "SUCCEEDED"
    said = {event["event"]: event["data"] for event in unapproved.events}
    assert said["cleanup_held"]["held_by"] == ["window", "approval"]
    assert said["cleanup_held"]["selected"] > 0
    assert said["cleanup_held"]["hash"] == stage.session.summary(unapproved.run)["hash"]
    assert said["post_cleanup"]["held"] is True
    assert "workflow_succeeded" in said
    assert unapproved.changes == []
    assert stage.listed() - unapproved.existing == set()


def test_events_name_what_their_step_has_made(stage: Stage, dry: Told) -> None:
    said = {event["event"]: event["data"] for event in dry.events}
    assert stage.session.bucket.find_json(said["post_collect"]["manifest"])
    assert said["post_collect"]["resources"] == sum(len(graph) for graph in dry.graphs.values())
    assert said["post_cleanup_plan"]["selected"] == sum(len(p.planned) for p in dry.plans.values())
    assert said["pre_cleanup"]["dry_run"] is True
    assert said["post_cleanup"]["outcome"]["would_delete"] == said["post_cleanup_plan"]["selected"]


def test_the_last_event_of_a_cleanup_tells_how_it_ended(cleaned: Told) -> None:
    said = {event["event"]: event["data"] for event in cleaned.events}
    outcome = said["post_cleanup"]["outcome"]
    # One of the two stuck stacks failed, the other one is left to the next run.
    assert outcome["gone"] == said["post_cleanup_plan"]["selected"] - 2
    assert outcome["failed"] == outcome["newly_failed"] == outcome["pending"] == 1
    assert outcome["skipped"] == outcome["unfinished"] == outcome["left_behind"] == 0


def test_metrics_of_a_run_are_in_cloudwatch(stage: Stage, cleaned: Told) -> None:
    points = stage.session.client("cloudwatch").get_metric_statistics(
        Namespace=stage.session.deployment.outputs["MetricsNamespace"],
        MetricName="ResourcesCleaned",
        StartTime=stage.session.started(cleaned.run),
        EndTime=stage.session.started(cleaned.run).replace(year=2100),
        Period=60,
        Statistics=["Maximum"],
    )["Datapoints"]
    ends = [one["status"] for state in cleaned.progress.values() for one in state.values()]
    assert ends.count("gone") in [point["Maximum"] for point in points]


def test_a_start_that_is_delivered_twice_runs_once(twice: tuple[Told, Told]) -> None:
    assert [told.run.status for told in twice] == ["SUCCEEDED", "SUCCEEDED"]
    assert sorted(told.names() for told in twice) == sorted([COLLECT, ["workflow_skipped"]])
    (worked,) = [told for told in twice if told.names() == COLLECT]
    (skipped,) = [told for told in twice if told is not worked]
    assert skipped.events[0]["data"]["holder"] == worked.run.run_id
    assert skipped.graphs == {}


def test_the_claim_of_an_aborted_run_is_taken_over(after_abort: Told) -> None:
    assert after_abort.run.status == "SUCCEEDED"
    assert after_abort.names() == COLLECT


def test_no_claim_is_left_behind(stage: Stage, cleaned: Told) -> None:
    assert cleaned.run.status == "SUCCEEDED"
    assert stage.session.bucket.find_json(CLAIM) is None


def test_a_wrong_configuration_fails_the_run_and_names_the_line(broken: Told) -> None:
    assert broken.run.status == "FAILED"
    assert broken.run.error == "ConfigError"
    assert "config/ebbtide.yaml: line 5: cleanup.dry_runn" in broken.run.cause


def test_a_failed_run_says_so_on_the_bus(broken: Told) -> None:
    (event,) = broken.events
    assert event["event"] == "workflow_failed"
    assert event["data"]["error"] == "ConfigError"
    assert event["data"]["cause"] == broken.run.cause
    assert "did you mean 'dry_run'?" in broken.run.cause and "stackTrace" not in broken.run.cause
    assert event["data"]["step"] is None  # it failed before its first step


def test_a_wrong_configuration_reaches_no_account(broken: Told) -> None:
    assert {call["account"] for call in broken.calls} == {ACCOUNT}
    # The test itself reads the queue of events meanwhile.
    services = {call["service"] for call in broken.calls}
    assert services <= {"s3", "stepfunctions", "sqs"}
    actions = {call["action"] for call in broken.calls if call["service"] == "sqs"}
    assert actions <= {"ReceiveMessage", "DeleteMessage"}
