"""Metrics as CloudWatch has them: the samples of the run, folded to the budget."""
# ruff: noqa: ARG001  (a fixture may name a run only to fix the order)

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ebbtide.metrics.budget import monthly_price
from ebbtide.metrics.cloudwatch import DEFAULT_SERIES
from local.dashboard import shown
from local.deploy import STACK
from local.session import Session
from tests.e2e.scenario import Stage, Told

type Key = tuple[str, tuple[tuple[str, str], ...]]


def read_back(session: Session, started: datetime) -> dict[Key, float]:
    """The value of each metric in the minute of a run: name and dimensions -> value."""
    client = session.client("cloudwatch")
    namespace = session.deployment.outputs["MetricsNamespace"]
    pages = client.get_paginator("list_metrics").paginate(Namespace=namespace)
    minute = started.replace(second=0, microsecond=0)
    found = {}
    for metric in (one for page in pages for one in page["Metrics"]):
        points = client.get_metric_statistics(
            Namespace=namespace,
            MetricName=metric["MetricName"],
            Dimensions=metric["Dimensions"],
            StartTime=minute,
            EndTime=minute + timedelta(minutes=1),
            Period=60,
            Statistics=["Maximum"],
        )["Datapoints"]
        for point in points:
            dimensions = ((one["Name"], one["Value"]) for one in metric["Dimensions"])
            found[metric["MetricName"], tuple(dimensions)] = point["Maximum"]
    return found


def total(samples: list[dict[str, Any]], series: str, **labels: str) -> float:
    return sum(
        one["value"]
        for one in samples
        if one["series"] == series and labels.items() <= one["labels"].items()
    )


@pytest.mark.full
def test_metrics_read_back_are_the_samples_folded_to_the_budget(
    stage: Stage, budgeted: Told
) -> None:
    session = stage.session
    samples = session.samples(budgeted.run)
    found = read_back(session, session.started(budgeted.run))
    assert len(found) == 50
    assert monthly_price(50) == 12 < monthly_price(51)
    assert {name for name, dimensions in found if not dimensions} >= {*DEFAULT_SERIES}
    assert found["ResourcesFound", ()] == total(samples, "ebbtide_resources")
    assert found["CoveragePercent", ()] == total(samples, "ebbtide_coverage_percent")
    kinds = {
        dict(dimensions)["Kind"]: value for (_, dimensions), value in found.items() if dimensions
    }
    every = sorted(
        {one["labels"]["kind"] for one in samples if one["series"] == "ebbtide_resources"}
    )
    # The budget pays for the sums and the first kinds.
    assert 0 < len(kinds) < len(every)
    assert sorted(kinds) == every[: len(kinds)]
    assert kinds == {kind: total(samples, "ebbtide_resources", kind=kind) for kind in kinds}


@pytest.mark.full
def test_bucket_says_what_the_budget_left_out(stage: Stage, budgeted: Told) -> None:
    told = stage.session.bucket.read_json(budgeted.run.keys.cloudwatch)
    assert (told["metrics"], told["monthly"], told["budget"]) == (50, 12, 12)
    (group,) = [one for one in told["groups"] if one["by"]]
    assert group["left_out"] == told["wanted"] - 50 > 0


def test_by_default_cloudwatch_gets_what_is_free(stage: Stage, dry: Told) -> None:
    session = stage.session
    samples = session.samples(dry.run)
    told = session.bucket.read_json(dry.run.keys.cloudwatch)
    assert (told["metrics"], told["monthly"], told["wanted"]) == (10, 0, 10)
    found = read_back(session, session.started(dry.run))
    assert found.keys() >= {(name, ()) for name in DEFAULT_SERIES}
    assert found["ResourcesFound", ()] >= total(samples, "ebbtide_resources")


def test_skipped_runs_are_the_executions_of_a_machine_of_their_own(
    stage: Stage, twice: tuple[Told, Told]
) -> None:
    (skipped,) = [told for told in twice if told.names() == ["workflow_skipped"]]
    arn = stage.session.deployment.outputs["StateMachineArn"]
    machine = arn.replace(f"{STACK}-collect-and-cleanup", f"{STACK}-skipped")
    states = stage.session.client("stepfunctions")
    executions = states.list_executions(stateMachineArn=machine)["executions"]
    assert [one["status"] for one in executions] == ["SUCCEEDED"]
    given = states.describe_execution(executionArn=executions[0]["executionArn"])["input"]
    started_by = json.loads(given)["AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID"]
    assert started_by.endswith(f":{skipped.run.run_id}")


def test_dashboard_shows_what_runs_have_published(
    stage: Stage, dry: Told, twice: tuple[Told, Told]
) -> None:
    body = shown(stage.session.cloud, datetime.now(UTC))
    series = {
        one["label"]: one["values"]
        for widget in body["widgets"]
        for one in widget.get("series", ())
    }
    assert total(stage.session.samples(dry.run), "ebbtide_resources") in series["found"]
    assert sum(series["started"]) >= 4 and sum(series["skipped"]) == 1
    assert min(series["longest"]) > 0
    (states,) = [widget["states"] for widget in body["widgets"] if widget["type"] == "alarm"]
    assert "FailedRunsAlarm" in states
