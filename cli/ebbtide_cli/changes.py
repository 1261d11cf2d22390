"""The changes between snapshots: filter them, and list what differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from ebbtide.base.clock import from_text
from ebbtide.base.errors import MissingError
from ebbtide.base.forms import snake
from ebbtide.graph.manifest import Manifest
from ebbtide.graph.merged_lines import ALWAYS_VOLATILE
from ebbtide.kinds import concrete_kinds, known_kinds, registry
from ebbtide.language import Query, SearchError
from ebbtide.language.syntax import Part
from ebbtide.language.walking import merges
from ebbtide.model.lines import ResourceLine
from ebbtide.model.marks import Section
from ebbtide.search.extent import extent_of
from ebbtide.search.marks import TAGS_ONLY, Marks
from ebbtide.search.merges import implied_merges
from ebbtide.search.node import Context
from ebbtide.search.predicates import compile_term
from ebbtide.store.readable import Readable
from ebbtide.verdict.snapshot_marks import marks_now
from ebbtide_cli.errors import UsageError
from ebbtide_cli.snapshots import run_of, snapshot_chain

type Record = dict[str, Any]
type Difference = tuple[str, Any, Any]


class RunMarks(NamedTuple):
    """The marks of a run's snapshot and of the one before; None if there was none.

    What was deleted is in the one before, with the marks of the cleanup that deleted it.
    """

    after: Marks
    before: Marks | None

    def of(self, change: str) -> Marks:
        return self.after if change != "deleted" else self.before or TAGS_ONLY


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes that one run recorded.

    `keys` has an object for each account with changes; `accounts` maps account ids to names.
    """

    manifest: Manifest
    keys: tuple[str, ...]
    accounts: Mapping[str, str]

    @property
    def run_id(self) -> str:
        return self.manifest.run_id

    @property
    def at(self) -> datetime:
        return from_text(self.manifest.created)

    def marks(self, store: Readable) -> RunMarks:
        """Return the marks of the two snapshots that the run compared; they are read when asked."""
        previous = self.manifest.previous
        return RunMarks(
            marks_now(store, self.run_id, self.at),
            None if previous is None else marks_now(store, run_of(previous), self.at),
        )

    def lines(self, store: Readable) -> Iterator[Record]:
        """Yield the changes as the run recorded them."""
        for key in self.keys:
            yield from _lines(store, key)

    @classmethod
    def of(cls, manifest: Manifest) -> Changes:
        # An account that the run could not collect keeps the entry of an older run.
        keys = tuple(
            entry.changes
            for entry in manifest.accounts
            if entry.run_id == manifest.run_id and entry.created + entry.updated + entry.deleted
        )
        names = {entry.account: entry.name for entry in manifest.accounts}
        return cls(manifest, keys, names)


def changes_between(store: Readable, after: datetime, before: datetime) -> list[Changes]:
    """Return the changes of all runs that began in a period, oldest first."""
    found = []
    for manifest in snapshot_chain(store):
        created = from_text(manifest.created)
        if created < after:
            break
        if created <= before:
            found.append(Changes.of(manifest))
    return found[::-1]


@dataclass(frozen=True, slots=True)
class Asked:
    """A filter of changes, by type, kind and query; empty parts match all.

    The query sees a resource as it is after the change, or before its deletion.
    """

    changes: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    query: Query | None = None

    def __post_init__(self) -> None:
        for name in self.kinds - known_kinds():
            raise UsageError(f"unknown kind {name!r}; `ebbtide kinds` lists all kinds")
        if self.query is not None:
            require_filter(self.query)

    @property
    def read_kinds(self) -> frozenset[str] | None:
        """The kinds that the filter can match; None for all."""
        named = frozenset(concrete_kinds(self.kinds)) if self.kinds else None
        asked = None if self.query is None else extent_of(self.query).kinds
        if named is None or asked is None:
            return asked if named is None else named
        return named & asked

    def records(self, store: Readable, recorded: Changes) -> Iterator[Record]:
        """Yield the matching changes of one run, in the form of `record`."""
        marks = recorded.marks(store)
        filters = {what: self._filter(recorded, marks.of(what)) for what in ("updated", "deleted")}
        filters["created"] = filters["updated"]
        for change in recorded.lines(store):
            line = change["after"] or change["before"]
            what = change["change"]
            if self._has(change, line) and filters[what](line):
                found = record(change, line, recorded.run_id, marks.of(what).ending(line))
                yield {**found, "account_name": recorded.accounts.get(line["account"])}

    def _has(self, change: Record, line: ResourceLine) -> bool:
        if self.changes and change["change"] not in self.changes:
            return False
        return not self.kinds or not self.kinds.isdisjoint(line["kinds"])

    def _filter(self, recorded: Changes, marks: Marks) -> Callable[[ResourceLine], bool]:
        if self.query is None:
            return lambda _: True
        # Ages are relative to the time of the run, not to now.
        context = Context(recorded.at, recorded.accounts, marks)
        fulfils = compile_term(self.query.parts[0].term, context)
        return lambda line: fulfils(line) is True


def _lines(store: Readable, key: str) -> Iterator[Record]:
    try:
        yield from store.read_lines(key)
    except MissingError:
        # The changes expired after the manifest was read.
        return


def require_filter(query: Query) -> None:
    """Raise SearchError unless the query can be decided from one resource alone."""
    part = query.parts[0]
    refused = {
        "aggregate(...)": query.aggregate is not None,
        "--at; use the options --after and --before": query.at is not None,
        "a navigation such as -->": len(query.parts) > 1,
        "with(...)": part.with_clause is not None,
        "with_usage(...)": part.usage is not None,
        "a merge in braces": bool(merges(part.term)),
        "/ancestors or /descendants": bool(implied_merges(part.term)),
        "sort, limit or reversed": _is_shaped(part),
    }
    for what, found in refused.items():
        if found:
            raise SearchError(
                f"a search of the history filters single resources and cannot have {what}"
            )


def _is_shaped(part: Part) -> bool:
    return bool(part.sort) or part.limit is not None or part.reverse or part.tag is not None


def record(change: Record, line: ResourceLine, run_id: str, ending: Section) -> Record:
    """Return a change as history shows it: an update has only the values that differ.

    `cleaned_by` tells the run and the rule that deleted a resource; None if it was somebody else.
    """
    before, after = change["before"], change["after"]
    if change["change"] == "updated":
        before, after = differing(before, after)
    return {
        "change": change["change"],
        "at": change["at"],
        "run_id": run_id,
        "graph_id": change["graph_id"],
        "kind": line["kind"],
        "id": line["id"],
        "name": line["name"],
        "account": line["account"],
        "region": line["region"],
        "cleaned_by": _cleaned_by(change["change"], ending),
        "before": before,
        "after": after,
    }


def _cleaned_by(change: str, ending: Section) -> Record | None:
    if change != "deleted" or not ending.get("cleaned"):
        return None
    return {"run_id": ending["ending_run"], "rule": ending["ending_rule"]}


def differing(before: ResourceLine, after: ResourceLine) -> tuple[Record, Record]:
    """Return the values that differ between two lines of one resource.

    Leaves out properties that change all the time, and tags if either line lacks them.
    """
    kind = registry().get(after["kind"])
    volatile = ALWAYS_VOLATILE | {snake(name) for name in (kind.volatile if kind else ())}
    old, new = _compared(before, volatile), _compared(after, volatile)
    if old["tags"] is None or new["tags"] is None:
        # Unread tags are not evidence of a change.
        del old["tags"], new["tags"]
    return _pruned(old, new)


def _compared(line: ResourceLine, volatile: frozenset[str]) -> Record:
    """Return the parts of a line to compare, without the times when runs saw it."""
    return {
        "name": line["name"],
        "arn": line["arn"],
        "created": line["created"],
        "ended": line["ended"],
        "keep_reason": line["keep_reason"],
        "tags": line["tags"],
        "properties": {
            name: value for name, value in line["properties"].items() if name not in volatile
        },
    }


def _pruned(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Record, Record]:
    old: Record = {}
    new: Record = {}
    for name in (*before, *(name for name in after if name not in before)):
        one, other = before.get(name), after.get(name)
        if name in before and name in after and one == other:
            continue
        if isinstance(one, dict) and isinstance(other, dict):
            old[name], new[name] = _pruned(one, other)
            continue
        if name in before:
            old[name] = one
        if name in after:
            new[name] = other
    return old, new


def differences(found: Record) -> Iterator[Difference]:
    """Yield each path that an update changed, with its values before and after.

    Paths are written as in searches. Other changes yield nothing.
    """
    if found["change"] == "updated":
        yield from _flat("", found["before"], found["after"])


def _flat(prefix: str, before: Any, after: Any) -> Iterator[Difference]:
    for name in dict.fromkeys((*before, *after)):
        # In searches, properties have no prefix.
        path = "" if not prefix and name == "properties" else f"{prefix}{_step(name)}"
        one, other = before.get(name), after.get(name)
        if isinstance(one, dict) and isinstance(other, dict):
            yield from _flat(f"{path}." if path else "", one, other)
        else:
            yield path, one, other


def _step(name: str) -> str:
    return name if name.replace("_", "").isalnum() else f"`{name}`"
