"""The digest of one owner; pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ebbtide.base.printable import plain
from ebbtide.digest.amount import Amount
from ebbtide.digest.changes import Change, Last
from ebbtide.digest.document import Document, Part
from ebbtide.digest.facts import Facts, day
from ebbtide.digest.item import Deleted, Item
from ebbtide.digest.listing import deletions, keeping, states

_OWNER = 100


def owner_digest(facts: Facts, owner: str, last: Last | None, shown: int) -> Document:
    """Return what an owner is told; `facts` are about what is theirs, `last` was told before."""
    since = facts.period(last)
    items, deleted = facts.items, facts.deleted_after(since)
    change = Change.since(last, items)
    parts: list[Part | None] = [
        *states(items, facts, shown, change),
        deletions(deleted, facts, shown, since),
        *keeping(items, facts, owner),
    ]
    name = plain(owner, _OWNER)
    return Document(
        f"Ebbtide: {_counted(items, deleted)} of {name}",
        tuple(_lead(facts, name, items, deleted, change, last, since)),
        tuple(part for part in parts if part is not None),
    )


def _counted(items: Sequence[Item], deleted: Sequence[Deleted]) -> str:
    going = sum(one.state not in ("undecided", "failed") for one in items)
    if going:
        return f"{_resources(going)} planned for deletion"
    if items:
        return f"{_resources(len(items))} to look at"
    return f"{_resources(len(deleted))} deleted"


def _resources(count: int) -> str:
    return f"{count} resource{'' if count == 1 else 's'}"


def _lead(
    facts: Facts,
    name: str,
    items: Sequence[Item],
    deleted: Sequence[Deleted],
    change: Change | None,
    last: Last | None,
    since: datetime,
) -> list[str]:
    amount = Amount.of(one.monthly for one in items)
    listed = f"{_resources(len(items))} with the tag {plain(facts.tag, _OWNER)}={name}"
    lead = [f"Run {facts.run_id} of {day(facts.started)} lists {listed}: {amount.words}."]
    if not items:
        lead = [f"Run {facts.run_id} of {day(facts.started)} lists nothing of {name}."]
    if deleted:
        saved = Amount.of(one.monthly for one in deleted)
        lead.append(f"{_resources(len(deleted))} deleted since {day(since)}: {saved.saving}.")
    if change is not None and last is not None:
        lead.append(f"Since the digest about {day(last.started)}: {change.words}.")
    return lead
