"""Find the runs that have metrics, and read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from ebbtide.metrics.cloudwatch import Labels, by_series, is_offered
from ebbtide.metrics.definitions import METRICS, Metric
from ebbtide.metrics.sample import Sample
from ebbtide.store.keys import RunKeys
from ebbtide.store.later_runs import later_runs
from ebbtide.store.readable import Readable
from ebbtide.store.run import Run, read_run
from ebbtide_cli.errors import SourceError, UsageError
from ebbtide_cli.snapshots import find_snapshot, snapshot_chain

# Snapshots to look through: three months of hourly runs.
_SNAPSHOTS = 2190


@dataclass(frozen=True)
class Measured:
    """A run that has metrics: its record and its samples."""

    run: Run
    samples: tuple[Sample, ...]

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """All metrics of the run, by series."""
        return METRICS

    @property
    def offered(self) -> dict[str, Metric]:
        """Those that can go to CloudWatch, by their name there."""
        return {one.name: one for one in self.metrics.values() if is_offered(one)}

    @cached_property
    def by_series(self) -> dict[str, list[tuple[Labels, float]]]:
        return by_series(self.samples)

    def named(self, name: str) -> Metric:
        """Return the metric with a name or series. Raises UsageError if there is none."""
        for metric in self.metrics.values():
            if name in (metric.name, metric.series):
                return metric
        raise UsageError(f"unknown metric {name!r}; `ebbtide metrics list` lists all")


def measured_runs(store: Readable) -> Iterator[Measured]:
    """Yield the runs with metrics, newest first, as far back as snapshots go."""
    if find_snapshot(store) is None:
        return
    for manifest in islice(snapshot_chain(store), _SNAPSHOTS):
        for run_id in (*reversed(later_runs(store, manifest.run_id)), manifest.run_id):
            if (found := _measured(store, run_id)) is not None:
                yield found


def measured_run(store: Readable, run_id: str | None) -> Measured:
    """Return the run with this id, or the last one with metrics.

    Raises UsageError if the run has no metrics, SourceError if no run has.
    """
    if run_id is not None:
        found = _measured(store, run_id)
        if found is None:
            raise UsageError(f"no metrics found for run {run_id!r}")
        return found
    last = next(measured_runs(store), None)
    if last is None:
        raise SourceError(
            f"no metrics found in {store.name}; start a run with the step generate_metrics, or "
            "copy a run including its metrics/"
        )
    return last


def _measured(store: Readable, run_id: str) -> Measured | None:
    keys = RunKeys(run_id)
    samples = store.find_json(keys.metrics("samples.json"))
    if samples is None or store.find_json(keys.run) is None:
        return None
    return Measured(read_run(store, run_id), tuple(map(Sample.from_json, samples)))
