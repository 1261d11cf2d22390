"""Write metrics: the last values of all, the values of one over time, and the text of a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any

from ebbtide.base.clock import to_text
from ebbtide.metrics.cloudwatch import select, values_of
from ebbtide.metrics.definitions import Metric
from ebbtide.metrics.openmetrics import openmetrics_text
from ebbtide_cli.errors import UsageError
from ebbtide_cli.formats import DOCUMENTS, usual_format
from ebbtide_cli.measured import Measured, measured_run, measured_runs
from ebbtide_cli.output import inform, write_all
from ebbtide_cli.progress import watched
from ebbtide_cli.results import write_records
from ebbtide_cli.run_list import short_time
from ebbtide_cli.sources import Source
from ebbtide_cli.summary import counted_as

HEADER = ["metric", "value", "unit", "labels", "in_cloudwatch", "series", "help"]


def write_list(source: Source, run_id: str | None, format: str | None) -> None:
    """Write all metrics of a run with their value for all accounts together."""
    with watched(source.open()) as store:
        found = measured_run(store, run_id)
        store.stop()
    chosen = select(found.samples, found.metrics, found.run.config.metrics)
    sent = {one.metric.name for one in chosen.written}
    form = format or usual_format()
    rows = [_row(found, metric, sent, form) for metric in found.metrics.values()]
    write_records(form, HEADER, rows)
    inform(f"{counted_as(len(rows), 'metric')}; {_about(found)}.")


def _about(found: Measured) -> str:
    return f"run {found.run.run_id}, started {short_time(found.run.started)}"


def _row(found: Measured, metric: Metric, sent: set[str], format: str) -> list[Any]:
    labels: Any = list(metric.labels)
    return [
        metric.name,
        _total(found, metric),
        metric.unit,
        labels if format in DOCUMENTS else ", ".join(labels) or None,
        metric.name in sent,
        metric.series,
        metric.help,
    ]


def _total(found: Measured, metric: Metric) -> float | None:
    """Return the value for all accounts together; None if it is unknown, or is none."""
    if metric.fold is None:
        return None
    values = [one.value for one in values_of(metric, (), found.by_series)]
    return _shown(values[0]) if values else None


def _shown(value: float) -> float:
    """Return a value without the noise of binary fractions, and without a zero fraction."""
    rounded = round(value, 6)
    return int(rounded) if rounded == int(rounded) else rounded


def write_values(
    source: Source, name: str, by: Sequence[str], limit: int, format: str | None
) -> None:
    """Write the values of a metric in the last runs, newest first.

    Raises UsageError if there is no such metric, or if it does not have these labels.
    """
    form = format or usual_format()
    with watched(source.open()) as store:
        newest = measured_run(store, None)
        metric = newest.named(name)
        for label in by:
            if label not in metric.labels:
                known = ", ".join(metric.labels) or "no labels"
                raise UsageError(f"{metric.name} has no label {label!r}; it has {known}")
        if metric.fold is None and {*by} != {*metric.labels}:
            raise UsageError(
                f"{metric.name} has no value for all together; name all its labels with "
                f"--by {','.join(metric.labels)}"
            )
        runs = list(islice(measured_runs(store), limit))
        store.stop()
    rows = list(chain.from_iterable(_values(one, metric, by, form) for one in runs))
    write_records(form, ["run", "started", *by, "value"], rows)
    inform(f"{counted_as(len(rows), 'value')} of {counted_as(len(runs), 'run')}; {metric.help}.")


def _values(found: Measured, metric: Metric, by: Sequence[str], format: str) -> Iterator[list[Any]]:
    started = found.run.started
    time = to_text(started) if format in DOCUMENTS else short_time(started)
    for one in values_of(metric, by, found.by_series):
        yield [found.run.run_id, time, *(value for _, value in one.labels), _shown(one.value)]


def write_text(source: Source, run_id: str | None, *, timestamps: bool) -> None:
    """Write the samples of a run as OpenMetrics text."""
    with watched(source.open()) as store:
        found = measured_run(store, run_id)
        store.stop()
    time = found.run.started.timestamp() if timestamps else None
    write_all([openmetrics_text(found.samples, time, found.metrics)])
