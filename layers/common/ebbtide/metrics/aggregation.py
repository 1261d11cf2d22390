"""Counts the metrics of one account from its snapshot, plan and cleanup."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ebbtide.deployment.inputs import AccountRequest
from ebbtide.graph import read_manifest
from ebbtide.graph.manifest import AccountEntry, read_coverage
from ebbtide.kinds import concrete_kinds
from ebbtide.metrics.definitions import (
    COVERAGE,
    NEWLY_FAILED,
    OUTCOME_METRICS,
    PLANNED,
    REFUSED,
    RESOURCE_METRICS,
    RESOURCES,
    STALE,
    UNDECIDED,
    Metric,
    ResourceMetric,
)
from ebbtide.metrics.sample import SampleSums
from ebbtide.model.marks import Section
from ebbtide.model.owning_account import owning_account
from ebbtide.model.resource import kind_of
from ebbtide.store.run import read_run
from ebbtide.verdict.snapshot_marks import AccountMarks, marks_in_run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket


def aggregate_account(request: AccountRequest, bucket: Bucket) -> dict[str, Any]:
    """Write the account's samples, which `publish_metrics` adds up; return their number."""
    run = read_run(bucket, request.run_id)
    manifest = read_manifest(bucket, request.manifest)
    entry = manifest.find(request.account)
    tally = SampleSums()
    if entry is not None:
        count_resources(tally, bucket.read_lines(entry.resources))
        _count_coverage(tally, bucket, entry)
    marks = marks_in_run(bucket, manifest.run_id, run, "generate_metrics").of(request.account)
    _count_cleanup(tally, marks, run.run_id, request.account)
    samples = [sample.to_json() for sample in tally.samples()]
    bucket.write_json(run.keys.metrics(f"accounts/{request.account}.json"), samples)
    return {"samples": len(samples)}


def count_resources(tally: SampleSums, lines: Iterable[Mapping[str, Any]]) -> None:
    """Count each resource, whether it is stale, and what the metrics of its kind measure.

    A resource that another account shares counts there: a VPC shared with thirty accounts is one.
    """
    by_kind = _metrics_by_kind()
    for line in lines:
        if owning_account(line) != line["account"]:
            continue
        place = {"account": line["account"], "region": line["region"], "kind": line["kind"]}
        tally.add(RESOURCES, place)
        if line["stale_since"] is not None:
            tally.add(STALE, place)
        properties = line["properties"]
        for measured in by_kind.get(line["kind"], ()):
            if all(properties.get(name) == value for name, value in measured.where.items()):
                tally.add(measured.metric, {**properties, **place}, _value(measured, properties))


def _metrics_by_kind() -> dict[str, list[ResourceMetric]]:
    """Return the resource metrics of each kind, because definitions name base kinds."""
    found: dict[str, list[ResourceMetric]] = {}
    for measured in RESOURCE_METRICS:
        for kind in concrete_kinds(measured.kinds):
            found.setdefault(kind, []).append(measured)
    return found


def _value(measured: ResourceMetric, properties: Mapping[str, Any]) -> float:
    """Return what a resource adds to a metric; 0 if its property is missing."""
    if measured.property is None:
        return 1
    return (properties.get(measured.property) or 0) * measured.factor


def _count_coverage(tally: SampleSums, bucket: Bucket, entry: AccountEntry) -> None:
    for known in read_coverage(bucket, entry):
        # A graph kept from an earlier run, because this one could not make any, proves nothing.
        state = "failed" if entry.stale_since else known.state
        tally.add(COVERAGE, {**known.to_line(), "state": state})


def _count_cleanup(tally: SampleSums, marks: AccountMarks, run_id: str, account: str) -> None:
    """Count the plan and the outcome of the cleanup, if the run has them.

    A resource counts only once, for the first rule that selected it. What earlier runs left pending
    counts as it ended in this one.
    """
    treated = {n: one for n, one in marks.endings.items() if one["ending_run"] == run_id}
    for name, ending in treated.items():
        rule = marks.desired.get(name, {}).get("rule") or ending.get("ending_rule") or ""
        labels = _labels(account, name, {"rule": rule})
        tally.add(_outcome_metric(ending), labels)
        if ending.get("ending_new"):
            tally.add(NEWLY_FAILED, labels)
    for name, desired in marks.desired.items():
        labels = _labels(account, name, desired)
        if "refused" in desired:
            tally.add(REFUSED, {**labels, "code": desired["refused"]})
        elif "undecided" in desired:
            tally.add(UNDECIDED, {**labels, "code": desired["undecided"]})
        elif "clean" in desired:
            tally.add(PLANNED, labels)


def _outcome_metric(ending: Section) -> Metric:
    # What the run never came to is not gone, so it failed.
    status = "pending" if ending.get("pending") else ending.get("ending", "")
    return OUTCOME_METRICS.get(status, OUTCOME_METRICS["failed"])


def _labels(account: str, name: str, desired: Section) -> dict[str, str]:
    return {"account": account, "kind": kind_of(name), "rule": desired.get("rule", "")}
