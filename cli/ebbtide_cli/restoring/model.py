"""The vocabulary in which the return of a kind is declared; data only, no control flow.

Paths, templates and conditions are those of ebbtide.model.kind, over the stored description of the
deleted resource. Besides AWS's own names they know {id} {arn} {name} {account} {region}
{partition}, and:

- {new}: what identifies the new resource to the calls that follow its creation
- {deletion.X}: the argument X of the call that deleted it, such as the name of a final snapshot
- {found}: what the call `find` brought
- {tagged.pairs}, {tagged.lower}, {tagged.keys}, {tagged.map}: the tags of the new resource, as
  lists of Key and Value, key and value, TagKey and TagValue, or as a mapping
- {token}: a UUID that is the same for each attempt, for idempotent calls
- {policies}: the inline policies of a principal, as PolicyName and PolicyDocument
- {policy}: the document of the default version of a policy

What the description has and a call does not accept is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ebbtide.model.call import Call

PAIRS, LOWER, KEYS, MAP = (f"{{tagged.{form}}}" for form in ("pairs", "lower", "keys", "map"))
TOKEN = "{token}"

type Way = Literal["window", "bin", "copy", "create"]

# How each way is called in sentences that begin with "can be restored".
WAYS: Mapping[Way, str] = {
    "window": "until AWS's waiting period ends",
    "bin": "from the Recycle Bin, if a rule of yours kept it there",
    "copy": "from the last copy that its deletion left",
    "create": "by creating it again from its stored description",
}


def same(*names: str) -> dict[str, Any]:
    """Return arguments that have the names and values of the description."""
    return {name: f"{{{name}}}" for name in names}


def within(path: str, *names: str) -> dict[str, Any]:
    """Return arguments whose values have the same names in a part of the description."""
    return {name: f"{{{path}.{name}}}" for name in names}


@dataclass(frozen=True, slots=True)
class Follow:
    """A call after the resource is there again: a rule of a security group, a policy of a role."""

    call: Call
    # Path to values for each of which the call is made once, as {each}.
    each: str | None = None
    # Condition under which it is made at all.
    when: str | None = None
    # Error codes that say that it has been done already.
    done: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Restoration:
    """How a deleted resource of a kind comes back."""

    way: Way
    # The call that brings it back. Its `items` is the path of {new} in the answer.
    call: Call
    # Condition -> the call made in place of `call`; the first that applies counts.
    instead: Mapping[str, Call] = field(default_factory=dict)
    # Path of {new} in the description of the kind, for what an earlier attempt has made.
    new: str | None = None
    # Whether the id stays the same: that of a queue, but not that of a security group.
    keeps_id: bool = False
    # A call that looks for a copy before anything is made, as {found}.
    find: Call | None = None
    # Condition without which it cannot be restored, and why not.
    when: str | None = None
    unless: str = ""
    # Condition on the new resource that must hold before the calls that follow.
    ready: str | None = None
    then: tuple[Follow, ...] = ()
    # Whether AWS makes nothing new if the same call is repeated.
    repeatable: bool = False
    # For people: what does not come back.
    lost: str


@dataclass(frozen=True, slots=True)
class Lost:
    """Why a kind cannot be restored."""

    why: str
