"""A node of a search: a resource's line of the snapshot, and its context."""

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
)
from ebbtide.model.lines import ResourceLine
from ebbtide.search.marks import TAGS_ONLY, Marks
from ebbtide.search.truth import is_partly_known
from ebbtide.search.usage import Span

type Getter = Callable[[ResourceLine], Any]


# The keys under which a node holds the results of its merges: as they are shown, and if not all of
# them are known, as conditions see them.
MERGED = "$merged"
GRADED = "$graded"
ATTACHED = frozenset({MERGED, GRADED})


# Field -> the time from which it counts, in seconds.
SPANS = dict(zip(DURATIONS, ("ctime", "mtime", "atime"), strict=True))


@dataclass(frozen=True, slots=True)
class Context:
    """Data that a node's line lacks: the time, the names of accounts, and marks.

    `stale` are the accounts of which only an older graph is known, each with its time.
    `prices_rely`: a limit counts resources whose price is unknown as well, which might come first.
    """

    now: datetime
    accounts: Mapping[str, str] = field(default_factory=dict)
    marks: Marks = TAGS_ONLY
    # The span for /usage; None means all days that were read.
    span: Span | None = None
    stale: Mapping[str, str] = field(default_factory=dict)
    # Names of merges, such as ancestors.account, that take the place of a built-in path.
    overriding: frozenset[str] = frozenset()
    prices_rely: bool = True


def _created(line: ResourceLine) -> str | None:
    found: str | None = line["created"]
    return found


def _changed(line: ResourceLine) -> str | None:
    found: str | None = line["updated"] or line["created"]
    return found


def _used(line: ResourceLine) -> str | None:
    """Return the last use, or the time since which there was none; None if it was not read."""
    properties = line["properties"]
    found: str | None = properties.get("last_used") or properties.get("last_use_known_since")
    return found


TIMES: dict[str, Getter] = {"ctime": _created, "mtime": _changed, "atime": _used}


def seconds_since(moment: Getter, now: datetime) -> Getter:
    """Return a function that computes the seconds since a time, or None if it is unknown."""

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
    """Return the expiration from a resource's tags; None without one."""
    tags = line["tags"]
    if not tags or not any(tag in tags for tag in (*EXPIRES_TAGS, *EXPIRATION_TAGS, *CREATED_TAGS)):
        return None
    try:
        born = optional_time(line["created"] or line.get("watched_since") or line["last_seen"])
        found = expiry_of(tags, born)
    except OverflowError:
        # The expiration is after the year 9999.
        return None
    return None if found is None or found.at is None else found.at.isoformat()


def ancestor_getter(level: str, attribute: str, context: Context) -> Getter:
    """Return a function that reads id or name of a node's cloud, account, region or zone."""
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
    """Return the availability zone from a resource's properties; None if they do not name one.

    Zones are not resources of the graph. Most answers name the zone in one of two places.
    """
    properties = line["properties"]
    placement = properties.get("placement")
    found: str | None = properties.get("availability_zone") or (
        placement.get("availability_zone") if isinstance(placement, dict) else None
    )
    return found


def with_merged(
    line: ResourceLine, found: Mapping[str, Any], graded: Mapping[str, Any] | None = None
) -> ResourceLine:
    """Return a copy of a node with further results of merges.

    `graded` are the same results as conditions see them, if not all of them are known.
    """
    attached: dict[str, Any] = {**line, MERGED: {**merged_of(line), **found}}
    if graded is not None or GRADED in line:
        attached[GRADED] = {**graded_of(line), **(found if graded is None else graded)}
    return cast(ResourceLine, attached)


def merged_of(line: ResourceLine) -> Mapping[str, Any]:
    """Return the results of merges that are attached to a node, by name of the merge."""
    found: Mapping[str, Any] = cast(Mapping[str, Any], line).get(MERGED, {})
    return found


def graded_of(line: ResourceLine) -> Mapping[str, Any]:
    """Return the results of merges as conditions see them, which may be NOT_KNOWN in part."""
    found: Mapping[str, Any] | None = cast(Mapping[str, Any], line).get(GRADED)
    return merged_of(line) if found is None else found


def has_graded(line: ResourceLine) -> bool:
    """Return whether any result of a merge of a node is known only in part."""
    return GRADED in line and any(map(is_partly_known, graded_of(line).values()))
