"""Promise 3: whether a planned resource is still what the plan was made for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ebbtide.cleanup.dependants import Dependants
from ebbtide.cleanup.read_again import Description, Reader
from ebbtide.config import ProtectConfig
from ebbtide.kinds import registry
from ebbtide.model.owner_tags import owner_in_tags
from ebbtide.model.resource import Resource
from ebbtide.plan.model import Planned
from ebbtide.verdict.fingerprint import fingerprint
from ebbtide.verdict.marks import Marks
from ebbtide.verdict.protection import protection_of, undeletable_reason


@dataclass(frozen=True, slots=True)
class Verified:
    """`gone` and `mismatch` exclude each other; a resource with neither may be deleted."""

    description: Description | None = None
    gone: bool = False
    mismatch: str = ""


@dataclass(frozen=True, slots=True)
class Verifier:
    """Reads a resource again and compares it with its plan entry.

    `marks` are those of this moment: jobs at the step's own events ran after the plan was made.
    """

    reader: Reader
    dependants: Dependants
    protect: ProtectConfig
    marks: Marks

    def verify(self, entry: Planned, *, released: bool) -> Verified:
        """`released`: what had to go before it is gone, which may have changed it as intended."""
        try:
            description = self.reader.read(entry.subject)
            if description is None:
                return Verified(gone=True)
            mismatch = self._mismatch(entry, description, released)
        # Whatever goes wrong with one resource keeps that one, and must not stop the others.
        except Exception as error:
            return Verified(mismatch=f"could not be verified: {error}")
        return Verified(description, mismatch=mismatch)

    def objection(self, entry: Planned) -> str:
        """Why a resource must not go with its owner by now, such as protection; "" if it may."""
        try:
            description = self.reader.read(entry.subject)
            if description is None:
                return ""
            return _still_allowed(entry, description.resource, self.protect, self.marks)
        # As above: then it stays, and its owner with it.
        except Exception as error:
            return f"could not be verified: {error}"

    def _mismatch(self, entry: Planned, description: Description, released: bool) -> str:
        resource = description.resource
        reason = _still_allowed(entry, resource, self.protect, self.marks)
        if reason:
            return reason
        settling = registry()[resource.kind].settles if released else ()
        changed = changed_names(entry.fingerprint, fingerprint(resource), settling)
        if changed:
            return f"changed since it was planned: {', '.join(changed)}"
        if entry.action == "delete":
            dependants = self.dependants.unplanned(description)
            if dependants:
                return f"is needed by now by {', '.join(dependants)}"
        return ""


def _still_allowed(entry: Planned, resource: Resource, protect: ProtectConfig, marks: Marks) -> str:
    if marks.unknown:
        return marks.unknown
    if resource.tags is None:
        return "its tags could not be read, it may be protected"
    protected = protection_of(resource, protect, marks.protected)
    if protected:
        return f"is protected by now by {protected}"
    if entry.action == "delete":
        owner = owner_in_tags(resource.tags)
        if owner and owner != owner_in_tags(entry.tags):
            return f"belongs by now to {owner}"
        never = undeletable_reason(resource)
        if never:
            return never
    if dict(resource.tags) != dict(entry.tags):
        return f"its tags changed since it was planned: {_tag_changes(entry.tags, resource.tags)}"
    return ""


def _tag_changes(then: Mapping[str, str], now: Mapping[str, str]) -> str:
    names = sorted(name for name in {*then, *now} if then.get(name) != now.get(name))
    return ", ".join(f"{name}: {then.get(name)!r} -> {now.get(name)!r}" for name in names)


def changed_names(
    then: Mapping[str, Any], now: Mapping[str, Any], settling: Collection[str]
) -> list[str]:
    """Which names of a fingerprint differ; those that are settling may hold less than before.

    A list may lose entries and a value may vanish or, like a state, be replaced; a new entry in a
    list means that somebody has begun to use the resource.
    """
    return [
        name
        for name, value in then.items()
        if not _is_same(value, now.get(name))
        and not (name in settling and _is_settled(value, now.get(name)))
    ]


def _is_same(then: Any, now: Any) -> bool:
    """Listing and reading one may differ in whether they leave out what is empty or zero."""
    return then == now or not (then or now)


def _is_settled(then: Any, now: Any) -> bool:
    if isinstance(then, list) and isinstance(now, list):
        return all(entry in then for entry in now)
    # Nothing that was empty may be filled, and nothing structured may turn into something else.
    return now in (None, "", [], {}) or (isinstance(now, str) and isinstance(then, str))
