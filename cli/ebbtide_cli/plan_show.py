"""Show the plan of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from ebbtide.base.clock import from_text, now
from ebbtide.base.durations import describe
from ebbtide.kinds import concrete_kinds, known_kinds
from ebbtide.model.savings import Money
from ebbtide.plan.model import Plan, Planned, Rejected
from ebbtide.plan.today import sentences
from ebbtide_cli.accounts import ids_of, with_names
from ebbtide_cli.errors import UsageError
from ebbtide_cli.formats import DOCUMENTS, usual_format
from ebbtide_cli.formats.documents import write_documents
from ebbtide_cli.formats.rows import write_rows
from ebbtide_cli.output import console, inform, say, table_width, write_all
from ebbtide_cli.plan_tables import (
    MONTHLY,
    account_text,
    block_lines,
    brief_plan,
    brief_rejected,
    planned_block,
    planned_row,
    rejected_block,
    rejected_row,
)
from ebbtide_cli.planned_runs import Decided, planned_run
from ebbtide_cli.progress import watched
from ebbtide_cli.sources import Source
from ebbtide_cli.summary import counted_as

type Entry = Planned | Rejected

_SECTIONS = ("planned", "reported", "refused", "undecided")
_TITLES = {
    "planned": "To delete",
    "reported": "Only reported in this run",
    "refused": "Refused: stays until somebody changes something",
    "undecided": "Undecided: stays, because too little is known",
}
_GOING = ("wave", "account", "region", "kind", MONTHLY)
_STAYING = ("code", "account", "region", "kind", MONTHLY)


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a plan to show; empty filters show everything."""

    run: str | None = None
    accounts: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    details: bool = False
    brief: bool = False

    def filter(self) -> Callable[[Entry], bool]:
        """Return whether an entry is to be shown. Raises UsageError for an unknown kind."""
        for kind in self.kinds:
            if kind not in known_kinds():
                raise UsageError(f"unknown kind {kind!r}; `ebbtide kinds` lists all kinds")
        kinds = concrete_kinds(self.kinds)
        rules = frozenset(self.rules)

        def wanted(entry: Entry) -> bool:
            if kinds and entry.subject.kind not in kinds:
                return False
            return not rules or not rules.isdisjoint(_names_of(entry))

        return wanted


def _names_of(entry: Entry) -> set[str]:
    """Return what selects an entry, jobs and automations also without their prefix."""
    return {*entry.rules, *(name.partition(":")[2] or name for name in entry.rules)}


@dataclass(frozen=True, slots=True)
class Shown:
    """The entries of plans by section, all or some of them."""

    planned: tuple[Planned, ...] = ()
    reported: tuple[Planned, ...] = ()
    refused: tuple[Rejected, ...] = ()
    undecided: tuple[Rejected, ...] = ()

    @classmethod
    def of(cls, plans: Sequence[Plan], asked: Asked) -> Shown:
        wanted = asked.filter()
        found = {
            section: tuple(
                entry for plan in plans for entry in getattr(plan, section) if wanted(entry)
            )
            for section in (asked.sections or _SECTIONS)
        }
        found |= {
            name: tuple(sorted(found[name], key=lambda one: (one.wave, one.subject.graph_id)))
            for name in ("planned", "reported")
            if name in found
        }
        return cls(**found)

    def sections(self) -> Iterator[tuple[str, tuple[Entry, ...]]]:
        for name in _SECTIONS:
            entries = getattr(self, name)
            if entries:
                yield name, entries


def write_plan(source: Source, asked: Asked, format: str | None) -> None:
    """Write what a run planned, and to stderr how much that is and whether it is held."""
    format = format or usual_format()
    with watched(source.open()) as store:
        decided = planned_run(store, asked.run)
        accounts = ids_of(decided.names, asked.accounts)
        shown = Shown.of([decided.with_notes(plan) for plan in decided.plans(accounts)], asked)
        store.stop()
    if format == "table":
        write_tables(shown, decided, asked)
    elif format in DOCUMENTS:
        write_documents(format, _documents(shown, decided))
    else:
        _write_rows(format, shown, decided)
    inform(summary_line(shown, decided, asked))
    for line in state_lines(decided):
        say(line)


def write_tables(shown: Shown, decided: Decided, asked: Asked) -> None:
    """Write a table per section; a brief one has names instead of ids."""
    out, names = console(width=table_width()), decided.names
    if asked.brief:
        if shown.planned:
            brief_plan(out, shown.planned, names)
        if shown.reported:
            reported = [replace(entry, reason=entry.stays) for entry in shown.reported]
            brief_plan(out, reported, names)
        for section in ("refused", "undecided"):
            if getattr(shown, section):
                brief_rejected(out, section.capitalize(), getattr(shown, section), names)
        return
    for section, entries in shown.sections():
        out.print(f"\n{_TITLES[section]}: {counted_as(len(entries), 'resource')}", style="bold")
        blocks = [
            planned_block(entry, names, details=asked.details)
            if isinstance(entry, Planned)
            else rejected_block(entry, names)
            for entry in entries
        ]
        header = _GOING if section in ("planned", "reported") else _STAYING
        write_lines(block_lines(header, blocks, out.width))


def write_lines(lines: Sequence[str]) -> None:
    """Write lines as they are: the console would break what is too long."""
    write_all(f"{line}\n" for line in lines)


def _documents(shown: Shown, decided: Decided) -> Iterator[dict[str, Any]]:
    for section, entries in shown.sections():
        for entry in entries:
            account = account_text(entry.subject, decided.names)
            yield {"outcome": section, "account_name": account, **asdict(entry)}


def _write_rows(format: str, shown: Shown, decided: Decided) -> None:
    rows = [
        planned_row(section, entry, decided.names)
        if isinstance(entry, Planned)
        else rejected_row(section, entry, decided.names)
        for section, entries in shown.sections()
        for entry in entries
    ]
    header = list(rows[0]) if rows else []
    write_rows(format, header, ([row[name] for name in header] for row in rows))


def summary_line(shown: Shown, decided: Decided, asked: Asked) -> str:
    """Return how much is shown, of which run, and how old it is."""
    counts = []
    if "planned" in (asked.sections or _SECTIONS):
        along = sum(entry.action == "goes_with" for entry in shown.planned)
        waves = len({entry.wave for entry in shown.planned})
        counts.append(f"{counted_as(len(shown.planned), 'resource')} to delete")
        counts[0] += f" in {waves} waves" if waves > 1 else ""
        counts += [f"{along} of them along with others"] if along else []
        if shown.planned:
            counts.append(f"which saves {Money.of(one.monthly for one in shown.planned).words}")
    for section in asked.sections or _SECTIONS[1:]:
        found = len(getattr(shown, section))
        if section != "planned" and (found or asked.sections):
            counts.append(f"{found:,} {section}{_in_grace(shown) if section == 'reported' else ''}")
    age = now() - from_text(decided.summary["created"])
    return f"{', '.join(counts)}; plan of run {decided.run_id}, {describe(age)} old."


def _in_grace(shown: Shown) -> str:
    """Return how many of the reported ones wait for the end of a grace, in brackets."""
    found = [entry.grace for entry in shown.reported if entry.grace is not None]
    ending = sum(one.ending for one in found)
    more = f", {ending:,} of them until tomorrow at most" if ending else ""
    return f" ({len(found):,} in grace{more})" if found else ""


def state_lines(decided: Decided) -> list[str]:
    """Return what keeps the plan from being carried out, and what could not be planned."""
    summary, lines = decided.summary, []
    if summary["held"]:
        lines += [f"Held, nothing of it is deleted: {reason}." for reason in summary["exceeded"]]
        lines = lines or ["Held, nothing of it is deleted: nobody has approved it."]
    elif summary.get("held_resources"):
        held = counted_as(summary["held_resources"], "resource")
        lines.append(f"{held} of it held for lack of an approval.")
    lines += [f"{text}." for text in sentences(summary)]
    if decided.held_by:
        by = f"automation {', '.join(decided.held_by)}"
        lines.append(f"Held by {by}, nothing of it is deleted; `ebbtide runs log` says why.")
    cleanup = None if decided.run is None else decided.run.config.cleanup
    if cleanup is not None and not cleanup.enabled:
        lines.append("Nothing of it is deleted: cleanup.enabled was false in this run.")
    elif cleanup is not None and cleanup.dry_run:
        lines.append("Nothing of it is deleted: cleanup.dry_run was true in this run.")
    names = decided.names
    unplanned = [names.get(one) or one for one in summary.get("unplanned_accounts", ())]
    if unplanned:
        lines.append(f"Could not be planned: {', '.join(unplanned)}.")
    return [with_names(names, line) for line in lines]
