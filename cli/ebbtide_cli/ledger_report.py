"""`ebbtide cleanup log`: the endings of resources, from the ledgers of all runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from ebbtide.base.clock import from_text, now, to_text
from ebbtide.base.durations import moment_of
from ebbtide.kinds import concrete_kinds, known_kinds
from ebbtide.report.deletions import ENDINGS, Deletion, cleaned_accounts, deletions_of
from ebbtide.store.readable import Readable
from ebbtide.store.run import find_run
from ebbtide_cli.accounts import account_names, ids_of, named
from ebbtide_cli.errors import UsageError
from ebbtide_cli.formats import DOCUMENTS, usual_format
from ebbtide_cli.formats.documents import write_documents
from ebbtide_cli.formats.fitting import compact
from ebbtide_cli.output import inform
from ebbtide_cli.parallel import in_parallel
from ebbtide_cli.progress import watched
from ebbtide_cli.results import write_records
from ebbtide_cli.sources import Source
from ebbtide_cli.summary import counted_as

type Record = dict[str, Any]

HEADER = ["at", "ending", "kind", "id", "region", "account", "rule", "run", "because"]
USUAL_PERIOD = timedelta(days=7)
# A cleanup ends long before this after the start of its run: a run takes a day at most.
_LONGEST_RUN = timedelta(days=1)
_KNOWN = (*ENDINGS, "pending")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which endings to list; an empty part means all. A period ends now unless it says so."""

    ids: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    runs: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()

    def period(self, moment: datetime) -> tuple[datetime | None, datetime]:
        """Return the ends of the period; None for the beginning of what is kept.

        Raises UsageError if one is neither a time nor a duration, or if they are the wrong way
        round.
        """
        end = _time("--until", self.until, moment) or moment
        start = _time("--since", self.since, moment)
        if start is None and not self.ids and not self.runs:
            start = end - USUAL_PERIOD
        if start is not None and start > end:
            raise UsageError(f"--since ({to_text(start)}) is later than --until ({to_text(end)})")
        return start, end


def _time(option: str, text: str | None, moment: datetime) -> datetime | None:
    if text is None:
        return None
    try:
        return moment_of(text, moment)
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from error


@dataclass(frozen=True, slots=True)
class Chosen:
    """The same, with names resolved and checked."""

    wanted: Wanted
    accounts: frozenset[str]
    kinds: frozenset[str]
    start: datetime | None
    end: datetime

    @classmethod
    def of(cls, wanted: Wanted, names: Mapping[str, str], moment: datetime) -> Chosen:
        """Check what is asked for. Raises UsageError for a name that there is not."""
        for ending in wanted.endings:
            if ending not in _KNOWN:
                raise UsageError(f"unknown ending {ending!r}; give one of {', '.join(_KNOWN)}")
        for kind in set(wanted.kinds) - known_kinds():
            raise UsageError(f"unknown kind {kind!r}; `ebbtide kinds` lists all kinds")
        accounts = frozenset(ids_of(names, wanted.accounts, known_only=False))
        start, end = wanted.period(moment)
        return cls(wanted, accounts, concrete_kinds(wanted.kinds), start, end)

    def has(self, one: Deletion) -> bool:
        wanted, at = self.wanted, from_text(one.at)
        return (
            (self.start is None or at >= self.start)
            and at <= self.end
            and (not wanted.ids or not {one.id, one.arn, one.graph_id}.isdisjoint(wanted.ids))
            and (not wanted.rules or not set(one.rules).isdisjoint(wanted.rules))
            and (not self.kinds or one.kind in self.kinds)
        )

    def has_ending(self, one: Deletion) -> bool:
        return not self.wanted.endings or one.ending in self.wanted.endings

    def may_have(self, started: datetime) -> bool:
        """Return whether a run that started then may have deleted something in the period."""
        return started <= self.end and (self.start is None or started >= self.start - _LONGEST_RUN)


def deletions(store: Readable, chosen: Chosen) -> list[Deletion]:
    """Return the endings that are asked for, oldest first.

    Pending is only what no later entry has ended.
    """
    all_found = (one for run_id in _runs(store, chosen) for one in _of_run(store, chosen, run_id))
    found = sorted(all_found, key=lambda one: one.at)
    last = {one.graph_id: one for one in found}
    return [
        one
        for one in found
        if chosen.has_ending(one) and (one.ending != "pending" or last[one.graph_id] is one)
    ]


def _of_run(store: Readable, chosen: Chosen, run_id: str) -> Iterator[Deletion]:
    for account in cleaned_accounts(store, run_id):
        if not chosen.accounts or account in chosen.accounts:
            yield from filter(chosen.has, deletions_of(store, run_id, account))


def _runs(store: Readable, chosen: Chosen) -> Iterator[str]:
    """Yield the runs whose ledgers to read. Raises UsageError for one that there is not."""
    known = list(store.folders("runs/"))
    for run_id in chosen.wanted.runs:
        if run_id not in known:
            raise UsageError(f"run not found: {run_id}; `ebbtide runs list` lists the runs")
    asked = chosen.wanted.runs or known
    wanted = in_parallel(partial(_is_wanted, store, chosen), asked)
    yield from (run_id for run_id, has in zip(asked, wanted, strict=True) if has)


def _is_wanted(store: Readable, chosen: Chosen, run_id: str) -> bool:
    # Most runs clean up nothing, and a listing tells so without reading an object.
    if not cleaned_accounts(store, run_id):
        return False
    run = find_run(store, run_id)
    return run is None or chosen.may_have(run.started)


def write_deletions(source: Source, wanted: Wanted, format: str | None) -> None:
    """Write what cleanups did to resources."""
    form, moment = format or usual_format(), now()
    with watched(source.open()) as store:
        names = account_names(store)
        chosen = Chosen.of(wanted, names, moment)
        found = deletions(store, chosen)
        store.stop()
    if form in DOCUMENTS:
        write_documents(form, (_document(one, names) for one in found))
    else:
        write_records(form, HEADER, (_row(one, names) for one in found))
    inform(_summary(found, chosen))


def _summary(found: list[Deletion], chosen: Chosen) -> str:
    runs = len({one.run_id for one in found})
    span = f"since {compact(to_text(chosen.start))}" if chosen.start else "in all that is kept"
    return f"{counted_as(len(found), 'resource')} in {counted_as(runs, 'cleanup')}, {span}."


def _row(one: Deletion, names: Mapping[str, str]) -> list[Any]:
    # What was deleted is explained by its selection; why something stays, by its ending.
    because = one.selected_because if one.ending in ("gone", "would_delete") else one.reason
    return [
        compact(one.at),
        one.ending,
        one.kind,
        one.id,
        one.region,
        named(names, one.account),
        ", ".join(one.rules),
        one.run_id,
        because,
    ]


def _document(one: Deletion, names: Mapping[str, str]) -> Record:
    found = asdict(one)
    return {**found, "rules": list(one.rules), "account_name": named(names, one.account)}
