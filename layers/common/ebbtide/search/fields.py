"""Paths of a search compiled to functions over nodes; a node is a resource's line of the snapshot.

Relative paths begin in `reported`: what AWS says of the resource, and the few names that every
resource has. Absolute ones begin at the node: /reported, /metadata, /desired, /ancestors, /kinds,
/id, /usage, or the name of a merge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ebbtide.base.clock import from_text
from ebbtide.language.fields import SHORTCUTS
from ebbtide.language.operands import DURATIONS
from ebbtide.language.syntax import Path, Step
from ebbtide.model.expiry import (
    CREATED_TAGS,
    EXPIRATION_TAGS,
    EXPIRES_TAGS,
    expiry_of,
    protecting_tag,
)
from ebbtide.model.resource import Resource
from ebbtide.search.usage import Span, usage_of

type Line = Mapping[str, Any]
type Getter = Callable[[Line], Any]

# Where a node that a merge was evaluated for keeps what it found.
MERGED = "$merged"
# Names that are looked up in the line itself.
OWN = ("id", "name", "kind", "arn", "tags")
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


@dataclass(frozen=True, slots=True)
class Field:
    """A compiled path. With `many`, `get` answers a list with one entry per element found."""

    get: Getter
    many: bool = False
    # The name of a property, if the field is nothing else; most are.
    name: str | None = None


def compile_field(path: Path, context: Context) -> Field:
    """The field of a node that a path names."""
    if path.absolute:
        return _absolute(path.steps, context)
    return _reported(path.steps, context)


def compile_element_field(path: Path) -> Field:
    """A path within an element of an array, as in `rules[*].{ port == 22 }`."""
    return _within(lambda element: element, path.steps)


def _absolute(steps: tuple[Step, ...], context: Context) -> Field:
    first, rest = steps[0], steps[1:]
    if first.name == "reported" and rest:
        return _reported(rest, context, shortcuts=False)
    if first.name == "metadata" and rest:
        return _within(_metadata(rest[0].name, context), rest[1:], rest[0].indexes)
    if first.name == "desired" and rest:
        return _within(_mark(rest[0].name, context), rest[1:], rest[0].indexes)
    if first.name == "ancestors" and rest and rest[0].name in SHORTCUTS:
        known = _container(rest[0].name, context)
        return _within(lambda line: {"reported": known(line)}, rest[1:])
    if first.name in ("reported", "metadata", "desired"):
        return _within(_section(first.name, context), rest)
    if first.name == "usage":
        return _usage(rest, context)
    if first.name == "id":
        return _within(lambda line: line["graph_id"], rest, first.indexes)
    if first.name == "kinds":
        return _within(lambda line: list(line["kinds"]), rest, first.indexes)
    return _merged(steps)


def _section(name: str, context: Context) -> Getter:
    """A whole section, as the document of a node has it."""
    from ebbtide.search.document import node_document

    return lambda line: node_document(line, context)[name]


def _merged(steps: tuple[Step, ...]) -> Field:
    """What a merge found; its name may have several words, and the longest one that fits counts."""
    plain = next((n for n, step in enumerate(steps, 1) if step.indexes), len(steps))
    choices = [
        (
            ".".join(step.name for step in steps[:length]),
            _within(lambda found: found, steps[length:], steps[length - 1].indexes, spread=True),
        )
        for length in range(plain, 0, -1)
    ]
    missing = choices[-1][1].get

    def get(line: Line) -> Any:
        attached = line.get(MERGED, {})
        for name, found in choices:
            if name in attached:
                return found.get(attached[name])
        return missing(None)  # type: ignore[arg-type]

    return Field(get, many=True)


def _reported(steps: tuple[Step, ...], context: Context, shortcuts: bool = True) -> Field:
    first, rest = steps[0], steps[1:]
    name = first.name
    if shortcuts and name in SHORTCUTS:
        return _ancestor(name, rest or (Step("name"),), context)
    if name == "usage":
        return _usage(rest, context)
    if name in OWN:
        return _within(lambda line: line[name], rest, first.indexes)
    if name in SPANS:
        return Field(_span(_TIMES[SPANS[name]], context.now))
    if name in _TIMES:
        return Field(_TIMES[name])
    if not rest and not first.indexes:
        return Field(lambda line: line["properties"].get(name), name=name)
    return _within(lambda line: line["properties"].get(name), rest, first.indexes)


def _usage(steps: tuple[Step, ...], context: Context) -> Field:
    """/usage.cpu_utilization.avg: of the days in the span of the search."""
    span = context.span
    return _within(lambda line: usage_of(line["properties"], span) or None, steps)


def _created(line: Line) -> str | None:
    found: str | None = line["created"]
    return found


def _changed(line: Line) -> str | None:
    found: str | None = line["updated"] or line["created"]
    return found


def _used(line: Line) -> str | None:
    """When it was used last, or the time since which it was not; None if that was not read."""
    properties = line["properties"]
    found: str | None = properties.get("last_used") or properties.get("last_use_known_since")
    return found


_TIMES: dict[str, Getter] = {"ctime": _created, "mtime": _changed, "atime": _used}


def _span(moment: Getter, now: datetime) -> Getter:
    """Seconds since a time, None where that is unknown or no time."""

    def span(line: Line) -> float | None:
        text = moment(line)
        if not isinstance(text, str):
            return None
        try:
            return (now - from_text(text)).total_seconds()
        except (ValueError, OverflowError):
            return None

    return span


def _metadata(name: str, context: Context) -> Getter:
    if name == "expires":
        return expires
    if name == "protected":
        return lambda line: is_protected(line, context)
    if name == "cleaned":
        return lambda line: line["ended"]
    if name in ("first_seen", "last_seen", "stale_since", "ended", "keep_reason"):
        return lambda line: line[name]
    return lambda _: None


def expires(line: Line) -> str | None:
    """When its tags say that it expires."""
    tags = line["tags"]
    if not tags or not any(tag in tags for tag in (*EXPIRES_TAGS, *EXPIRATION_TAGS, *CREATED_TAGS)):
        return None
    try:
        found = expiry_of(Resource.from_line(line))
    except OverflowError:
        # Later than any time can be.
        return None
    return None if found is None or found.at is None else found.at.isoformat()


def is_protected(line: Line, context: Context) -> bool:
    """Whether its tags or a mark protect it."""
    mark = context.marks.get(line["graph_id"], {})
    return bool(mark.get("protected")) or protecting_tag(line["tags"] or {}) is not None


def _mark(name: str, context: Context) -> Getter:
    return lambda line: context.marks.get(line["graph_id"], {}).get(name)


def _ancestor(level: str, rest: tuple[Step, ...], context: Context) -> Field:
    if len(rest) == 1 and rest[0].name in ("id", "name"):
        return Field(ancestor_getter(level, rest[0].name, context))
    return _within(_container(level, context), rest)


def _container(level: str, context: Context) -> Getter:
    """What is known of the cloud, account, region or zone that a node lies in."""
    known = {name: ancestor_getter(level, name, context) for name in ("id", "name")}
    return lambda line: {name: get(line) for name, get in known.items()}


def ancestor_getter(level: str, attribute: str, context: Context) -> Getter:
    """The id or name of the cloud, account, region or zone that a node lies in."""
    if level == "cloud":
        return lambda _: "aws"
    if level == "zone":
        return zone
    if level == "account" and attribute == "name":
        names = context.accounts
        return lambda line: names.get(line["account"], line["account"])
    return lambda line: line[level]


def zone(line: Line) -> str | None:
    """Availability zones are no resources here; most answers name theirs in one of two places."""
    properties = line["properties"]
    placement = properties.get("placement")
    found: str | None = properties.get("availability_zone") or (
        placement.get("availability_zone") if isinstance(placement, dict) else None
    )
    return found


def _within(
    start: Getter,
    steps: tuple[Step, ...],
    indexes: tuple[int | None, ...] = (),
    spread: bool = False,
) -> Field:
    """What further steps find below a start; `spread`: an array on the way means any element."""
    many = spread or any(None in found for found in (indexes, *(step.indexes for step in steps)))
    if many:
        return Field(lambda line: list(_walk_all(start(line), indexes, steps, spread)), many=True)
    if not steps and not indexes:
        return Field(start)
    return Field(lambda line: _walk(start(line), indexes, steps))


def _walk(value: Any, indexes: tuple[int | None, ...], steps: tuple[Step, ...]) -> Any:
    value = _picked(value, indexes)
    for step in steps:
        if not isinstance(value, Mapping):
            return None
        value = _picked(value.get(step.name), step.indexes)
    return value


def _picked(value: Any, indexes: tuple[int | None, ...]) -> Any:
    for index in indexes:
        if not isinstance(value, list) or index is None or not -len(value) <= index < len(value):
            return None
        value = value[index]
    return value


def _walk_all(
    value: Any, indexes: tuple[int | None, ...], steps: tuple[Step, ...], spread: bool
) -> Iterator[Any]:
    for found in _spread(value, indexes, spread):
        if not steps:
            yield found
        elif isinstance(found, Mapping):
            first, rest = steps[0], steps[1:]
            yield from _walk_all(found.get(first.name), first.indexes, rest, spread)
        elif spread:
            yield None


def _spread(value: Any, indexes: tuple[int | None, ...], spread: bool) -> Iterator[Any]:
    if not indexes:
        if spread and isinstance(value, list):
            yield from value
        else:
            yield value
        return
    first, rest = indexes[0], indexes[1:]
    if not isinstance(value, list):
        return
    if first is None:
        for entry in value:
            yield from _spread(entry, rest, spread)
    elif -len(value) <= first < len(value):
        yield from _spread(value[first], rest, spread)
