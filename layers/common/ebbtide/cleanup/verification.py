"""Promise 3: delete a planned resource only if it is still what the plan was made for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ebbtide.cleanup.dependants import Dependants
from ebbtide.cleanup.emptying import objection
from ebbtide.cleanup.listings import Listings
from ebbtide.cleanup.owned_now import OwnedNow
from ebbtide.cleanup.owners_now import OwnersNow
from ebbtide.cleanup.read_again import Description, Reader, is_readable
from ebbtide.cleanup.reasons import Reasons
from ebbtide.cleanup.stack_membership import StackMembership
from ebbtide.collect.calling import Item
from ebbtide.config import Breakable, ProtectConfig
from ebbtide.deployment.own import NOBODY, Own
from ebbtide.kinds import registry
from ebbtide.model.resource import Resource
from ebbtide.plan.model import Planned
from ebbtide.verdict.asking import removed_with
from ebbtide.verdict.breaking import may_break
from ebbtide.verdict.fingerprint import fingerprint
from ebbtide.verdict.marks import Marks
from ebbtide.verdict.protection import ProtectableLine, protection_of, undeletable_reason


@dataclass(frozen=True, slots=True)
class Verified:
    """The result of a verification: with neither `gone` nor `mismatch`, it may be deleted.

    The two are mutually exclusive.
    """

    description: Description | None = None
    gone: bool = False
    mismatch: str = ""


@dataclass(frozen=True, slots=True)
class Verifier:
    """Reads a resource again and compares it with its plan entry.

    `marks` are newer than the plan: jobs at the events of the cleanup run after it was made.
    """

    reader: Reader
    listing: Listings
    dependants: Dependants
    stacks: StackMembership
    owned: OwnedNow
    owners: OwnersNow
    reasons: Reasons
    protect: ProtectConfig
    marks: Marks
    allowed: tuple[Breakable, ...] = ()
    own: Own = NOBODY
    emptied_at_most: int = 0

    def start_round(self, going: frozenset[str]) -> None:
        """Ask AWS anew; `going` holds the graph ids that the plan still deletes."""
        self.listing.start_round(going)
        self.dependants.start_round(going)
        self.stacks.start_round(going)
        self.reasons.start_round(going)

    def expect(self, entries: Sequence[Planned]) -> None:
        """Note what is verified next, so that one list can serve many of them."""
        self.stacks.expect([entry.subject for entry in entries])

    def read_together(self, entries: Sequence[Planned]) -> Mapping[str, Item]:
        """Return, by graph id, what few calls describe of resources that are verified next."""
        return self.reader.together([entry.subject for entry in entries])

    def verify(self, entry: Planned, *, released: bool, item: Item | None = None) -> Verified:
        """Compare a planned resource with its current state; errors count as a mismatch.

        `released`: all that had to go first is gone, which may have changed it as intended.
        `item`: what was just read together with others; without it, the resource is read now.
        """
        if not is_readable(entry.subject):
            return Verified(mismatch=_kept_unseen(entry, self.protect, self.marks))
        try:
            use = self.reasons.asks_use(entry)
            description = self.reader.read(entry.subject, with_use=use, item=item)
            if description is None:
                return Verified(gone=True)
            mismatch = self._mismatch(entry, description, released)
        # Any error keeps this resource, and must not stop the others.
        except Exception as error:
            return Verified(mismatch=f"could not be verified: {error}")
        return Verified(description, mismatch=mismatch)

    def objection(self, entry: Planned, root: Planned) -> str:
        """Return why a resource must not go with `root`, such as protection; "" if it may."""
        if not is_readable(entry.subject):
            return _kept_unseen(entry, self.protect, self.marks)
        try:
            description = self.reader.read(entry.subject)
            if description is None:
                return ""
            resource = description.resource
            kept = _reason_to_keep(entry, resource, self.protect, self.marks, self.own)
            kept = kept or _changed_tags(entry, resource) or self._needed(root, resource)
            return kept or self._carries(description) or self.stacks.unplanned_member(resource)
        # As above: any error keeps it, and its owner with it.
        except Exception as error:
            return f"could not be verified: {error}"

    def _mismatch(self, entry: Planned, description: Description, released: bool) -> str:
        resource = description.resource
        reason = _reason_to_keep(entry, resource, self.protect, self.marks, self.own)
        if not reason and entry.action == "delete":
            reason = self.owners.objection(resource)
        reason = reason or _changed_tags(entry, resource)
        if reason:
            return reason
        settling = registry()[resource.kind].settles if released else ()
        changed = changed_names(entry.fingerprint, fingerprint(resource), settling)
        if changed:
            return f"changed since it was planned: {', '.join(changed)}"
        if entry.action == "delete":
            said = self.reasons.objection(entry, description, released=released)
            if said:
                return said
            removed = removed_with(resource.kind, entry.asked)
            used = self.dependants.that_go_first(resource, removed) or self._needed(entry, resource)
            used = used or self._in_stacks(resource)
            if used:
                return used
            if entry.asked:
                # What is left to remove is not counted again once removing has begun.
                at_most = None if released else self.emptied_at_most
                full = objection(self.reader.session, entry, description.document, at_most)
                if full:
                    return full
        return self._carries(description)

    def _carries(self, description: Description) -> str:
        carried = self.owned.unplanned(description)
        if not carried:
            return ""
        return f"deleting it would now also delete {', '.join(carried)}, which is not planned"

    def _needed(self, root: Planned, resource: Resource) -> str:
        breakable = may_break(resource.kind, root.rules, self.allowed)
        return self.dependants.that_need(resource, breakable)

    def _in_stacks(self, resource: Resource) -> str:
        """Return what CloudFormation says against deleting a resource on its own; "" if nothing."""
        owner = self.stacks.owner_of(resource)
        return f"belongs to {owner}" if owner else self.stacks.unplanned_member(resource)


def _reason_to_keep(
    entry: Planned, resource: Resource, protect: ProtectConfig, marks: Marks, own: Own
) -> str:
    if marks.unknown:
        return marks.unknown
    if resource.tags is None:
        return "its tags could not be read, so it may be protected"
    protected = protection_of(resource, protect, marks.protected, own)
    if protected:
        return f"is now {protected.reason}"
    if entry.action == "delete":
        never = undeletable_reason(resource, entry.rules)
        if never:
            return never
    return ""


def _kept_unseen(entry: Planned, protect: ProtectConfig, marks: Marks) -> str:
    """Return why something stays that no call reads by itself, as a value of a record set.

    Such a resource is a piece of its owner, which is verified; only a mark could keep it.
    """
    if marks.unknown or entry.action == "delete":
        return marks.unknown or "this kind has no call that reads one resource"
    protected = protection_of(_as_line(entry), protect, marks.protected)
    return f"is now {protected.reason}" if protected else ""


def _as_line(entry: Planned) -> ProtectableLine:
    one = entry.subject
    kinds = registry()[one.kind].kinds
    return ProtectableLine(
        one.graph_id, one.id, one.arn, one.account, one.kind, kinds, entry.tags, None
    )


def _changed_tags(entry: Planned, resource: Resource) -> str:
    then, now = dict(entry.tags), dict(resource.tags or {})
    if then == now:
        return ""
    return f"its tags changed since it was planned: {_tag_changes(then, now)}"


def _tag_changes(then: Mapping[str, str], now: Mapping[str, str]) -> str:
    names = sorted(name for name in {*then, *now} if then.get(name) != now.get(name))
    return ", ".join(f"{name}: {then.get(name)!r} -> {now.get(name)!r}" for name in names)


def changed_names(
    then: Mapping[str, Any], now: Mapping[str, Any], settling: Collection[str]
) -> list[str]:
    """Return the names of a fingerprint that differ, except where the change is expected.

    Under a `settling` name, a list may lose entries, a value may vanish or, like a state, be
    replaced, and a switch may go off. A new entry in a list means that something has begun to use
    the resource.
    """
    return [
        name
        for name, value in then.items()
        if not _is_same(value, now.get(name))
        and not (name in settling and _is_settled(value, now.get(name)))
    ]


def _is_same(then: Any, now: Any) -> bool:
    """Compare two values; list and get calls differ in omitting empty or zero fields."""
    return then == now or not (then or now)


def _is_settled(then: Any, now: Any) -> bool:
    if isinstance(then, list) and isinstance(now, list):
        return all(entry in then for entry in now)
    if isinstance(then, bool):
        return now in (None, False)
    if isinstance(then, dict) and isinstance(now, dict) and now:
        return then.keys() >= now.keys() and all(
            _is_same(then[name], value) or _is_settled(then[name], value)
            for name, value in now.items()
        )
    # An empty value must not be filled, and a structure must not turn into something else; the
    # values in it may settle.
    return now in (None, "", [], {}) or (isinstance(now, str) and isinstance(then, str))
