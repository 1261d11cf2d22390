"""The text of the metrics is OpenMetrics, and what exporters of Prometheus read."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.parser import text_string_to_metric_families as older_format

from ebbtide.metrics.definitions import METRICS, RESOURCES
from ebbtide.metrics.openmetrics import openmetrics_text
from ebbtide.metrics.sample import Sample

STARTED = datetime(2026, 11, 22, 10, tzinfo=UTC)
# A sample of each metric, with all its labels.
SAMPLES = [
    Sample(series, {label: f"a {label}" for label in metric.labels}, number + 0.5)
    for number, (series, metric) in enumerate(METRICS.items())
]


def read_back(text: str) -> list[tuple[str, tuple[tuple[str, str], ...], float]]:
    families = text_string_to_metric_families(text)
    read = [sample for family in families for sample in family.samples]
    return sorted((s.name, tuple(sorted(s.labels.items())), s.value) for s in read)


def test_the_text_is_openmetrics_and_holds_every_sample() -> None:
    samples = SAMPLES
    text = openmetrics_text(samples, STARTED.timestamp(), METRICS)
    families = list(text_string_to_metric_families(text))
    assert {family.name for family in families} == set(METRICS)
    assert {family.type for family in families} == {"gauge"}
    assert read_back(text) == sorted(
        (s.series, tuple(sorted(s.labels.items())), s.value) for s in samples
    )
    times = {float(s.timestamp) for family in families for s in family.samples}
    assert times == {STARTED.timestamp()}
    assert text.endswith("# EOF\n")


def test_unit_is_named_where_the_name_of_the_series_ends_with_it() -> None:
    text = openmetrics_text([], None, METRICS)
    units = {line.split()[2]: line.split()[3] for line in text.splitlines() if "# UNIT" in line}
    assert units["ebbtide_volume_bytes"] == "bytes"
    assert units["ebbtide_coverage_percent"] == "percent"
    assert "ebbtide_savings_planned_monthly" not in units
    assert all(series.endswith(f"_{unit}") for series, unit in units.items())


def test_the_text_without_times_is_what_the_textfile_collector_accepts() -> None:
    """It parses the older text format, and refuses times of clients (node_exporter, textfile)."""
    text = openmetrics_text(SAMPLES, None, METRICS)
    read = [sample for family in older_format(text) for sample in family.samples]
    assert {sample.timestamp for sample in read} == {None}
    found = sorted((s.name, tuple(sorted(s.labels.items())), s.value) for s in read)
    assert found == read_back(text)


HOSTILE = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=20)


@given(HOSTILE, st.floats(allow_nan=False))
def test_labels_and_values_come_back_as_they_were(label: str, value: float) -> None:
    labels = {"account": label, "region": label, "kind": label}
    text = openmetrics_text([Sample(RESOURCES.series, labels, value)], 1.0, METRICS)
    assert read_back(text) == [(RESOURCES.series, tuple(sorted(labels.items())), value)]


def test_half_a_character_of_a_tag_does_not_stop_the_text() -> None:
    labels = {"account": "1", "region": "half a \ud83d", "kind": "k"}
    text = openmetrics_text([Sample(RESOURCES.series, labels, 1.0)], 1.0, METRICS)
    ((_, found, _),) = read_back(text)
    assert dict(found)["region"] == "half a ?"
    assert text.encode()
