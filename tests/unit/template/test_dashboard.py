"""The dashboard of the template: its definition, and that everything it shows is published."""

from __future__ import annotations

import json
import re
from itertools import combinations
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ebbtide.metrics.cloudwatch import DEFAULT_SERIES
from tools.dashboard import NAMESPACE, REGION, body_of
from tools.template import REPOSITORY, read_template

TEMPLATE = read_template()
BODY = body_of(TEMPLATE)
WIDGETS = BODY["widgets"]
METRIC_WIDGETS = [one for one in WIDGETS if one["type"] == "metric"]
# Of Step Functions (developer guide, "Monitoring Step Functions metrics").
EXECUTIONS = {"ExecutionsStarted", "ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsTimedOut"}
# What the CloudWatch API reference says of a dashboard's body ("Dashboard body structure").
_AXIS = {
    "type": "object",
    "properties": {
        "label": {"type": "string"},
        "min": {"type": "number"},
        "max": {"type": "number"},
        "showUnits": {"type": "boolean"},
    },
    "additionalProperties": False,
}
_METRIC = {
    "type": "array",
    "minItems": 2,
    "items": {"type": ["string", "object"]},
}
_OPTIONS = {
    "type": "object",
    "properties": {
        "label": {"type": "string"},
        "stat": {"enum": ["Average", "Minimum", "Maximum", "Sum", "SampleCount"]},
        "yAxis": {"enum": ["left", "right"]},
    },
    "additionalProperties": False,
}
_PLACE = {
    "type": {"enum": ["metric", "alarm"]},
    "x": {"type": "integer", "minimum": 0, "maximum": 23},
    "y": {"type": "integer", "minimum": 0},
    "width": {"type": "integer", "minimum": 1, "maximum": 24},
    "height": {"type": "integer", "minimum": 1, "maximum": 1000},
}
_METRIC_PROPERTIES = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "region": {"type": "string", "pattern": r"^[a-z]{2,}(-[a-z]+)+-\d$"},
        "view": {"enum": ["timeSeries", "singleValue", "gauge", "bar", "pie", "table"]},
        "sparkline": {"type": "boolean"},
        "stacked": {"type": "boolean"},
        "stat": {"enum": ["Average", "Minimum", "Maximum", "Sum", "SampleCount"]},
        "period": {"type": "integer", "multipleOf": 60, "minimum": 60},
        "yAxis": {
            "type": "object",
            "properties": {"left": _AXIS, "right": _AXIS},
            "additionalProperties": False,
        },
        "metrics": {"type": "array", "minItems": 1, "maxItems": 500, "items": _METRIC},
    },
    "required": ["title", "region", "view", "stat", "period", "metrics"],
    "additionalProperties": False,
}
_ALARM_PROPERTIES = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "alarms": {"type": "array", "minItems": 1, "maxItems": 100, "items": {"type": "string"}},
    },
    "required": ["title", "alarms"],
    "additionalProperties": False,
}
SCHEMA = {
    "type": "object",
    "properties": {
        "start": {"type": "string", "pattern": r"^-P(\d+D|T\d+H)$"},
        "periodOverride": {"enum": ["auto", "inherit"]},
        "widgets": {
            "type": "array",
            "minItems": 1,
            "maxItems": 500,
            "items": {
                "type": "object",
                "properties": _PLACE | {"properties": {"type": "object"}},
                "required": [*_PLACE, "properties"],
                "additionalProperties": False,
                "if": {"properties": {"type": {"const": "metric"}}},
                "then": {"properties": {"properties": _METRIC_PROPERTIES}},
                "else": {"properties": {"properties": _ALARM_PROPERTIES}},
            },
        },
    },
    "required": ["widgets"],
    "additionalProperties": False,
}


def metrics_of(widget: dict[str, Any]) -> list[list[Any]]:
    found: list[list[Any]] = widget["properties"]["metrics"]
    return found


def test_body_is_what_cloudwatch_accepts() -> None:
    problems = [error.message for error in Draft202012Validator(SCHEMA).iter_errors(BODY)]
    assert problems == []
    options = Draft202012Validator(_OPTIONS)
    for widget in METRIC_WIDGETS:
        assert widget["properties"]["region"] == REGION
        for namespace, name, *rest in metrics_of(widget):
            assert isinstance(namespace, str) and isinstance(name, str)
            dimensions = [one for one in rest if isinstance(one, str)]
            assert len(dimensions) % 2 == 0
            assert all(options.is_valid(one) for one in rest[len(dimensions) :])
            assert len(rest) - len(dimensions) <= 1


def test_widgets_fit_into_the_grid_and_do_not_overlap() -> None:
    assert all(one["x"] + one["width"] <= 24 for one in WIDGETS)
    for first, second in combinations(WIDGETS, 2):
        beside = (
            first["x"] + first["width"] <= second["x"]
            or second["x"] + second["width"] <= first["x"]
        )
        below = (
            first["y"] + first["height"] <= second["y"]
            or second["y"] + second["height"] <= first["y"]
        )
        assert beside or below


def test_everything_shown_is_published_by_default_and_the_other_way_round() -> None:
    shown = {
        metric[1] for one in METRIC_WIDGETS for metric in metrics_of(one) if metric[0] == NAMESPACE
    }
    assert shown == {*DEFAULT_SERIES}


def test_other_metrics_are_those_of_the_state_machines() -> None:
    others = [
        metric for one in METRIC_WIDGETS for metric in metrics_of(one) if metric[0] != NAMESPACE
    ]
    assert {metric[0] for metric in others} == {"AWS/States"}
    assert {metric[1] for metric in others} <= EXECUTIONS | {"ExecutionTime"}
    machines = {metric[3] for metric in others}
    assert {metric[2] for metric in others} == {"StateMachineArn"}
    assert machines == {"WorkflowStateMachine", "SkippedStateMachine"}
    assert machines <= TEMPLATE["Resources"].keys()


def test_gauges_are_never_added_up() -> None:
    """A repeated step writes the same data point twice."""
    for widget in METRIC_WIDGETS:
        own = [metric for metric in metrics_of(widget) if metric[0] == NAMESPACE]
        assert not own or widget["properties"]["stat"] == "Maximum"
        assert not any(isinstance(metric[-1], dict) and "stat" in metric[-1] for metric in own)


def test_alarms_that_notify_are_shown() -> None:
    (alarms,) = [one["properties"]["alarms"] for one in WIDGETS if one["type"] == "alarm"]
    notifying = {
        f"{name}.Arn"
        for name, one in TEMPLATE["Resources"].items()
        if one["Type"].startswith("AWS::CloudWatch::") and "AlarmActions" in one["Properties"]
    }
    # They exist only with parameters.
    assert {*alarms} == notifying - {"FailedDigestsAlarm.Arn", "SavingsAlarm.Arn"}


def test_dashboard_shows_as_many_metrics_as_are_free() -> None:
    """The free tier has three dashboards of up to 50 metrics (CloudWatch pricing)."""
    shown = {json.dumps(metric[:4]) for one in METRIC_WIDGETS for metric in metrics_of(one)}
    assert len(shown) <= 50


def test_dashboards_of_two_stacks_or_regions_are_apart() -> None:
    name = TEMPLATE["Resources"]["Dashboard"]["Properties"]["DashboardName"]["Fn::Sub"]
    assert {*re.findall(r"\$\{([\w:]+)\}", name)} == {"AWS::StackName", "AWS::Region"}


def test_dashboard_can_be_left_out() -> None:
    assert TEMPLATE["Resources"]["Dashboard"]["Condition"] == "HasDashboard"
    assert TEMPLATE["Parameters"]["DashboardEnabled"]["Default"] == "true"


@pytest.mark.parametrize("name", DEFAULT_SERIES)
def test_metrics_of_the_free_tier_are_named_in_the_documentation(name: str) -> None:
    assert f"`{name}`" in (REPOSITORY / "docs" / "metrics-destinations.md").read_text()
