"""A node of a search: a resource's line of the snapshot, and what it does not say itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from ebbtide.base.clock import from_text, optional_time
from ebbtide.language.operands import DURATIONS
from ebbtide.model.expiry import (
    CREATED_TAGS,
    EXPIRATION_TAGS,
    EXPIRES_TAGS,
    expiry_of,
    protecting_tag,
)
from ebbtide.model.lines import ResourceLine
from ebbtide.search.usage import Span

type Getter = Callable[[ResourceLine], Any]


# Where a node that a merge was evaluated for keeps what it found.
MERGED = "$merged"


# The time that each of them counts from; their values are seconds.
SPANS = dict(zip(DURATIONS, ("ctime", "mtime", "atime"), strict=True))


@dataclass(frozen=True, slots=True)
class Context:
    """What a node does not know by itself: the time, accounts' names, and marks by graph id."""

    now: datetime
    accounts: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    # What /usage looks at; None: all that was read.
    span: Span | None = None


def _created(line: ResourceLine) -> str | None:
    found: str | None = line["created"]
    return found


def _changed(line: ResourceLine) -> str | None:
    found: str | None = line["updated"] or line["created"]
    return found


def _used(line: ResourceLine) -> str | None:
    """When it was used last, or the time since which it was not; None if that was not read."""
    properties = line["properties"]
    found: str | None = properties.get("last_used") or properties.get("last_use_known_since")
    return found


TIMES: dict[str, Getter] = {"ctime": _created, "mtime": _changed, "atime": _used}


def seconds_since(moment: Getter, now: datetime) -> Getter:
    """Seconds since a time, None where that is unknown or no time."""

    def span(line: ResourceLine) -> float | None:
        text = moment(line)
        if not isinstance(text, str):
            return None
        try:
            return (now - from_text(text)).total_seconds()
        except (ValueError, OverflowError):
            return None

    return span


def expires(line: ResourceLine) -> str | None:
    """When its tags say that it expires."""
    tags = line["tags"]
    if not tags or not any(tag in tags for tag in (*EXPIRES_TAGS, *EXPIRATION_TAGS, *CREATED_TAGS)):
        return None
    try:
        born = optional_time(line["created"] or line["first_seen"])
        found = expiry_of(tags, born)
    except OverflowError:
        # Later than any time can be.
        return None
    return None if found is None or found.at is None else found.at.isoformat()


def is_protected(line: ResourceLine, context: Context) -> bool:
    """Whether its tags or a mark protect it."""
    mark = context.marks.get(line["graph_id"], {})
    return bool(mark.get("protected")) or protecting_tag(line["tags"] or {}) is not None


def ancestor_getter(level: str, attribute: str, context: Context) -> Getter:
    """The id or name of the cloud, account, region or zone that a node lies in."""
    if level == "cloud":
        return lambda _: "aws"
    if level == "zone":
        return zone
    if level == "account" and attribute == "name":
        names = context.accounts
        return lambda line: names.get(line["account"], line["account"])
    if level == "account":
        return lambda line: line["account"]
    return lambda line: line["region"]


def zone(line: ResourceLine) -> str | None:
    """Availability zones are no resources here; most answers name theirs in one of two places."""
    properties = line["properties"]
    placement = properties.get("placement")
    found: str | None = properties.get("availability_zone") or (
        placement.get("availability_zone") if isinstance(placement, dict) else None
    )
    return found


def with_merged(line: ResourceLine, found: Mapping[str, Any]) -> ResourceLine:
    """Attach to a copy of a node what further merges found."""
    return cast(ResourceLine, {**line, MERGED: {**merged_of(line), **found}})


def merged_of(line: ResourceLine) -> Mapping[str, Any]:
    """What the merges of a search attached to a node: name of the merge -> what it found."""
    found: Mapping[str, Any] = cast(Mapping[str, Any], line).get(MERGED, {})
    return found
