"""Reads what a run planned, held and left undecided, with the owner of each resource."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from ebbtide.base.errors import MissingError
from ebbtide.digest.fate import Fate
from ebbtide.digest.item import Item
from ebbtide.digest.lines import NOTHING, Detail, details
from ebbtide.graph.manifest import Manifest, read_manifest
from ebbtide.model.resource import Subject
from ebbtide.plan.approvals import owner_of
from ebbtide.store.formats import PLAN_FORMAT, require_format
from ebbtide.store.keys import RunKeys
from ebbtide.store.readable import Readable
from ebbtide.store.run import Run

type Record = Mapping[str, Any]

_LISTS = ("planned", "reported", "undecided")


@dataclass(frozen=True, slots=True)
class Owning:
    """What tells the owner of an entry of a stored plan."""

    tags: Mapping[str, str] = field(default_factory=dict)
    goes_with: str | None = None
    part_of: str | None = None
    monthly: float | None = None

    @classmethod
    def of(cls, entry: Record) -> Self:
        return cls(
            entry.get("tags", {}),
            entry.get("goes_with"),
            entry.get("part_of"),
            entry.get("monthly"),
        )


def stored_plan(store: Readable, run_id: str, account: str) -> Record | None:
    """Return the stored plan of an account; None if there is none. Raises FormatError."""
    value: Record | None = store.find_json(RunKeys(run_id).plan(account))
    if value is not None:
        require_format(value, PLAN_FORMAT, "plan")
    return value


def owning_in(plan: Record) -> dict[str, Owning]:
    """Return the planned and the reported entries of a plan by graph id."""
    entries = (*plan.get("reported", ()), *plan["planned"])
    return {entry["subject"]["graph_id"]: Owning.of(entry) for entry in entries}


def manifest_of(store: Readable, run: Run) -> Manifest | None:
    """Return the snapshot that a run used; None if it has expired, or is not in this copy."""
    try:
        return read_manifest(store, run.manifest or run.keys.manifest)
    except MissingError:
        return None


def read_items(
    store: Readable, run: Run, summary: Record, manifest: Manifest | None, tag: str
) -> Iterator[Item]:
    """Yield what the plans of a run select and what is still there, account by account."""
    fate = Fate.of(run.config.cleanup, summary)
    for counts in summary["accounts"]:
        if any(counts.get(name) for name in _LISTS):
            account = counts["account"]
            plan = stored_plan(store, run.run_id, account)
            if plan is not None:
                entry = None if manifest is None else manifest.find(account)
                key = "" if entry is None else entry.resources
                yield from _of_account(store, run, plan, fate, key, tag)


def _of_account(
    store: Readable, run: Run, plan: Record, fate: Fate, resources: str, tag: str
) -> Iterator[Item]:
    names = [entry["subject"]["graph_id"] for name in _LISTS for entry in plan.get(name, ())]
    known = details(store, resources, names) if resources else {}
    owning = owning_in(plan)
    state = store.find_json(run.keys.cleanup(plan["account"], "state.json"))
    progress = {} if state is None else state["resources"]
    for entry in plan["planned"]:
        name = entry["subject"]["graph_id"]
        found = fate.of_planned(entry, progress.get(name))
        if found is not None:
            yield _item(entry, found, owner_of(name, owning, tag), known.get(name, NOTHING))
    for entry in plan.get("reported", ()):
        name = entry["subject"]["graph_id"]
        owner = owner_of(name, owning, tag)
        yield _item(entry, fate.of_reported(entry), owner, known.get(name, NOTHING))
    for entry in plan["undecided"]:
        detail = known.get(entry["subject"]["graph_id"], NOTHING)
        told = ("undecided", "stays, because something about it is not known")
        yield _item(entry, told, (detail.tags or {}).get(tag), detail)


def _item(entry: Record, found: tuple[Any, str], owner: str | None, detail: Detail) -> Item:
    state, when = found
    monthly = entry.get("monthly")
    return Item(
        Subject(**entry["subject"]),
        state,
        tuple(entry["rules"]),
        entry["reason"],
        when,
        owner or None,
        detail.created,
        detail.monthly if monthly is None else monthly,
    )
