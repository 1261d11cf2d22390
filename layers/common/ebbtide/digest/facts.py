"""Everything that the digests of one run tell, before it is divided among owners."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ebbtide.base.clock import from_text, to_text
from ebbtide.base.errors import MissingError
from ebbtide.digest.changes import Last
from ebbtide.digest.item import Deleted, Item
from ebbtide.digest.reading import manifest_of, read_items
from ebbtide.digest.window import deleted_since
from ebbtide.graph.manifest import AccountEntry, Manifest
from ebbtide.plan.today import sentences
from ebbtide.report.runs import answers_in, held_by, is_unread
from ebbtide.report.words import listed
from ebbtide.store.readable import Readable
from ebbtide.store.run import Run

type Record = Mapping[str, Any]

# Kinds of an account with gaps that a sentence names before it only counts.
_KINDS = 3


@dataclass(frozen=True, slots=True)
class Incomplete:
    """An account that was not read or planned completely, and why; `sort` is the reason alone."""

    account: str
    sort: str
    why: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What a run left; `names` are those of accounts, `since` begins the period of `deleted`."""

    run_id: str
    started: datetime
    stack: str
    tag: str
    since: datetime
    items: tuple[Item, ...] = ()
    deleted: tuple[Deleted, ...] = ()
    holds: tuple[str, ...] = ()
    can_approve: bool = False
    incomplete: tuple[Incomplete, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    def period(self, last: Last | None) -> datetime:
        """Return the beginning of the period that somebody is told about."""
        return self.since if last is None else max(last.started, self.since)

    def deleted_after(self, since: datetime) -> list[Deleted]:
        """Return what was deleted by runs that started after a time."""
        return [one for one in self.deleted if from_text(one.started) > since]

    def by_owner(self) -> dict[str, Facts]:
        """Return for each owner, sorted, the facts about what is theirs."""
        items: dict[str, list[Item]] = {}
        deleted: dict[str, list[Deleted]] = {}
        for one in self.items:
            if one.owner is not None:
                items.setdefault(one.owner, []).append(one)
        for gone in self.deleted:
            if gone.owner is not None:
                deleted.setdefault(gone.owner, []).append(gone)
        return {
            owner: replace(
                self, items=tuple(items.get(owner, ())), deleted=tuple(deleted.get(owner, ()))
            )
            for owner in sorted(items.keys() | deleted.keys())
        }


def summary_of(store: Readable, run: Run) -> Record:
    """Return the summary of the plans of a run. Raises MissingError if it has none."""
    found: Record | None = store.find_json(run.keys.plan_summary)
    if found is None:
        raise MissingError(f"run {run.run_id!r} has no plan")
    return found


def read_facts(store: Readable, run: Run) -> Facts:
    """Read everything about a run but deletions. Raises MissingError if it has no plan."""
    summary, manifest = summary_of(store, run), manifest_of(store, run)
    tag = run.config.owners.tag
    return Facts(
        run.run_id,
        run.started,
        run.own.stack,
        tag,
        run.started,
        tuple(read_items(store, run, summary, manifest, tag)),
        holds=tuple(_holds(store, run, summary)),
        can_approve=summary.get("approval", "never") != "never",
        incomplete=tuple(_incomplete(summary, manifest)),
        names={} if manifest is None else {one.account: one.name for one in manifest.accounts},
    )


def with_deletions(store: Readable, run: Run, facts: Facts, since: datetime) -> Facts:
    """Add what this and earlier runs deleted that started after `since`."""
    deleted = deleted_since(store, run, manifest_of(store, run), since, facts.tag)
    return replace(facts, since=since, deleted=tuple(deleted))


def _holds(store: Readable, run: Run, summary: Record) -> Iterator[str]:
    """Yield why the plan, or a part of it, waits; nothing if cleanup is disabled anyway."""
    if not run.config.cleanup.enabled:
        return
    yield from summary["exceeded"]
    waiting = summary.get("held_resources", 0)
    if waiting and summary.get("only_approved"):
        yield f"{waiting} resources wait for an approval"
    yield from sentences(summary)
    automations = held_by(answers_in(store, run))
    if automations:
        yield f"the plan is held by {listed(automations)}"


def _incomplete(summary: Record, manifest: Manifest | None) -> Iterator[Incomplete]:
    for account in summary["unplanned_accounts"]:
        yield Incomplete(account, "unplanned", "no plan was made; the log of the function says why")
    if manifest is None:
        return
    for account in manifest.missing:
        yield Incomplete(account, "missing", "it has never been read")
    for entry in manifest.accounts:
        if is_unread(entry):
            yield _unread(entry)


def _unread(entry: AccountEntry) -> Incomplete:
    if entry.stale_since is not None:
        return Incomplete(entry.account, "stale", f"nothing was read since {entry.stale_since}")
    kinds = sorted(entry.gaps)
    sort = ",".join(kinds)
    named = listed(kinds, _KINDS) if kinds else "some kinds"
    return Incomplete(entry.account, sort, f"not read completely: {named}")


def day(moment: datetime) -> str:
    """Return a time for people, to the minute."""
    return f"{to_text(moment)[:16].replace('T', ' ')} UTC"
