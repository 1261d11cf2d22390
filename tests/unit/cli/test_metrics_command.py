"""Promises of `ebbtide metrics`: what runs measured, over time, and what CloudWatch bills."""

from __future__ import annotations

import json
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from ebbtide.config import parse_config
from ebbtide.metrics.cloudwatch import DEFAULT_SERIES
from ebbtide.metrics.definitions import METRICS
from ebbtide.store.keys import RunKeys
from ebbtide.store.run import read_run
from tests.support.command import Run
from tests.support.measured_copy import INSTANCE, VOLUME, samples_of, write_metrics
from tests.support.snapshots import DEV, PROD, TIMES, Copy


@pytest.fixture(autouse=True)
def measured(copy: Copy) -> Copy:
    return write_metrics(copy)


def answer(ebbtide: Run, *words: str) -> Any:
    result = ebbtide("metrics", *words, "--format", "json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_all_metrics_are_listed_with_their_last_value(ebbtide: Run) -> None:
    found = {one["metric"]: one for one in answer(ebbtide, "list")}
    assert found.keys() >= {metric.name for metric in METRICS.values()}
    assert found["ResourcesFound"]["value"] == 5
    assert found["ResourcesFound"]["labels"] == ["account", "region", "kind"]
    assert found["SavingsPlanned"]["value"] == 8.5
    assert {name for name, one in found.items() if one["in_cloudwatch"]} == {*DEFAULT_SERIES}


def test_metrics_of_one_run_are_listed(ebbtide: Run) -> None:
    found = {one["metric"]: one["value"] for one in answer(ebbtide, "list", "--run", "run-1")}
    assert found["ResourcesFound"] == 3
    assert ebbtide("metrics", "list", "--run", "none").exit_code == 2


@pytest.mark.parametrize("name", ["ResourcesFound", "ebbtide_resources"])
def test_history_of_a_metric_is_newest_first(ebbtide: Run, name: str) -> None:
    found = answer(ebbtide, "show", name)
    assert [(one["run"], one["value"]) for one in found] == [
        ("run-3", 5),
        ("run-2", 4),
        ("run-1", 3),
    ]
    assert [one["run"] for one in answer(ebbtide, "show", name, "--limit", "1")] == ["run-3"]


def test_history_by_labels_has_a_value_for_each_combination(ebbtide: Run) -> None:
    found = answer(ebbtide, "show", "ResourcesFound", "--by", "account,kind", "--limit", "1")
    assert [(one["account"], one["kind"], one["value"]) for one in found] == [
        (DEV, INSTANCE, 1),
        (DEV, VOLUME, 3),
        (PROD, VOLUME, 1),
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ResourcesLost",), "unknown metric 'ResourcesLost'"),
        (("ResourcesFound", "--by", "owner_of"), "ResourcesFound has no label 'owner_of'; it has"),
        (("CoveragePercent", "--by", "kind"), "it has no labels"),
    ],
)
def test_what_is_not_measured_is_a_usage_error(
    ebbtide: Run, words: tuple[str, ...], said: str
) -> None:
    result = ebbtide("metrics", "show", *words)
    assert (result.exit_code, said in result.stderr) == (2, True), result.stderr


def test_defaults_cost_nothing(ebbtide: Run) -> None:
    found = answer(ebbtide, "cost")
    assert [one["metric"] for one in found] == [*DEFAULT_SERIES]
    assert {(one["written"], one["left_out"], one["usd_a_month"]) for one in found} == {(1, 0, 0)}
    said = ebbtide("metrics", "cost").stderr
    assert "10 metrics in CloudWatch, 0.00 USD a month" in said


def test_options_ask_what_another_configuration_would_cost(ebbtide: Run) -> None:
    asked = ("cost", "--by", "ResourcesFound=account,kind", "--budget", "0.6")
    found = answer(ebbtide, *asked)
    assert found[-1] == {
        "metric": "ResourcesFound",
        "by": ["account", "kind"],
        "written": 2,
        "left_out": 1,
        "usd_a_month": 0.6,
    }
    said = ebbtide("metrics", *asked).stderr
    assert "1 metric left out: all would cost 0.90 USD a month" in said


def test_series_can_be_a_preset_or_names(ebbtide: Run) -> None:
    found = answer(ebbtide, "cost", "--series", "ResourcesFound,Buckets", "--series", "Instances")
    assert [one["metric"] for one in found] == ["ResourcesFound", "Buckets", "Instances"]
    by = [one["by"] for one in answer(ebbtide, "cost", "--series", "classic", "--budget", "99")]
    assert by[-1] == ["kind"] and by[0] == []
    assert answer(ebbtide, "cost", "--series", "none") == []


def test_unknown_names_are_told(ebbtide: Run) -> None:
    result = ebbtide("metrics", "cost", "--series", "ResourcesLost", "--by", "Instances=rule")
    assert "no metric of run run-3 is called ResourcesLost" in result.stderr
    assert "Instances.rule" in result.stderr
    assert ebbtide("metrics", "cost", "--series", "lost").exit_code == 2
    assert ebbtide("metrics", "cost", "--by", "Instances").exit_code == 2


def test_configuration_of_the_run_counts(ebbtide: Run, copy: Copy) -> None:
    record = copy.read_json(RunKeys("run-3").run)
    record["config"]["metrics"] = {"cloudwatch": {"series": ["Buckets"]}}
    copy.write_json(RunKeys("run-3").run, record)
    assert [one["metric"] for one in answer(ebbtide, "cost")] == ["Buckets"]


@pytest.mark.parametrize("words", [(), ("--timestamps",)])
def test_export_is_openmetrics(ebbtide: Run, words: tuple[str, ...]) -> None:
    result = ebbtide("metrics", "export", "--run", "run-2", *words)
    read = [
        sample
        for family in text_string_to_metric_families(result.stdout)
        for sample in family.samples
    ]
    assert len(read) == len(samples_of(2))
    times = {None if one.timestamp is None else float(one.timestamp) for one in read}
    assert times == {TIMES["run-2"].timestamp() if words else None}


def test_runs_without_metrics_say_so(ebbtide: Run, copy: Copy) -> None:
    for run_id in TIMES:
        (copy.path / RunKeys(run_id).metrics("samples.json")).unlink()
    result = ebbtide("metrics", "list")
    assert (result.exit_code, "no metrics found" in result.stderr) == (3, True)


BUDGET = "metrics: {cloudwatch: {by: {ResourcesFound: [kind]}, budget_usd: 0.3}}"


def test_what_the_budget_leaves_out_is_a_problem_of_the_run(ebbtide: Run, copy: Copy) -> None:
    write_metrics(copy, parse_config(BUDGET))
    # As a run wrote it whose configuration named what no metric has, which now fails at the start.
    key = RunKeys("run-3").cloudwatch
    copy.write_json(key, copy.read_json(key) | {"unknown": ["Lost"]})
    problems = json.loads(ebbtide("runs", "log", "run-3", "--format", "json").stdout)
    found = {one["state"]: one for one in problems if one["step"] == "generate_metrics"}
    left, unknown = found["left_out"], found["unknown"]
    assert "1 of 12 metrics are not in CloudWatch: all would cost 0.60 USD a month" in left["error"]
    assert "ResourcesFound by kind" in json.dumps(left)
    assert "Lost" in json.dumps(unknown)


def test_status_says_what_the_metrics_cost(ebbtide: Run, copy: Copy) -> None:
    write_metrics(copy, parse_config(BUDGET))
    (document,) = json.loads(ebbtide("status", "--format", "json").stdout)
    assert document["metrics"]["monthly"] == 0.3
    assert document["metrics"]["left_out"] == 1
    table = ebbtide("status").stdout
    assert "11 metrics in CloudWatch, 0.30 USD a month; a budget of 0.3 USD leaves 1 out" in table


def test_records_of_runs_keep_the_section(copy: Copy) -> None:
    store: Any = copy
    assert read_run(store, "run-3").config.metrics.cloudwatch.is_default
