"""The metrics of one account that no search can compute: its reading, its plan and its cleanup."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ebbtide.base.clock import from_text
from ebbtide.base.errors import MissingError
from ebbtide.base.json_lines import encode_line
from ebbtide.graph.manifest import AccountEntry, Manifest
from ebbtide.kinds import registry
from ebbtide.metrics.definitions import (
    ACCOUNT_INFO,
    CALLS,
    COVERAGE,
    DATA_AGE,
    HELD,
    NEWLY_FAILED,
    OUTCOME_METRICS,
    PLANNED,
    READS_FAILED,
    REFUSED,
    SAVINGS_PLANNED,
    SAVINGS_REALISED,
    THROTTLED,
    UNDECIDED,
    WAITED,
    Metric,
)
from ebbtide.metrics.figures import NONE, UNKNOWN
from ebbtide.metrics.sample import SampleSums
from ebbtide.model.coverage import WITHOUT_GAP, Coverage
from ebbtide.model.marks import Section
from ebbtide.model.owner_tag import OWNER_TAG
from ebbtide.model.resource import kind_of
from ebbtide.plan.approvals import owner_of
from ebbtide.plan.model import Plan, read_plan
from ebbtide.plan.today import begun_today
from ebbtide.store.run import Run
from ebbtide.verdict.snapshot_marks import AccountMarks

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

_ID = b'{"graph_id":"'


def count_reading(
    tally: SampleSums, run: Run, bucket: Bucket, manifest: Manifest, entry: AccountEntry
) -> None:
    """Count how completely an account was read, with how many requests, and how long ago."""
    tally.add(ACCOUNT_INFO, {"account": entry.account, "name": entry.name})
    document = bucket.read_json(entry.coverage)
    read = list(map(Coverage.from_line, document["kinds"]))
    for known in read:
        # A graph kept from an earlier run, because this one could not make any, proves nothing.
        state = "failed" if entry.stale_since else known.state
        tally.add(COVERAGE, {**known.to_line(), "state": state})
        if known.is_gap and known.state != "not_asked":
            labels = {"account": entry.account, "service": service_of(known.kind)}
            tally.add(READS_FAILED, {**labels, "state": known.state})
    if entry.stale_since is None and all(one.state in WITHOUT_GAP for one in read):
        age = (run.started - from_text(manifest.created)).total_seconds()
        tally.add(DATA_AGE, {"account": entry.account}, max(0.0, age))
    if entry.run_id == run.run_id:
        _count_calls(tally, entry.account, document.get("services", {}))


def service_of(kind: str) -> str:
    """Return the service whose calls read a kind; "none" for what Ebbtide makes itself."""
    declared = registry().get(kind)
    while declared is not None and declared.list is None and declared.each is not None:
        declared = registry().get(declared.each)
    if declared is None or declared.list is None:
        return NONE
    return declared.list.service


def _count_calls(
    tally: SampleSums, account: str, services: Mapping[str, Mapping[str, float]]
) -> None:
    for service, usage in services.items():
        labels = {"account": account, "service": service}
        tally.add(CALLS, labels, usage.get("calls", 0))
        tally.add(THROTTLED, labels, usage.get("throttled", 0))
        waited = usage.get("throttled_seconds", 0) + usage.get("waited_seconds", 0)
        tally.add(WAITED, labels, round(waited, 3))


@dataclass(frozen=True, slots=True)
class _Tags:
    """What tells the owner of a resource of a plan."""

    tags: Mapping[str, str] = field(default_factory=dict)
    goes_with: str | None = None
    part_of: str | None = None


@dataclass(frozen=True, slots=True)
class Decisions:
    """What a run decided about the resources of an account, and did to them."""

    run: Run
    account: str
    marks: AccountMarks
    plan: Plan | None
    held: frozenset[str]
    owners: Mapping[str, str]
    prices: Mapping[str, float | None]

    def labels(self, name: str, rule: str) -> dict[str, str]:
        return {
            "account": self.account,
            "kind": kind_of(name),
            "rule": rule or NONE,
            "owner": self.owners.get(name, UNKNOWN),
        }


def decisions_of(
    run: Run, bucket: Bucket, entry: AccountEntry | None, account: str, marks: AccountMarks
) -> Decisions:
    """Read what a run decided about an account: its plan, holds, owners and prices."""
    value = bucket.find_json(run.keys.plan(account)) if marks.desired else None
    plan = None if value is None else read_plan(value)
    names = frozenset({*marks.desired, *marks.endings})
    return Decisions(
        run,
        account,
        marks,
        plan,
        frozenset() if plan is None else _held(run, bucket, plan),
        _owners(bucket, entry, plan, names) if names else {},
        {**_planned_prices(value or {}), **dict(_prices_in_ledger(run, bucket, account, marks))},
    )


def count_decisions(tally: SampleSums, found: Decisions) -> None:
    """Count the plan and the outcome of the cleanup, if the run has them.

    A resource counts only once, for the first rule that selected it. What earlier runs left pending
    counts as it ended in this one.
    """
    run_id, marks = found.run.run_id, found.marks
    treated = {n: one for n, one in marks.endings.items() if one["ending_run"] == run_id}
    for name, ending in treated.items():
        rule = marks.desired.get(name, {}).get("rule") or ending.get("ending_rule") or ""
        labels = found.labels(name, rule)
        tally.add(_outcome_metric(ending), labels)
        if ending.get("ending_new"):
            tally.add(NEWLY_FAILED, labels)
        if ending.get("ending") == "gone":
            _add_price(tally, SAVINGS_REALISED, labels, found.prices.get(name))
    for name, desired in marks.desired.items():
        labels = found.labels(name, desired.get("rule", ""))
        if "refused" in desired:
            tally.add(REFUSED, {**labels, "code": desired["refused"]})
        elif "undecided" in desired:
            tally.add(UNDECIDED, {**labels, "code": desired["undecided"]})
        elif "clean" in desired:
            tally.add(PLANNED, labels)
            _add_price(tally, SAVINGS_PLANNED, labels, found.prices.get(name))
            if name in found.held:
                tally.add(HELD, labels)


def _outcome_metric(ending: Section) -> Metric:
    # What the run never came to is not gone, so it failed.
    status = "pending" if ending.get("pending") else ending.get("ending", "")
    return OUTCOME_METRICS.get(status, OUTCOME_METRICS["failed"])


def _add_price(
    tally: SampleSums, metric: Metric, labels: Mapping[str, str], price: float | None
) -> None:
    if price is None:
        tally.add(metric.unknown, labels)
    else:
        tally.add(metric, labels, price)


def _held(run: Run, bucket: Bucket, plan: Plan) -> frozenset[str]:
    """Return what is planned and does not go: for a limit, an approval, an automation or a day."""
    planned = frozenset(entry.subject.graph_id for entry in plan.planned)
    summary = bucket.find_json(run.keys.plan_summary)
    if summary is None:
        return frozenset()
    if summary["held"] or _is_held_by_automations(run, bucket):
        return planned
    carried = plan.carried_out(only_approved=summary.get("only_approved", False))
    going = begun_today(summary, plan.account, carried)
    return planned - {entry.subject.graph_id for entry in going}


def _is_held_by_automations(run: Run, bucket: Bucket) -> bool:
    keys = (run.keys.automation(one.event, one.name) for one in run.config.automations)
    records = (bucket.find_json(key) for key in keys)
    return any(record is not None and record["reaction"] == "hold" for record in records)


def _planned_prices(plan: Mapping[str, Any]) -> dict[str, float | None]:
    return {entry["subject"]["graph_id"]: entry.get("monthly") for entry in plan.get("planned", ())}


def _prices_in_ledger(
    run: Run, bucket: Bucket, account: str, marks: AccountMarks
) -> Iterator[tuple[str, float | None]]:
    """Yield the prices of what the cleanup ended, as its ledger has them."""
    if not any(one.get("ending") == "gone" for one in marks.endings.values()):
        return
    try:
        text = bucket.read_text(run.keys.cleanup(account, "ledger.jsonl"))
    except MissingError:
        return
    for line in text.splitlines():
        entry = json.loads(line)
        if "monthly" in entry:
            yield entry["graph_id"], entry["monthly"]


def _owners(
    bucket: Bucket,
    entry: AccountEntry | None,
    plan: Plan | None,
    names: frozenset[str],
) -> dict[str, str]:
    """Return the owner of each resource that the run decided about."""
    planned = {} if plan is None else {one.subject.graph_id: one for one in plan.planned}
    tags = _tags(bucket, entry, names)
    known = {
        name: _Tags(
            found or {},
            planned[name].goes_with if name in planned else None,
            planned[name].part_of if name in planned else None,
        )
        for name, found in tags.items()
    }
    return {
        name: owner_of(name, known, OWNER_TAG) or (NONE if tags[name] is not None else UNKNOWN)
        for name in known
        if name in names
    }


def _tags(
    bucket: Bucket, entry: AccountEntry | None, names: frozenset[str]
) -> dict[str, Mapping[str, str] | None]:
    if entry is None:
        return {}
    wanted = {_encoded(name) for name in names}
    lines = bucket.read_lines(entry.resources, lambda line: _id(line) in wanted)
    return {line["graph_id"]: line["tags"] for line in lines}


def _encoded(name: str) -> bytes:
    """Return a text as it stands in a line, without its quotes."""
    return encode_line(name).strip()[1:-1]


def _id(line: bytes) -> bytes:
    """Return the graph id of an undecoded line; empty if it does not begin with it."""
    return line[len(_ID) : line.find(b'"', len(_ID))] if line.startswith(_ID) else b""
