"""What the run before this one measured, and what follows from it for this one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ebbtide.base.clock import from_text
from ebbtide.graph import Manifest
from ebbtide.metrics.choosing import Chosen
from ebbtide.metrics.definitions import DATA_AGE
from ebbtide.metrics.sample import Sample
from ebbtide.store.keys import RunKeys
from ebbtide.store.run import Run, find_run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket


@dataclass(frozen=True, slots=True)
class Earlier:
    """The samples of an earlier run, and when it began; empty if there is none."""

    samples: Sequence[Sample] = ()
    started: datetime | None = None


def earlier_samples(run: Run, bucket: Bucket, manifest: Manifest) -> Earlier:
    """Read the samples of the run of this snapshot, or of the one before if this run made it."""
    name = manifest.run_id if manifest.run_id != run.run_id else _run_of(manifest.previous)
    earlier = None if name is None else find_run(bucket, name)
    if earlier is None:
        return Earlier()
    values = bucket.find_json(RunKeys(earlier.run_id).metrics("samples.json"))
    return Earlier(tuple(map(Sample.from_json, values or ())), earlier.started)


def _run_of(key: str | None) -> str | None:
    """Return the run of a manifest's key, such as runs/<run_id>/graph/manifest.json."""
    return None if key is None else key.split("/")[1]


def vanished(
    samples: Iterable[Sample],
    chosen: Sequence[Chosen],
    failed: Mapping[str, int],
    earlier: Earlier,
    measured: Set[str],
) -> Iterator[Sample]:
    """Yield a 0 for each sum of the last run without anything now, once.

    A series that only ended would keep its last value in most dashboards, and in alarms.
    """
    sums = {
        series: metric
        for one in chosen
        if one.name not in failed
        for series, metric in one.series.items()
        if metric.fold == "sum"
    }
    present = {_key(sample) for sample in samples}
    for sample in earlier.samples:
        metric = sums.get(sample.series)
        if metric is None or not sample.value or _key(sample) in present:
            continue
        if set(sample.labels) == set(metric.labels) and _is_measured(sample, measured):
            yield Sample(sample.series, sample.labels, 0)


def _is_measured(sample: Sample, measured: Set[str]) -> bool:
    """Return whether all that a sample counted was measured in this run."""
    account = sample.labels.get("account")
    return account in measured if account is not None else bool(measured)


def _key(sample: Sample) -> tuple[str, tuple[tuple[str, str], ...]]:
    return sample.series, tuple(sorted(sample.labels.items()))


def ages(
    samples: Iterable[Sample],
    measured: Iterable[str],
    run: Run,
    manifest: Manifest,
    earlier: Earlier,
) -> Iterator[Sample]:
    """Yield the age of accounts that were not read completely: they grew older since the last run.

    An account of which no complete reading is known has no age.
    """
    known = {sample.labels["account"] for sample in samples if sample.series == DATA_AGE.series}
    before = {
        sample.labels["account"]: sample.value
        for sample in earlier.samples
        if sample.series == DATA_AGE.series
    }
    for account in measured:
        entry = manifest.find(account)
        if account in known or entry is None:
            continue
        if account in before and earlier.started is not None:
            elapsed = (run.started - earlier.started).total_seconds()
            yield Sample(DATA_AGE.series, {"account": account}, before[account] + elapsed)
        elif entry.stale_since is not None:
            elapsed = (run.started - from_text(entry.stale_since)).total_seconds()
            yield Sample(DATA_AGE.series, {"account": account}, max(0.0, elapsed))
