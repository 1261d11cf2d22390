"""Counts the metrics of one account from its snapshot, plan and cleanup."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ebbtide.cleanup.state import State
from ebbtide.deployment.inputs import AccountRequest
from ebbtide.graph import read_manifest
from ebbtide.graph.manifest import AccountEntry, read_coverage
from ebbtide.kinds import concrete_kinds
from ebbtide.metrics.definitions import (
    COVERAGE,
    OUTCOME_METRICS,
    PLANNED,
    REFUSED,
    RESOURCE_METRICS,
    RESOURCES,
    STALE,
    UNDECIDED,
    ResourceMetric,
)
from ebbtide.metrics.sample import SampleSums
from ebbtide.model.owning_account import owning_account
from ebbtide.plan.model import Plan, read_plan
from ebbtide.store.run import Run, read_run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket


def aggregate_account(request: AccountRequest, bucket: Bucket) -> dict[str, Any]:
    """Write the account's samples, which `publish_metrics` adds up; return their number."""
    run = read_run(bucket, request.run_id)
    entry = read_manifest(bucket, request.manifest).find(request.account)
    tally = SampleSums()
    if entry is not None:
        count_resources(tally, bucket.read_lines(entry.resources))
        _count_coverage(tally, bucket, entry)
    _count_cleanup(tally, run, bucket, request.account)
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


def _count_cleanup(tally: SampleSums, run: Run, bucket: Bucket, account: str) -> None:
    """Count the plan and the outcome of the cleanup, if the run has them."""
    stored = bucket.find_json(run.keys.plan(account))
    if stored is None:
        return
    plan = read_plan(stored)
    for planned in plan.planned:
        tally.add(PLANNED, _labels(account, planned.subject.kind, planned.rules))
    for metric, rejected in ((REFUSED, plan.refused), (UNDECIDED, plan.undecided)):
        for entry in rejected:
            labels = _labels(account, entry.subject.kind, entry.rules)
            tally.add(metric, {**labels, "code": entry.code})
    state = bucket.find_json(run.keys.cleanup(account, "state.json"))
    if state is not None:
        _count_outcomes(tally, plan, State.from_json(state))


def _count_outcomes(tally: SampleSums, plan: Plan, state: State) -> None:
    for planned in plan.planned:
        # A resource that is still pending when the workflow ends is not gone, so it failed.
        status = state.resources[planned.subject.graph_id].status
        metric = OUTCOME_METRICS.get(status, OUTCOME_METRICS["failed"])
        tally.add(metric, _labels(plan.account, planned.subject.kind, planned.rules))


def _labels(account: str, kind: str, rules: tuple[str, ...]) -> dict[str, str]:
    # A resource counts only once, for the first rule that selected it.
    return {"account": account, "kind": kind, "rule": rules[0] if rules else ""}
