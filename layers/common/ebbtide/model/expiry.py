"""Read a resource's lifetime and protection from its tags; Resoto's tag names also work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ebbtide.base.clock import from_text
from ebbtide.base.durations import parse_duration

# The first tag that is present decides, in this order; absolute times come before durations.
EXPIRES_TAGS = ("ebbtide:expires", "resoto:expires", "fix:expires")
EXPIRATION_TAGS = ("ebbtide:expiration", "resoto:expiration", "fix:expiration", "expiration")
CREATED_TAGS = ("ebbtide:created", "resoto:ctime", "fix:ctime")
PROTECTED_TAG = "ebbtide:protected"
NEVER = "never"


@dataclass(frozen=True, slots=True)
class Expiry:
    """When a resource expires, and by which tag; `problem` says why the tag cannot be parsed."""

    tag: str
    value: str
    at: datetime | None = None
    problem: str | None = None

    @property
    def never(self) -> bool:
        return self.value.strip().lower() == NEVER


def expiry_of(tags: Mapping[str, str] | None, born: datetime | None) -> Expiry | None:
    """Read the expiration tags of a resource; None if it has none.

    Durations count from `born`, the time of creation. A tag that cannot be parsed never makes a
    resource expire; its `problem` gives the reason.
    """
    for tag in (*EXPIRES_TAGS, *EXPIRATION_TAGS):
        if tags and tag in tags:
            return _read_expiry(born, tag, tags[tag])
    return None


def _read_expiry(born: datetime | None, tag: str, value: str) -> Expiry:
    if value.strip().lower() == NEVER:
        return Expiry(tag, value)
    try:
        if tag in EXPIRES_TAGS:
            return Expiry(tag, value, from_text(value))
        length = parse_duration(value)
    except ValueError as error:
        return Expiry(tag, value, problem=str(error))
    if born is None:
        return Expiry(tag, value, problem="the time of creation is unknown")
    try:
        return Expiry(tag, value, born + length)
    except OverflowError:
        return Expiry(tag, value, problem="the expiration is after the year 9999")


def created_override(tags: Mapping[str, str] | None) -> datetime | None:
    """Return the creation time from a tag, which overrides the one that AWS reports."""
    for tag in CREATED_TAGS:
        if tags and tag in tags:
            try:
                return from_text(tags[tag])
            except ValueError:
                return None
    return None


def protecting_tag(tags: Mapping[str, str]) -> str | None:
    """Return the tag that forbids deletion: `ebbtide:protected`, or an expiration of `never`."""
    for tag in (PROTECTED_TAG, *EXPIRES_TAGS, *EXPIRATION_TAGS):
        if tag in tags and _protects(tag, tags[tag]):
            return f"{tag}={tags[tag]}"
    return None


def _protects(tag: str, value: str) -> bool:
    if tag == PROTECTED_TAG:
        # Setting the tag means protection; only an explicit false, no or 0 turns it off.
        return value.strip().lower() not in ("false", "no", "0")
    return value.strip().lower() == NEVER


def plain_key(key: str) -> str:
    """Return a tag key without case, spaces and signs: `Cost-Center ` is `costcenter`."""
    return "".join(sign for sign in key.casefold() if sign.isalnum())


_PROTECTING = {plain_key(tag): tag for tag in (PROTECTED_TAG, *EXPIRES_TAGS, *EXPIRATION_TAGS)}


def misspelt_protection(tags: Mapping[str, str]) -> str | None:
    """Return a tag that would protect if its key were spelled like the one it resembles."""
    for key, value in tags.items():
        meant = _PROTECTING.get(plain_key(key))
        if meant is not None and key != meant and _protects(meant, value):
            return f"{key}={value}"
    return None
