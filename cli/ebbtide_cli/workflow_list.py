"""List the workflows, built-in and own, and describe one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from ebbtide.base.clock import from_text, now, optional_text
from ebbtide.base.durations import describe
from ebbtide.config import Config
from ebbtide.config.schedules import next_of_cron
from ebbtide.config.workflows import Workflow
from ebbtide.deployment.events import USUAL_WORKFLOW, WORKFLOWS, events_of
from ebbtide.store.readable import Readable
from ebbtide_cli.accounts import account_names, named
from ebbtide_cli.aws_errors import sentence_of
from ebbtide_cli.config_files import file_text
from ebbtide_cli.configuration import read_config
from ebbtide_cli.errors import SourceError
from ebbtide_cli.formats import DOCUMENTS, usual_format
from ebbtide_cli.formats.documents import write_documents, yaml_text
from ebbtide_cli.machine import Machine, found_machine
from ebbtide_cli.output import warn, write_all
from ebbtide_cli.own_schedules import ENABLED, Schedule
from ebbtide_cli.progress import watched
from ebbtide_cli.results import write_records
from ebbtide_cli.run_list import Listed, runs_of, span
from ebbtide_cli.schedule_group import group_of, schedule_of_stack
from ebbtide_cli.schedules import next_start
from ebbtide_cli.sources import Source
from ebbtide_cli.workflow_names import find_workflow
from ebbtide_cli.workflow_states import APPLIED, State, states_of

type Record = dict[str, Any]

# Runs to look through for the last one of each workflow.
_RUNS = 50


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to know of workflows; without a stack, it is less."""

    config: Config = field(default_factory=Config)
    names: Mapping[str, str] = field(default_factory=dict)
    # By workflow: its last run, and the state of its schedule.
    last: Mapping[str, Listed] = field(default_factory=dict)
    states: Mapping[str, State] | None = None
    # The schedule of the stack itself, which starts the usual workflow.
    usual: Schedule | None = None

    def document(self, name: str, moment: datetime) -> Record:
        """Return what is known of a workflow, built-in or own."""
        own = next((one for one in self.config.workflows if one.name == name), None)
        last = self.last.get(name)
        steps = WORKFLOWS[name] if own is None else own.steps
        return {
            "workflow": name,
            "steps": list(steps),
            **self._scheduled(name, own, moment),
            "last_run": None if last is None else last.run_id,
            "last_status": None if last is None else last.status,
            "last_started": None if last is None else optional_text(last.started),
            "accounts": [named(self.names, one) for one in own.accounts] if own else [],
            "regions": list(own.regions) if own else [],
            "dry_run": bool(own and own.dry_run),
            "overlap": own.overlap if own else "skip",
        }

    def _scheduled(self, name: str, own: Workflow | None, moment: datetime) -> Record:
        state = (self.states or {}).get(name)
        if own is None and name == USUAL_WORKFLOW and self.usual is not None:
            enabled = self.usual["State"] == ENABLED
            upcoming = next_start(self.usual, moment) if enabled else None
            zone = self.usual.get("ScheduleExpressionTimezone") or "UTC"
            return _schedule(
                self.usual["ScheduleExpression"], zone, None if enabled else "disabled", upcoming
            )
        if state is not None:
            zone = state.schedule.get("ScheduleExpressionTimezone") or "UTC"
            expression = state.schedule["ScheduleExpression"]
            return _schedule(expression, zone, state.word, state.next_start)
        if own is None or own.schedule is None:
            return _schedule(None, None, None, None)
        # Whether it was applied is unknown; a rate counts from then, a cron expression does not.
        upcoming = next_of_cron(own.schedule, own.timezone, moment)
        return _schedule(own.schedule, own.timezone, None, upcoming)


def _schedule(
    expression: str | None, zone: str | None, state: str | None, upcoming: datetime | None
) -> Record:
    return {
        "schedule": expression,
        "timezone": zone,
        "schedule_state": state,
        "next_start": optional_text(upcoming),
    }


def known_workflows(
    source: Source, file: str | None, moment: datetime, wanted: str | None = None
) -> Known:
    """Return what a file says of workflows, or else what a source says, its stack included.

    Raises UsageError if there is no own workflow of the `wanted` name.
    """
    if file is not None:
        config = file_text(file).effective().config
        _require(config, wanted)
        return Known(config)
    with watched(source.open()) as store:
        config = read_config(store)
        _require(config, wanted)
        names = account_names(store)
        machine = found_machine(source, store)
        last = _last_runs(store, machine)
        store.stop()
    if machine is None:
        return Known(config, names, last)
    usual, states = _deployed(source, machine.stack, config, moment)
    return Known(config, names, last, states, usual)


def _require(config: Config, name: str | None) -> None:
    if name is not None:
        find_workflow(config.workflows, name)


def _last_runs(store: Readable, machine: Machine | None) -> dict[str, Listed]:
    found: dict[str, Listed] = {}
    for run in islice(runs_of(store, machine), _RUNS):
        if run.workflow is not None:
            found.setdefault(run.workflow, run)
    return found


def _deployed(
    source: Source, stack: str, config: Config, moment: datetime
) -> tuple[Schedule | None, dict[str, State] | None]:
    """Return the schedule of the stack, and those of own workflows; None for what is unknown."""
    from botocore.exceptions import ClientError

    usual = None
    try:
        usual = schedule_of_stack(source, stack)
        group = group_of(source, stack)
        return usual, states_of(config.workflows, group.found(), group.place, moment)
    except ClientError as error:
        warn(f"schedules are unknown: {sentence_of(error)}")
    except SourceError as error:
        if config.workflows:
            warn(f"schedules of own workflows are unknown: {error}")
    return usual, None


def write_workflows(source: Source, file: str | None, format: str | None) -> None:
    """Write all workflows, and the schedules that are left over of earlier ones."""
    moment, form = now(), format or usual_format()
    known = known_workflows(source, file, moment)
    names = [*WORKFLOWS, *(one.name for one in known.config.workflows)]
    documents = [known.document(name, moment) for name in names]
    if form in DOCUMENTS:
        write_documents(form, documents)
    else:
        rows = [_columns(one, known, moment) for one in documents]
        if form == "table":
            rows = [_narrow(one, moment) for one in rows]
        write_records(form, list(rows[0]), ([*one.values()] for one in rows))
    left = sorted(set(known.states or ()) - set(names))
    if left:
        warn(
            f"schedules of workflows that are not in the configuration: {', '.join(left)}; "
            "`ebbtide workflows apply` deletes them"
        )


def _columns(document: Record, known: Known, moment: datetime) -> Record:
    """Return the cells of a workflow for people who read lines."""
    zone, upcoming = document["timezone"], document["next_start"]
    schedule = document["schedule"]
    last = known.last.get(document["workflow"])
    return {
        "workflow": document["workflow"],
        "steps": ", ".join(document["steps"]),
        "schedule": schedule if zone in (None, "UTC") else f"{schedule} {zone}",
        "schedule_state": document["schedule_state"],
        "next_start": upcoming,
        "last": None if last is None else f"{last.status} {span(moment, last.started)}",
        "accounts": ", ".join(document["accounts"]) or None,
        "regions": ", ".join(document["regions"]) or None,
        "overlap": document["overlap"],
    }


def _narrow(columns: Record, moment: datetime) -> Record:
    """Return the cells with all about the schedule in one, which a terminal has room for."""
    state, upcoming = columns.pop("schedule_state"), columns.pop("next_start")
    parts = [columns["schedule"], None if state == APPLIED else state]
    if upcoming is not None:
        parts.append(f"next in {describe(from_text(upcoming) - moment)}")
    columns["schedule"] = ", ".join(part for part in parts if part) or None
    return columns


def write_workflow(source: Source, name: str, file: str | None) -> None:
    """Write all that is known of a workflow. A built-in one needs no source.

    Raises UsageError for an unknown one.
    """
    moment = now()
    known = Known() if name in WORKFLOWS else known_workflows(source, file, moment, name)
    document = known.document(name, moment)
    document["events"] = list(events_of(document["steps"]))
    _write_yaml({key: value for key, value in document.items() if value not in (None, [])})


def _write_yaml(document: Record) -> None:
    write_all([yaml_text(document)])
