"""Finds what a run stored about a resource before it deleted it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from hashlib import sha256
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from ebbtide.base.errors import MissingError
from ebbtide.model.expiry import PROTECTED_TAG
from ebbtide.model.resource import Subject
from ebbtide.report.deletions import Deletion, cleaned_accounts, deletions_of
from ebbtide.store.keys import RunKeys
from ebbtide.store.readable import Readable
from ebbtide_cli.errors import SourceError, UsageError

RESTORED_TAG = "ebbtide:restored-from"
# AWS's limits: tags of a resource, and the letters of a tag's value.
_MOST_TAGS, _LONGEST_VALUE = 50, 256
_NOT_IN_VALUES = re.compile(r"[^\w\s.:/=+\-@]")
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Stored:
    """What is known of a deleted resource; `description` has the form of AWS's answers."""

    run_id: str
    subject: Subject
    description: Mapping[str, Any]
    # The properties of the snapshot, with names in snake_case.
    properties: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    # The arguments of the call that deleted it.
    deletion: Mapping[str, Any] = field(default_factory=dict)

    @property
    def mark(self) -> str:
        """Return the value of the tag by which later attempts find what this one made."""
        return mark_of(self.run_id, self.subject.id)

    @property
    def token(self) -> str:
        """Return a UUID that is the same for every attempt."""
        return str(uuid5(NAMESPACE_URL, f"ebbtide/{self.run_id}/{self.subject.graph_id}"))

    def new_tags(self, *, protect: bool) -> dict[str, str]:
        """Return the tags of the new resource: those it had, and where it comes from."""
        own = {RESTORED_TAG: self.mark, **({PROTECTED_TAG: "restored"} if protect else {})}
        kept = {
            name: value
            for name, value in self.tags.items()
            if not name.lower().startswith("aws:") and name not in own
        }
        return {**dict(list(kept.items())[: _MOST_TAGS - len(own)]), **own}


def mark_of(run_id: str, id: str) -> str:
    """Return `RUN/ID` in the letters of a tag's value."""
    mark = _NOT_IN_VALUES.sub("_", f"{run_id}/{id}")
    return mark if len(mark) <= _LONGEST_VALUE else f"{run_id}/{sha256(id.encode()).hexdigest()}"


def marks_id(mark: str | None, id: str) -> bool:
    """Return whether a mark is that of a resource with this id, whichever run deleted it."""
    return mark is not None and mark == mark_of(mark.partition("/")[0], id)


def find_stored(store: Readable, run_id: str, name: str) -> Stored:
    """Return what a run stored about the resource of this id, ARN, graph id or name.

    Raises UsageError if the run did not delete it, SourceError if its description has expired.
    """
    one = _deletion(store, run_id, name)
    key = RunKeys(run_id).restore(one.account, one.region, one.kind, one.id)
    try:
        kept = store.read_json(key)
    except MissingError as error:
        raise SourceError(f"the description of {one.id} has expired: no {key}") from error
    return stored_of(run_id, one.graph_id, kept)


def stored_of(run_id: str, graph_id: str, kept: Mapping[str, Any]) -> Stored:
    """Return a stored description. Raises SourceError if the resource could not be read."""
    account, region, kind, id = graph_id.split("/", 3)
    collected = kept.get("collected") or {}
    if kept["description"] is None:
        raise SourceError(
            f"{id} went along with another resource and could not be described; its part "
            "`collected` of the stored description is all that there is"
        )
    subject = Subject(graph_id, kind, id, collected.get("name") or id, account, region, kept["arn"])
    return Stored(
        run_id,
        subject,
        kept["description"],
        collected.get("properties") or {},
        kept["tags"],
        (kept.get("delete") or {}).get("arguments") or {},
    )


def _deletion(store: Readable, run_id: str, name: str) -> Deletion:
    """Return how a resource ended in a run. Raises UsageError unless it is gone."""
    found = _endings(store, run_id)
    same = [one for one in found.values() if name in _names(one)]
    if not same:
        known = sorted({known for one in found.values() for known in _names(one)})
        near = get_close_matches(name, known, n=_SHOWN)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise UsageError(
            f"run {run_id} deleted no {name}{hint}; `ebbtide cleanup log --run {run_id}` lists all"
        )
    gone = [one for one in same if one.ending == "gone" and not one.dry_run]
    if not gone:
        one = same[0]
        raise UsageError(
            f"run {run_id} did not delete {one.id}: {one.ending.replace('_', ' ')}: {one.reason}"
        )
    if len(gone) > 1:
        listed = ", ".join(one.graph_id for one in gone[:_SHOWN])
        raise UsageError(f"run {run_id} deleted several {name}: give one of {listed}")
    return gone[0]


def _endings(store: Readable, run_id: str) -> dict[str, Deletion]:
    runs = list(store.folders("runs/"))
    if run_id not in runs:
        near = get_close_matches(run_id, runs, n=_SHOWN)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise UsageError(f"run not found: {run_id}{hint}; `ebbtide runs list` lists the runs")
    return {
        one.graph_id: one
        for account in cleaned_accounts(store, run_id)
        for one in deletions_of(store, run_id, account)
    }


def _names(one: Deletion) -> set[str]:
    short = re.split(r"[/:]", one.arn)[-1] if one.arn else one.id
    return {one.id, one.graph_id, one.arn or one.id, short}
