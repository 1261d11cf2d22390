"""The state of a deployment: what runs, what the last run did, what comes next, what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from ebbtide.base.clock import from_text, now, to_text
from ebbtide.base.durations import describe
from ebbtide.graph.manifest import Manifest
from ebbtide.model.savings import Money
from ebbtide.plan.today import sentences
from ebbtide.store.keys import CLAIM, RunKeys
from ebbtide.store.readable import Readable
from ebbtide_cli.accounts import account_names, with_names
from ebbtide_cli.facts import ATTENTION, GOOD, Fact, Record, asked
from ebbtide_cli.formats import DOCUMENTS, usual_format
from ebbtide_cli.formats.documents import write_documents
from ebbtide_cli.machine import BAD, SKIPPED, UNDER_WAY, Machine, found_machine
from ebbtide_cli.progress import watched
from ebbtide_cli.results import write_records
from ebbtide_cli.run_list import Listed, runs_of, short_time, span
from ebbtide_cli.schedule_group import schedule_of_stack
from ebbtide_cli.schedules import next_start
from ebbtide_cli.snapshots import find_snapshot
from ebbtide_cli.sources import Source
from ebbtide_cli.summary import Summary, counted_as
from ebbtide_cli.workflow_facts import workflow_facts

HEADER = ["about", "state", "details"]
# As long as MissingRunsAlarm waits for a run to start.
OLDEST_SNAPSHOT = timedelta(days=1)
# Runs to look through for the last one that was neither skipped nor is under way.
_RUNS = 50
_SHOWN = 3


def write_status(source: Source, format: str | None) -> bool:
    """Write the status of a source, and return whether nothing needs attention."""
    form, moment = format or usual_format(), now()
    with watched(source.open()) as store:
        machine = found_machine(source, store)
        facts = list(facts_of(source, store, machine, moment))
        store.stop()
    if form in DOCUMENTS:
        document = {one.about: {"state": one.state, **one.data} for one in facts}
        write_documents(form, [document])
    else:
        write_records(form, HEADER, ([one.about, one.state, one.details] for one in facts))
    return all(one.state != ATTENTION for one in facts)


def facts_of(
    source: Source, store: Readable, machine: Machine | None, moment: datetime
) -> Iterator[Fact]:
    """Yield what there is to know; only a deployed stack has a schedule and alarms."""
    runs = list(islice(runs_of(store, machine), _RUNS))
    yield _under_way(store, runs, moment)
    yield _last_run(runs, moment)
    yield _snapshot(find_snapshot(store), moment)
    yield _plan(runs, account_names(store))
    yield from _metrics(store, runs)
    if machine is not None:
        stack = machine.stack
        yield from asked("schedule", lambda: [_schedule(source, stack, moment)])
        yield from asked("workflows", partial(workflow_facts, source, store, stack, runs, moment))
        yield from asked("alarms", lambda: [_alarms(source, stack)])


def _under_way(store: Readable, runs: list[Listed], moment: datetime) -> Fact:
    holder = (store.find_json(CLAIM) or {}).get("run_id")
    found = [run for run in runs if run.status in UNDER_WAY]
    data: Record = {"runs": [run.run_id for run in found], "claim": holder}
    if not found:
        left = f"none; the claim of run {holder} is left behind, and the next run takes it over"
        return Fact("under way", GOOD, left if holder else "none", data)
    shown = ", ".join(f"{run.run_id} for {describe(moment - run.started)}" for run in found)
    return Fact("under way", GOOD, f"{shown}; claim: {holder or 'none'}", data)


def _last_run(runs: list[Listed], moment: datetime) -> Fact:
    ended = [run for run in runs if run.status not in (*UNDER_WAY, SKIPPED)]
    skipped = 0
    for run in runs:
        if run.status not in (*UNDER_WAY, SKIPPED):
            break
        skipped += run.status == SKIPPED
    if not ended:
        return Fact("last run", ATTENTION, "there is none yet", {"run": None})
    last = ended[0]
    when = f"ended {span(moment, last.ended)}" if last.ended else f"began {last.started:%F %T}"
    details = f"{last.run_id}: {last.status.replace('_', ' ')}, {when}"
    if last.errors:
        details += f", {counted_as(last.errors, 'error')}: ebbtide runs log {last.run_id}"
    if skipped:
        details += f"; {counted_as(skipped, 'later run')} skipped"
    data = {**last.document(moment), "skipped_since": skipped}
    data["outcome"] = data.pop("status")
    return Fact("last run", ATTENTION if last.status in BAD else GOOD, details, data)


def _snapshot(manifest: Manifest | None, moment: datetime) -> Fact:
    if manifest is None:
        return Fact("snapshot", ATTENTION, "there is none yet", {"run": None})
    created = from_text(manifest.created)
    summary = Summary(manifest.resource_count, "resource", manifest, moment)
    details = " ".join(summary.lines()).removesuffix(".")
    data = {
        "run": manifest.run_id,
        "created": manifest.created,
        "age_seconds": int((moment - created).total_seconds()),
        "resources": manifest.resource_count,
        "accounts": len(manifest.accounts),
        "missing": list(manifest.missing),
        "stale": [one.account for one in manifest.accounts if one.stale_since is not None],
        "incomplete_reads": sum(one.incomplete_reads for one in manifest.accounts),
    }
    return Fact(
        "snapshot", ATTENTION if moment - created > OLDEST_SNAPSHOT else GOOD, details, data
    )


def _plan(runs: list[Listed], names: dict[str, str]) -> Fact:
    found = next((run for run in runs if run.result.plan is not None), None)
    if found is None or found.result.plan is None:
        return Fact("plan", GOOD, "there is none", {"run": None})
    result, plan = found.result, found.result.plan
    calendar = plan.get("calendar")
    data = {"run": found.run_id, "held": result.held, "exceeded": list(plan["exceeded"])}
    data |= {} if calendar is None else {"calendar": calendar}
    data |= {"held_by": result.held_by, "planned": result.planned, "deleted": result.gone}
    for name in ("in_grace", "grace_ending"):
        data[name] = sum(one.get(name, 0) for one in plan["accounts"])
    savings, saved = result.planned_savings, result.savings
    data["planned_savings"] = None if savings is None else savings.to_json()
    data["savings"] = None if saved is None else saved.to_json()
    if result.held:
        reasons = [with_names(names, reason) for reason in plan["exceeded"]]
        reasons += [f"automation {name} holds it" for name in result.held_by]
        reasons = reasons or ["nobody has approved it"]
        more = f" and {len(reasons) - _SHOWN} more" if len(reasons) > _SHOWN else ""
        shown = "; ".join(reasons[:_SHOWN])
        held = f"{found.run_id} is held: {shown}{more}{_saving(savings, 'it would save')}"
        return Fact("plan", ATTENTION, held, data)
    planned = f"{counted_as(result.planned or 0, 'resource')} planned"
    deleted = f"{result.gone or 0} deleted"
    waiting = f", {data['in_grace']} in grace" if data["in_grace"] else ""
    waiting += f" ({data['grace_ending']} ending within a day)" if data["grace_ending"] else ""
    details = f"{planned}{_saving(savings)}{waiting}, {deleted}{_saving(saved)}"
    details = "; ".join([details, *(with_names(names, text) for text in sentences(plan))])
    return Fact("plan", GOOD, f"{found.run_id}: {details}", data)


def _saving(money: Money | None, verb: str = "saving") -> str:
    """Return what a sum is about as a part of a sentence; "" without resources or prices."""
    if money is None or not money.resources:
        return ""
    return f"; {verb} {money.words}" if verb != "saving" else f" ({verb} {money.words})"


def _metrics(store: Readable, runs: list[Listed]) -> Iterator[Fact]:
    """Yield what the metrics of the last run that has some cost in CloudWatch."""
    measured = (run for run in runs if run.result.measured)
    told = next((store.find_json(RunKeys(run.run_id).cloudwatch) for run in measured), None)
    if told is None:
        return
    left = sum(group["left_out"] for group in told["groups"])
    written = counted_as(told["metrics"], "metric")
    details = f"{written} in CloudWatch, {told['monthly']:.2f} USD a month"
    if left:
        details += f"; a budget of {told['budget']:g} USD leaves {left:,} out: ebbtide metrics cost"
    data = {"written": told["metrics"], "monthly": told["monthly"], "left_out": left}
    yield Fact("metrics", GOOD, details, {**data, "budget": told["budget"]})


def _schedule(source: Source, stack: str, moment: datetime) -> Fact:
    schedule = schedule_of_stack(source, stack)
    expression, state = schedule["ScheduleExpression"], schedule["State"]
    if state != "ENABLED":
        data = {"expression": expression, "enabled": False, "next": None}
        return Fact("schedule", GOOD, f"disabled: no run starts by itself ({expression})", data)
    upcoming = next_start(schedule, moment)
    data = {
        "expression": expression,
        "enabled": True,
        "next": None if upcoming is None else to_text(upcoming),
    }
    if upcoming is None:
        return Fact("schedule", GOOD, expression, data)
    details = f"{expression}; next start about {short_time(upcoming)}"
    return Fact("schedule", GOOD, f"{details}, in {describe(upcoming - moment)}", data)


def _alarms(source: Source, stack: str) -> Fact:
    pages = (
        source.client("cloudwatch")
        .get_paginator("describe_alarms")
        .paginate(
            AlarmNamePrefix=f"{stack}-",
            StateValue="ALARM",
            AlarmTypes=["MetricAlarm", "CompositeAlarm"],
        )
    )
    found = [
        alarm["AlarmName"]
        for page in pages
        for alarm in (*page.get("MetricAlarms", ()), *page.get("CompositeAlarms", ()))
    ]
    names = [name.removeprefix(f"{stack}-") for name in found]
    # RecentRunAlarm is about missing data, and only a part of MissingRunsAlarm.
    names = [name for name in names if not name.startswith(("FirstRunAlarm", "RecentRunAlarm"))]
    if names:
        return Fact("alarms", ATTENTION, f"in alarm: {', '.join(names)}", {"in_alarm": names})
    return Fact("alarms", GOOD, "none in alarm", {"in_alarm": []})
