"""What goes to CloudWatch: the samples, folded as the configuration says and cut to its budget."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.config import Config, MetricsConfig
from ebbtide.config.metric_names import NOT_IN_CLOUDWATCH
from ebbtide.metrics.budget import monthly_price
from ebbtide.metrics.cloudwatch import (
    DEFAULT_SERIES,
    FAILED_SERIES,
    Selection,
    accepted,
    select,
)
from ebbtide.metrics.definitions import FLEET, METRICS, TODAY, Metric
from ebbtide.metrics.sample import Sample

STARTED = datetime(2026, 11, 22, 10, tzinfo=UTC)
KINDS = [f"aws_kind_{number:03}" for number in range(100)]
AGE = Metric("DataAge", "ebbtide_data_age_seconds", "Age", "Seconds", ("account",), fold="max")
SHARE = Metric("AverageAge", "ebbtide_average_age", "Age", "Seconds", ("account",), fold=None)


def found(kinds: list[str] = KINDS, accounts: tuple[str, ...] = ("1", "2")) -> list[Sample]:
    resources = [
        Sample("ebbtide_resources", {"account": account, "region": "r", "kind": kind}, 3)
        for account in accounts
        for kind in kinds
    ]
    planned = {"account": "1", "kind": kinds[0], "rule": "volumes"}
    saving = Sample("ebbtide_savings_planned_monthly", planned, 4.25)
    fleet = [Sample(metric.series, {}, 7) for metric in FLEET if not metric.labels]
    return [*resources, Sample("ebbtide_resources_planned", planned, 2), saving, *fleet]


def chosen(metrics: Mapping[str, Any], samples: list[Sample] | None = None) -> Selection:
    config = MetricsConfig.model_validate(metrics)
    every = {**METRICS, AGE.series: AGE, SHARE.series: SHARE}
    return select(found() if samples is None else samples, every, config)


def names(selection: Selection) -> list[str]:
    return [one.metric.name for one in selection.written]


@pytest.mark.parametrize("config", [{}, {"cloudwatch": True}, {"cloudwatch": {}}])
def test_defaults_are_ten_sums_that_cost_nothing(config: Mapping[str, Any]) -> None:
    selection = chosen(config)
    assert tuple(names(selection)) == DEFAULT_SERIES
    assert len(DEFAULT_SERIES) == 10 and monthly_price(10) == 0
    assert not any(one.labels for one in selection.written)
    assert selection.to_json(MetricsConfig().cloudwatch)["monthly"] == 0
    assert (selection.left_out, selection.unknown) == ([], ())


def test_a_sum_adds_up_all_labels_and_is_zero_without_samples() -> None:
    values = {one.metric.name: one.value for one in chosen({}).written}
    assert values["ResourcesFound"] == 600
    assert values["SavingsPlanned"] == 4.25
    assert values["ResourcesRefused"] == 0
    assert values["CoveragePercent"] == 7


def test_what_was_not_measured_is_left_out_and_not_zero() -> None:
    assert "CoveragePercent" not in names(chosen({}, []))
    failed = Sample(FAILED_SERIES, {"metric": "resources_planned"}, 1)
    assert "ResourcesPlanned" not in names(chosen({}, [failed]))
    assert "ResourcesRefused" in names(chosen({}, [failed]))
    unknown = Sample("ebbtide_savings_planned_monthly_unknown", {"account": "1"}, 3)
    assert "SavingsPlanned" not in names(chosen({}, [unknown]))
    assert "SavingsPlanned" in names(chosen({}, [*found(), unknown]))


def test_values_are_sent_with_the_start_of_the_run_and_no_unit_that_cloudwatch_lacks() -> None:
    data = [one.datum(STARTED) for one in chosen({}).written]
    units = {one["MetricName"]: one["Unit"] for one in data}
    assert units["SavingsPlanned"] == "None"
    assert units["CoveragePercent"] == "Percent"
    assert {one["Timestamp"] for one in data} == {STARTED}


@given(st.text(max_size=1200))
def test_any_label_becomes_a_value_that_cloudwatch_accepts(label: str) -> None:
    """Dimension in the API reference: 1 to 1,024 ASCII characters, no control characters."""
    value = accepted(label)
    assert 1 <= len(value) <= 1024 and value.strip()
    assert value.isascii() and value.isprintable()


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("team-a", "team-a"),
        ("Müller", "M\\xfcller"),
        ("a\nb", "a\\nb"),
        (" ", "none"),
        ("", "none"),
    ],
)
def test_label_stays_readable(label: str, value: str) -> None:
    assert accepted(label) == value


def test_classic_brings_the_series_of_version_0_1_back() -> None:
    config = {"cloudwatch": {"series": "classic", "budget_usd": 40}}
    selection = chosen(config)
    totals = {one.metric.name for one in selection.written if not one.labels}
    assert totals >= {metric.name for metric in TODAY}
    by_kind = [one for one in selection.written if one.labels]
    assert [dict(one.labels)["kind"] for one in by_kind] == KINDS
    assert {one.metric.name for one in by_kind} == {"ResourcesFound"}
    assert by_kind[0].datum(STARTED)["Dimensions"] == [{"Name": "Kind", "Value": KINDS[0]}]
    assert by_kind[0].value == 6


def test_all_is_every_metric_that_can_be_folded() -> None:
    samples = [Sample(AGE.series, {"account": one}, int(one)) for one in ("3", "5", "4")]
    samples += [Sample(SHARE.series, {"account": "1"}, 1)]
    selection = chosen({"cloudwatch": {"series": "all", "budget_usd": 100}}, [*found(), *samples])
    assert tuple(names(selection))[:10] == DEFAULT_SERIES
    sums = [metric for metric in METRICS.values() if metric.fold == "sum" and metric not in FLEET]
    folded = {metric.name for metric in sums if metric.series not in NOT_IN_CLOUDWATCH}
    assert folded <= {*names(selection)}
    assert SHARE.name not in names(selection)
    (age,) = [one.value for one in selection.written if one.metric == AGE]
    assert age == 5


def test_a_list_is_written_in_its_order_and_labels_after_the_sums() -> None:
    config = {
        "series": ["ResourcesPlanned", "ResourcesFound"],
        "by": {"ResourcesFound": ["account"], "ResourcesPlanned": ["rule", "kind"]},
    }
    selection = chosen({"cloudwatch": config})
    assert names(selection)[:2] == ["ResourcesPlanned", "ResourcesFound"]
    assert [(dict(one.labels), one.value) for one in selection.written[2:]] == [
        ({"account": "1"}, 300),
        ({"account": "2"}, 300),
        ({"rule": "volumes", "kind": KINDS[0]}, 2),
    ]


def test_budget_cuts_the_last_values_and_tells_which() -> None:
    config = {"by": {"ResourcesFound": ["kind"]}, "budget_usd": 6}
    selection = chosen({"cloudwatch": config})
    assert len(selection.written) == 30
    assert [dict(one.labels)["kind"] for one in selection.left_out] == KINDS[20:]
    told = selection.to_json(MetricsConfig.model_validate({"cloudwatch": config}).cloudwatch)
    assert (told["metrics"], told["monthly"]) == (30, 6)
    assert (told["wanted"], told["wanted_monthly"]) == (110, 30)
    group = {"metric": "ResourcesFound", "by": ["kind"], "written": 20, "left_out": 80}
    assert group in told["groups"]


@pytest.mark.parametrize("config", [{"cloudwatch": False}, {"cloudwatch": {"series": "none"}}])
def test_nothing_is_written_if_nothing_is_wanted(config: Mapping[str, Any]) -> None:
    assert chosen(config).written == []


def test_names_and_labels_without_a_metric_are_told() -> None:
    config = {
        "series": ["ResourcesFound", "ResourcesLost"],
        "by": {"ResourcesFound": ["kind", "owner_of"], "Other": ["kind"]},
        "budget_usd": 100,
    }
    selection = chosen({"cloudwatch": config})
    assert selection.unknown == ("ResourcesLost", "Other", "ResourcesFound.owner_of")
    assert len(selection.written) == 101


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"by_kind": True}, "metrics.by_kind: write metrics.cloudwatch: {by: {ResourcesFound"),
        ({"cloudwatch": {"series": "all"}}, "without budget_usd writes only the ten free"),
    ],
)
def test_what_no_budget_pays_for_is_warned_of(config: Mapping[str, Any], said: str) -> None:
    (warning,) = Config.model_validate({"metrics": config}).warnings
    assert said in warning


def test_records_of_older_runs_can_be_read() -> None:
    stored = {"cloudwatch": True, "by_kind": True}
    assert MetricsConfig.model_validate(stored).cloudwatch.is_default
    assert len(chosen(stored).written) == 10
    assert len(chosen(stored).left_out) == len(KINDS)


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.integers(0, 9))),
    st.sets(st.sampled_from(["account", "kind"]), min_size=1),
)
def test_a_metric_by_labels_adds_up_to_its_sum(
    values: list[tuple[str, str, int]], by: set[str]
) -> None:
    samples = [
        Sample("ebbtide_resources", {"account": account, "region": "r", "kind": kind}, value)
        for account, kind, value in values
    ]
    config = {"series": ["ResourcesFound"], "by": {"ResourcesFound": sorted(by)}, "budget_usd": 99}
    total, *parts = (one.value for one in chosen({"cloudwatch": config}, samples).written)
    assert total == sum(parts) == sum(value for _, _, value in values)


def test_what_cloudwatch_cannot_tell_apart_is_one_value() -> None:
    longest = "x" * 1024
    accounts = (f"{longest}1", f"{longest}2", "", "none", "  ")
    by = {"ResourcesFound": ["account"]}
    selection = chosen(
        {"cloudwatch": {"series": [], "by": by, "budget_usd": 50}}, found(KINDS[:1], accounts)
    )
    data = [one.datum(STARTED) for one in selection.written]
    assert [(one["Dimensions"][0]["Value"], one["Value"]) for one in data] == [
        ("none", 9),
        (longest, 6),
    ]


def test_the_order_of_the_samples_does_not_change_what_the_budget_pays_for() -> None:
    config = {"cloudwatch": {"by": {"ResourcesFound": ["kind"]}, "budget_usd": 3}}
    samples = found()
    first, second = chosen(config, samples), chosen(config, samples[::-1])
    assert first.left_out and first == second
