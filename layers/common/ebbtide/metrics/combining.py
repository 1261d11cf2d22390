"""Add up the accounts of a run: the samples of all metrics of all accounts, and of the fleet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from typing import TYPE_CHECKING, Any

from ebbtide.base.clock import now
from ebbtide.base.gc_pauses import bulk_load
from ebbtide.deployment.costs import cost_of
from ebbtide.graph import Manifest
from ebbtide.metrics.aggregation import FORMAT
from ebbtide.metrics.choosing import Chosen, choose
from ebbtide.metrics.counters import counters_of
from ebbtide.metrics.definitions import (
    ACCOUNTS,
    ACCOUNTS_INCOMPLETE,
    COVERAGE,
    COVERAGE_PERCENT,
    METRICS_FAILED,
    RUN_COST,
    RUN_SECONDS,
    Metric,
)
from ebbtide.metrics.figures import Table
from ebbtide.metrics.history import ages, earlier_samples, vanished
from ebbtide.metrics.sample import Sample
from ebbtide.model.coverage import WITHOUT_GAP
from ebbtide.store.formats import require_format
from ebbtide.store.run import Run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

type Document = Mapping[str, Any]


def combined_samples(run: Run, bucket: Bucket, manifest: Manifest) -> list[Sample]:
    """Return all samples of a run: of each account, of all together, and of the run itself.

    Write the errors of the metrics that failed, if any did.
    """
    found = account_documents(run, bucket)
    lost = {account for account, document in found.items() if document is None}
    documents = {account: one for account, one in found.items() if one is not None}
    chosen = choose(run.config, run.started)
    failed = failures(documents.values())
    if failed:
        errors = {account: one["failed"] for account, one in documents.items() if one["failed"]}
        bucket.write_json(run.keys.failed_metrics, {"format": 1, "accounts": errors})
    samples = [Sample.from_json(value) for one in documents.values() for value in one["samples"]]
    measured = [one for one in chosen if one.name not in failed]
    samples += samples_of_all(measured, documents.values())
    earlier = earlier_samples(run, bucket, manifest)
    samples += vanished(samples, chosen, failed, earlier, documents.keys() if not lost else set())
    samples += ages(samples, documents.keys(), run, manifest, earlier)
    samples += fleet_samples(samples, manifest, lost)
    samples += _of_run(run, bucket, manifest, documents.keys())
    return samples + [
        Sample(METRICS_FAILED.series, {"metric": name}, count)
        for name, count in sorted(failed.items())
    ]


def account_documents(run: Run, bucket: Bucket) -> dict[str, Document | None]:
    """Return what was measured of each account of the run; None for one that has nothing."""
    accounts = [entry["account"] for entry in bucket.read_json(run.keys.accounts)]
    found = {
        account: bucket.find_json(run.keys.metrics(f"accounts/{account}.json"))
        for account in accounts
    }
    for document in found.values():
        if document is not None:
            require_format(document, FORMAT, "metrics of an account")
    return found


def failures(documents: Iterable[Document]) -> dict[str, int]:
    """Return the number of accounts in which a metric failed, by its name.

    The sum of the others would look like a fall, so such a metric is left out of the run.
    """
    return dict(Counter(name for one in documents for name in one["failed"]))


def samples_of_all(chosen: Iterable[Chosen], documents: Collection[Document]) -> list[Sample]:
    """Add up the figures of metrics over accounts; return their samples."""
    with bulk_load():
        return [sample for one in chosen for sample in samples_of(one, combine(one, documents))]


def combine(chosen: Chosen, documents: Iterable[Document]) -> Table:
    """Add up the figures of a metric over accounts."""
    table = Table(tuple(function.function for function in chosen.aggregate.functions))
    for one in documents:
        table.combine(table.restored(one["figures"].get(chosen.name, ())))
    return table


def samples_of(chosen: Chosen, table: Table) -> Iterator[Sample]:
    """Yield the samples of a metric; what is unknown is in none of them, and counted beside."""
    series = [(one.series, one.unknown.series, one.labels) for one in chosen.metrics]
    for labels, figures in sorted(table.rows.items()):
        for names, function, figure in zip(series, table.functions, figures, strict=True):
            known, unknown, label_names = names
            named = dict(zip(label_names, labels, strict=True))
            value = figure.result(function)
            if value is not None:
                yield Sample(known, named, value)
            if figure.unknown:
                yield Sample(unknown, named, figure.unknown)


def fleet_samples(
    samples: Iterable[Sample], manifest: Manifest, lost: Set[str] = frozenset()
) -> list[Sample]:
    """Compute the fleet's metrics that are not sums; `lost` are the accounts without samples."""
    states = [
        (sample.labels["state"], sample.labels["account"], sample.value)
        for sample in samples
        if sample.series == COVERAGE.series
    ]
    total = sum(value for _, _, value in states)
    proving = sum(value for state, _, value in states if state in WITHOUT_GAP)
    incomplete = {account for state, account, _ in states if state not in WITHOUT_GAP}
    percent = 100 * proving / total if total else 0.0
    return [
        _of_fleet(ACCOUNTS, len(manifest.accounts)),
        _of_fleet(ACCOUNTS_INCOMPLETE, len(incomplete | set(manifest.missing) | lost)),
        _of_fleet(COVERAGE_PERCENT, round(percent, 2)),
    ]


def _of_run(
    run: Run, bucket: Bucket, manifest: Manifest, measured: Iterable[str]
) -> Iterator[Sample]:
    yield _of_fleet(RUN_SECONDS, round((now() - run.started).total_seconds(), 1))
    counters = counters_of(run, bucket, manifest, measured=len(list(measured)))
    yield _of_fleet(RUN_COST, round(cost_of(counters), 6))


def _of_fleet(metric: Metric, value: float) -> Sample:
    return Sample(metric.series, {}, value)
