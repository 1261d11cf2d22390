"""Write the history: the changes of a period or of one run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Any

from ebbtide.base.clock import now, to_text
from ebbtide.base.durations import moment_of
from ebbtide.store.readable import Readable
from ebbtide_cli.answering import parsed
from ebbtide_cli.changes import Asked, Changes, changes_between, differences
from ebbtide_cli.cleaned import between, changes_of_run, cleaned_since
from ebbtide_cli.errors import UsageError
from ebbtide_cli.formats import DOCUMENTS, usual_format
from ebbtide_cli.formats.documents import write_documents
from ebbtide_cli.formats.rows import write_rows
from ebbtide_cli.output import spaced
from ebbtide_cli.progress import watched
from ebbtide_cli.snapshots import find_snapshot
from ebbtide_cli.sources import Source
from ebbtide_cli.summary import Results, Summary, summarize

type Record = dict[str, Any]

USUAL_PERIOD = timedelta(days=7)
_COLUMNS = ("at", "change", "kind", "id", "name", "region", "account")


@dataclass(frozen=True, slots=True)
class Period:
    """A run, or a period; each of its ends is a time or a duration ago."""

    run: str | None = None
    after: str | None = None
    before: str | None = None

    def changes(self, store: Readable, moment: datetime) -> list[Changes]:
        """Return the changes of a period or run, oldest first: what runs recorded and deleted.

        Raises UsageError if an end is neither a time nor a duration, or if the run is unknown.
        """
        if self.run is not None:
            return changes_of_run(store, self.run)
        end = _moment("--before", self.before, moment) or moment
        start = _moment("--after", self.after, moment) or end - USUAL_PERIOD
        if start > end:
            raise UsageError(f"--after ({to_text(start)}) is later than --before ({to_text(end)})")
        within = between(to_text(start), to_text(end))
        return [*changes_between(store, start, end), *cleaned_since(store, within)]


def _moment(option: str, text: str | None, moment: datetime) -> datetime | None:
    if text is None:
        return None
    try:
        return moment_of(text, moment)
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from error


def write_history(
    source: Source,
    query: str | None,
    period: Period,
    changes: Iterable[str],
    kinds: Iterable[str],
    format: str | None,
) -> None:
    """Write the changes that match a filter, oldest first; empty filters match all."""
    moment = now()
    with watched(source.open()) as store:
        filter = None if query is None else parsed(query, store, moment)
        asked = Asked(frozenset(changes), frozenset(kinds), filter)
        recorded = period.changes(store, moment)
        found = (record for run in recorded for record in asked.records(store, run))
        first = list(islice(found, 1))
        store.stop()
        results = Results(chain(first, found))
        _write(format or usual_format(), iter(results))
        newest = recorded[-1].manifest if recorded else find_snapshot(store)
    summarize(Summary(results.count, "change", newest, moment, kinds=asked.read_kinds))


def _write(format: str, records: Iterator[Record]) -> None:
    if format in DOCUMENTS:
        write_documents(format, records)
    else:
        write_rows(format, [*_COLUMNS, "changed"], map(_row, records))


def _row(record: Record) -> list[Any]:
    found = [f"{path}: {_shown(old)} -> {_shown(new)}" for path, old, new in differences(record)]
    by = record["cleaned_by"]
    if by is not None:
        found.append(f"deleted by run {by['run_id']}, rule {by['rule']}")
    record = {**record, "account": record["account_name"] or record["account"]}
    return [*(record[name] for name in _COLUMNS), "; ".join(found) or None]


def _shown(value: Any) -> str:
    return "null" if value is None else spaced(value)
