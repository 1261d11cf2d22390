"""Merge what was read of an account's resources with what was known of them; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ebbtide.base.forms import snake
from ebbtide.kinds import registry
from ebbtide.model.coverage import Coverage
from ebbtide.model.lines import ChangeLine, ChangeType, EdgeLine, ResourceLine
from ebbtide.model.resource import Edge

type Lines = dict[str, ResourceLine]

# These properties differ in every run although the resource has not changed.
ALWAYS_VOLATILE = frozenset({"last_used", "last_use_known_since", "usage"})


@dataclass(slots=True)
class MergedAccount:
    """The result of a merge, before it is written."""

    lines: Lines
    changes: list[ChangeLine] = field(default_factory=list)
    stale: set[str] = field(default_factory=set)


def merge_lines(
    fresh: Iterable[ResourceLine],
    previous: Mapping[str, ResourceLine],
    coverage: list[Coverage],
    started: str,
) -> MergedAccount:
    """Merge the resources that were read with those of the previous snapshot; pure.

    A resource that is missing now counts as deleted only if its kind was read completely.
    Otherwise the merge carries it over with `stale_since`. A resource that has left the scope of
    the configuration is dropped without a change.
    """
    merged = MergedAccount({})
    for line in fresh:
        before = previous.get(line["graph_id"])
        if before is not None and knows_more(before, line):
            # What could not be read now is better known from the last time that it could.
            stale_since = before["stale_since"] or started
            line = {**before, "unread": line["unread"], "stale_since": stale_since}
            merged.stale.add(line["graph_id"])
        _remember(line, before, started)
        merged.lines[line["graph_id"]] = line
    for graph_id, line in merged.lines.items():
        before = previous.get(graph_id)
        if before is None:
            merged.changes.append(_change("created", started, None, line))
        elif line["updated"] == started and is_changed(before, line):
            merged.changes.append(_change("updated", started, before, line))
    states = {(entry.region, entry.kind): entry for entry in coverage}
    for graph_id, before in previous.items():
        known = states.get((before["region"], before["kind"]))
        if graph_id in merged.lines or known is None:
            continue
        # What a locked region contained is still there, whatever the configuration declares.
        if known.proves_absence and known.state != "locked":
            merged.changes.append(_change("deleted", started, before, None))
        else:
            stale_since = before["stale_since"] or started
            merged.lines[graph_id] = {**before, "stale_since": stale_since}
            merged.stale.add(graph_id)
    merged.changes.sort(key=lambda change: (change["graph_id"], change["change"]))
    return merged


def knows_more(before: ResourceLine, line: ResourceLine) -> bool:
    """Say whether the previous line holds what could not be read of a resource this time."""
    return bool(line.get("unread")) and (
        not before.get("unread") or before["stale_since"] is not None
    )


def _remember(line: ResourceLine, before: ResourceLine | None, started: str) -> None:
    line["first_seen"] = before["first_seen"] if before else started
    line["last_seen"] = started
    if before is None:
        # Before the first sight, the creation is the only known change.
        line["updated"] = line["created"] or started
    else:
        line["updated"] = started if is_changed(before, line) else before["updated"]


def is_changed(before: ResourceLine, after: ResourceLine) -> bool:
    """Return whether a resource changed, apart from properties that its kind declares volatile."""
    kind = registry().get(after["kind"])
    volatile = {snake(name) for name in kind.volatile} if kind else set()
    volatile |= ALWAYS_VOLATILE
    if (before["name"], before["arn"], before["ended"], before["created"]) != (
        after["name"],
        after["arn"],
        after["ended"],
        after["created"],
    ):
        return True
    # If either side's tags could not be read, it is unknown whether they changed.
    if before["tags"] is not None and after["tags"] is not None and before["tags"] != after["tags"]:
        return True
    return _without(before["properties"], volatile) != _without(after["properties"], volatile)


def _without(properties: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if name not in names}


def _change(
    change: ChangeType, at: str, before: ResourceLine | None, after: ResourceLine | None
) -> ChangeLine:
    line = after or before
    assert line is not None  # a change has at least one side
    return {
        "change": change,
        "at": at,
        "graph_id": line["graph_id"],
        "kind": line["kind"],
        "before": before,
        "after": after,
    }


def carried_edges(previous: Iterable[EdgeLine], merged: MergedAccount) -> Iterator[Edge]:
    """Yield the previous edges that stale resources declared."""
    for line in previous:
        if line["declared_by"] in merged.stale:
            yield Edge.from_line(line)
