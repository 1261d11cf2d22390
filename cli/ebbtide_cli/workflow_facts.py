"""What the status says of own workflows: whether their schedules are as configured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from ebbtide.base.clock import optional_text
from ebbtide.base.durations import describe
from ebbtide.base.errors import ConfigError
from ebbtide.config.schedules import shortest_interval
from ebbtide.config.workflows import Workflow
from ebbtide.store.readable import Readable
from ebbtide_cli.configuration import read_config
from ebbtide_cli.errors import SourceError
from ebbtide_cli.facts import ATTENTION, GOOD, Fact, Record
from ebbtide_cli.run_list import Listed, short_time
from ebbtide_cli.schedule_group import group_of
from ebbtide_cli.sources import Source
from ebbtide_cli.workflow_states import (
    APPLIED,
    DISABLED,
    LEFT_OVER,
    MISSING,
    State,
    states_of,
)

_APPLY = "ebbtide workflows apply"


def workflow_facts(
    source: Source, store: Readable, stack: str, runs: Sequence[Listed], moment: datetime
) -> list[Fact]:
    """Return a fact for each own workflow, and for each schedule that is left over.

    `runs` are the latest ones, newest first.
    """
    try:
        workflows = read_config(store).workflows
    except ConfigError as error:
        reason = "the configuration is not valid: ebbtide config validate"
        return [Fact("workflows", ATTENTION, reason, {"reason": str(error)})]
    try:
        group = group_of(source, stack)
    except SourceError as error:
        # An older stack has no own workflows.
        return [Fact("workflows", ATTENTION, str(error), {"reason": str(error)})] * bool(workflows)
    states = states_of(workflows, group.found(), group.place, moment)
    return list(_facts(workflows, states, runs, moment))


def _facts(
    workflows: tuple[Workflow, ...],
    states: dict[str, State],
    runs: Sequence[Listed],
    moment: datetime,
) -> Iterator[Fact]:
    for name in dict.fromkeys((*(one.name for one in workflows), *states)):
        state = states.get(name)
        about = f"workflow {name}"
        if state is None:
            yield Fact(about, GOOD, "no schedule; it starts by its name", {"schedule": None})
            continue
        good = state.word == APPLIED
        details = _words(state, moment) + _too_long(name, state, runs)
        yield Fact(about, GOOD if good else ATTENTION, details, _data(state))


def _words(state: State, moment: datetime) -> str:
    expression = state.schedule["ScheduleExpression"]
    zone = state.schedule.get("ScheduleExpressionTimezone") or "UTC"
    if state.word == MISSING:
        return f"its schedule {expression} is missing: {_APPLY}"
    if state.word == DISABLED:
        return f"its schedule {expression} is disabled, so it starts no run: {_APPLY}"
    if state.word == LEFT_OVER:
        return f"its schedule {expression} is no longer in the configuration: {_APPLY}"
    upcoming = state.next_start
    if state.word != APPLIED:
        assert state.change is not None
        return f"its schedule differs, {state.change.words}: {_APPLY}"
    if upcoming is None:
        return f"{expression}, {zone}"
    when = f"next start about {short_time(upcoming)} UTC, in {describe(upcoming - moment)}"
    return f"{expression}, {zone}; {when}"


def _too_long(name: str, state: State, runs: Sequence[Listed]) -> str:
    """Return that the last complete run took longer than the time to the next start, or ''."""
    every = shortest_interval(state.schedule["ScheduleExpression"])
    took = next(
        (
            run.ended - run.started
            for run in runs
            if run.workflow == name and run.status == "succeeded" and run.ended is not None
        ),
        None,
    )
    if every is None or took is None or took <= every:
        return ""
    return f"; its last run took {describe(took)}, longer than the {describe(every)} between starts"


def _data(state: State) -> Record:
    changed = {} if state.change is None else state.change.fields
    return {
        "schedule": state.schedule["ScheduleExpression"],
        "timezone": state.schedule.get("ScheduleExpressionTimezone") or "UTC",
        "schedule_state": state.word,
        "differences": {name: one._asdict() for name, one in changed.items()},
        "next": optional_text(state.next_start),
    }
