"""Make the schedules of own workflows equal to the configuration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ebbtide_cli.asking import agreed
from ebbtide_cli.configuration import read_config
from ebbtide_cli.errors import NO, SOURCE
from ebbtide_cli.formats import DOCUMENTS, usual_format
from ebbtide_cli.formats.documents import write_documents
from ebbtide_cli.machine import stack_of
from ebbtide_cli.output import inform, report, say, warn
from ebbtide_cli.own_schedules import UPDATE, Change, changes_between, wanted_schedules
from ebbtide_cli.results import write_records
from ebbtide_cli.schedule_group import ScheduleGroup, group_of
from ebbtide_cli.sources import Source
from ebbtide_cli.summary import counted_as

HEADER = ["workflow", "change", "details"]
_DONE = {"create": "Created", "update": "Updated", "delete": "Deleted"}


def apply(
    source: Source, format: str | None, *, yes: bool, dry_run: bool, exit_code: bool = False
) -> int:
    """Show how the schedules differ from the configuration, ask, and change them.

    Return the exit code. A change that fails keeps no other one from being made, and a repeated
    call makes those that are left. Raises UsageError for a folder, or if nobody can be asked.
    """
    source.require_bucket("make schedules")
    store = source.open()
    config = read_config(store)
    for one in config.workflows:
        if one.warning:
            warn(one.warning)
    group = group_of(source, stack_of(source, store))
    changes = changes_between(group.found(), wanted_schedules(config.workflows, group.place))
    _write(changes, format or usual_format())
    if not changes:
        inform("The schedules are as configured; nothing to do.")
        return 0
    number = counted_as(len(changes), "change")
    if dry_run:
        inform(f"{number} to make; nothing was changed (--dry-run).")
        return NO if exit_code else 0
    if not agreed(f"Make {number}?", yes=yes):
        say("Nothing was changed.")
        return NO
    return _carry_out(group, changes)


def _write(changes: Sequence[Change], format: str) -> None:
    if format in DOCUMENTS:
        write_documents(format, map(_document, changes))
    elif changes:
        write_records(format, HEADER, ([one.name, one.action, one.words] for one in changes))


def _document(change: Change) -> dict[str, Any]:
    document: dict[str, Any] = {"workflow": change.name, "change": change.action}
    if change.action == UPDATE:
        document["fields"] = {name: one._asdict() for name, one in change.fields.items()}
        return document
    document["schedule"] = change.schedule["ScheduleExpression"]
    document["timezone"] = change.schedule.get("ScheduleExpressionTimezone") or "UTC"
    return document


def _carry_out(group: ScheduleGroup, changes: Sequence[Change]) -> int:
    failed = 0
    for change in changes:
        reason = group.carry_out(change)
        if reason:
            failed += 1
            report(f"{change.name}: cannot {change.action} its schedule: {reason}")
        else:
            say(f"{_DONE[change.action]} the schedule of {change.name}.")
    if not failed:
        return 0
    report(
        f"{counted_as(failed, 'change')} of {len(changes)} failed; `ebbtide workflows apply` makes "
        "what is left"
    )
    return SOURCE
