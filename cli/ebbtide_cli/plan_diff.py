"""Compare the plans of two runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from ebbtide.plan.comparing import Change, Fate, changes, fates_of
from ebbtide.store.readable import Readable
from ebbtide_cli.accounts import ids_of
from ebbtide_cli.errors import SourceError, UsageError
from ebbtide_cli.formats import DOCUMENTS, usual_format
from ebbtide_cli.formats.documents import write_documents
from ebbtide_cli.formats.rows import write_rows
from ebbtide_cli.output import inform, table_width
from ebbtide_cli.plan_show import write_lines
from ebbtide_cli.plan_tables import MONTHLY, Block, account_text, block_lines, price_text
from ebbtide_cli.planned_runs import Decided, decided_in, runs_with_plans
from ebbtide_cli.progress import watched
from ebbtide_cli.sources import Source

# Runs with a plan that lie between two compared ones at most.
_RUNS = 48
_HEADER = ("change", "account", "region", "kind", "monthly", "id", "name", "before", "after")


def write_diff(
    source: Source, runs: Sequence[str], accounts: Iterable[str], format: str | None
) -> None:
    """Write what differs between the plans of two runs, by default of the last two.

    One run is compared with the last one.
    """
    format = format or usual_format()
    with watched(source.open()) as store:
        before, after = _two(store, runs)
        names = {**before.names, **after.names}
        chosen = ids_of(names, accounts)
        found = changes(fates_of(before.plans(chosen)), fates_of(after.plans(chosen)))
        deleted = _deleted(store, before, after, found)
        store.stop()
    write_changes(format, found, names, deleted)
    inform(f"{counted(found)}, from the plan of run {before.run_id} to that of {after.run_id}.")


def counted(found: Iterable[Change]) -> str:
    """Return how many changes there are of each sort, such as `2 selected, 1 dropped`."""
    counts = Counter(one.change for one in found)
    return ", ".join(f"{number} {name}" for name, number in counts.items()) or "No differences"


def _two(store: Readable, runs: Sequence[str]) -> tuple[Decided, Decided]:
    if len(runs) == 2:
        return decided_in(store, runs[0]), decided_in(store, runs[1])
    newest = list(islice(runs_with_plans(store), 2))
    if runs:
        if newest[:1] == [runs[0]]:
            raise UsageError(f"{runs[0]} is the last run with a plan; give an earlier one, or two")
        return decided_in(store, runs[0]), decided_in(store, _last(store, newest))
    if len(newest) < 2:
        raise SourceError(f"there are no two runs with a plan in {store.name}")
    return decided_in(store, newest[1]), decided_in(store, newest[0])


def _last(store: Readable, newest: Sequence[str]) -> str:
    if not newest:
        raise SourceError(f"no plan found in {store.name}")
    return newest[0]


def _deleted(
    store: Readable, before: Decided, after: Decided, found: Iterable[Change]
) -> Mapping[str, str]:
    """Return the run that deleted what has gone between two plans, by graph id."""
    gone: dict[str, str] = {}
    accounts = {one.subject.account for one in found if one.after is None}
    for run_id in _between(store, before, after) if accounts else ():
        run = before if run_id == before.run_id else decided_in(store, run_id)
        for account in accounts:
            endings = run.endings(account).items()
            gone |= {name: run_id for name, one in endings if one["status"] == "gone"}
    return gone


def _between(store: Readable, before: Decided, after: Decided) -> list[str]:
    """Return the earlier of two runs and those between them; only the earlier if it is unknown."""
    runs = list(islice(runs_with_plans(store), _RUNS))
    if before.run_id not in runs:
        return [before.run_id]
    first = runs.index(after.run_id) + 1 if after.run_id in runs else 0
    return runs[first : runs.index(before.run_id) + 1] or [before.run_id]


def write_changes(
    format: str, found: Sequence[Change], names: Mapping[str, str], deleted: Mapping[str, str]
) -> None:
    """Write changes in any format; `deleted` says which run deleted what is gone."""
    if format == "table":
        width = table_width()
        blocks = [_block(one, names, deleted) for one in found]
        header = ("change", "account", "kind", MONTHLY)
        write_lines(block_lines(header, blocks, width) if blocks else [])
    elif format in DOCUMENTS:
        write_documents(format, (one.to_json() for one in found))
    else:
        write_rows(format, _HEADER, _rows(found, names, deleted))


def _block(one: Change, names: Mapping[str, str], deleted: Mapping[str, str]) -> Block:
    subject = one.subject
    before, after = _sides(one, deleted)
    cells = (one.change, account_text(subject, names), subject.kind, price_text(_monthly(one)))
    return Block(cells, subject.id, subject.name, (f"before: {before}", f"after: {after}"))


def _monthly(one: Change) -> float | None:
    fate = one.after or one.before
    return None if fate is None else fate.monthly


def _rows(
    found: Iterable[Change], names: Mapping[str, str], deleted: Mapping[str, str]
) -> Iterator[list[Any]]:
    for one in found:
        subject = one.subject
        where = [account_text(subject, names), subject.region, subject.kind]
        where.append(price_text(_monthly(one)))
        yield [one.change, *where, subject.id, subject.name, *_sides(one, deleted)]


def _sides(one: Change, deleted: Mapping[str, str]) -> tuple[str, str]:
    run = deleted.get(one.subject.graph_id) if one.after is None else None
    return fate_text(one.before), f"deleted in run {run}" if run else fate_text(one.after)


def fate_text(fate: Fate | None) -> str:
    """Return what a plan says about a resource in words."""
    if fate is None:
        return "not in the plan"
    rules = f", selected by {', '.join(fate.rules)}" if fate.rules else ""
    outcome = f"{fate.outcome} ({fate.code})" if fate.code else fate.outcome
    return f"{outcome}{rules}: {fate.reason}"
