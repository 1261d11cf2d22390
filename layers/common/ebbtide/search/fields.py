"""Compile the paths of a search to functions over nodes, which are lines of the snapshot.

Relative paths start in `reported`: the fields of AWS's answer and those that every resource has.
Absolute paths start at the node: /reported, /metadata, /desired, /ancestors, /kinds, /id, /usage,
/price, or the name of a merge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ebbtide.language.fields import SHORTCUTS
from ebbtide.language.prices import MONTHLY, SECTION
from ebbtide.language.syntax import Path, Step
from ebbtide.model.lines import ResourceLine
from ebbtide.model.marks import ENDING_NAMES
from ebbtide.search.document import node_document
from ebbtide.search.node import (
    SPANS,
    TIMES,
    Context,
    Getter,
    ancestor_getter,
    expires,
    graded_of,
    merged_of,
    seconds_since,
)
from ebbtide.search.prices import (
    graded_monthly,
    graded_section,
    monthly_of,
    price_section,
)
from ebbtide.search.truth import NOT_KNOWN, Unordered
from ebbtide.search.usage import usage_of

type ResultsOf = Callable[[ResourceLine], Mapping[str, Any]]

# Fields from the line itself instead of its properties.
OWN: Mapping[str, Getter] = {
    "id": lambda line: line["id"],
    "name": lambda line: line["name"],
    "kind": lambda line: line["kind"],
    "arn": lambda line: line["arn"],
    "tags": lambda line: line["tags"],
}


@dataclass(frozen=True, slots=True)
class Field:
    """A compiled path. With `many`, `get` returns a list with one entry per element found."""

    get: Getter
    many: bool = False
    # Whether it leads into the result of a merge, or to a price, which may be unknown in part.
    attached: bool = False
    # The name of the property if the path is only that, as most are; allows faster comparisons.
    name: str | None = None


def compile_field(path: Path, context: Context, *, graded: bool = False) -> Field:
    """Compile a path of a node; `graded`: what is not known of merges and prices is NOT_KNOWN."""
    if path.absolute:
        return _absolute(path.steps, context, graded)
    return _reported(path.steps, context)


def compile_element_field(path: Path, *, attached: bool = False) -> Field:
    """Compile a path in an element of an array, as in `rules[*].{ port == 22 }`.

    With `attached`, the array is the result of a merge.
    """
    return replace(_within(lambda element: element, path.steps), attached=attached)


def _absolute(steps: tuple[Step, ...], context: Context, graded: bool) -> Field:
    first, rest = steps[0], steps[1:]
    if first.name == "reported" and rest:
        return _reported(rest, context, shortcuts=False)
    if first.name == "metadata" and rest:
        return _within(_metadata(rest[0].name, context), rest[1:], rest[0].indexes)
    if first.name == "desired" and rest:
        return _within(_mark(rest[0].name, context), rest[1:], rest[0].indexes)
    if first.name == "ancestors" and rest and rest[0].name in SHORTCUTS:
        if f"ancestors.{rest[0].name}" in context.overriding:
            return _merged(steps, graded_of if graded else merged_of)
        known = _container(rest[0].name, context)
        return _within(lambda line: {"reported": known(line)}, rest[1:])
    if first.name in ("reported", "metadata", "desired"):
        return _within(_section(first.name, context), rest)
    if first.name == "usage":
        return _usage(rest, context)
    if first.name == SECTION:
        return _price(rest, graded)
    if first.name == "id":
        return _within(lambda line: line["graph_id"], rest, first.indexes)
    if first.name == "kinds":
        return _within(lambda line: list(line["kinds"]), rest, first.indexes)
    return _merged(steps, graded_of if graded else merged_of)


def _section(name: str, context: Context) -> Getter:
    """Read a whole section of a node's document."""
    return lambda line: node_document(line, context)[name]


def _merged(steps: tuple[Step, ...], results_of: ResultsOf) -> Field:
    """Compile a path into the result of a merge.

    The name of a merge may contain dots; the longest attached name that is a prefix of the path
    counts.
    """
    # Only the last step of the name may have an index, as in /users[0].reported.name.
    plain = next((n for n, step in enumerate(steps, 1) if step.indexes), len(steps))
    choices = [
        (
            ".".join(step.name for step in steps[:length]),
            _within(lambda found: found, steps[length:], steps[length - 1].indexes, spread=True),
        )
        for length in range(plain, 0, -1)
    ]
    missing = choices[-1][1].get

    def get(line: ResourceLine) -> Any:
        attached = results_of(line)
        for name, found in choices:
            if name in attached:
                return found.get(attached[name])
        return missing(None)  # type: ignore[arg-type]

    return Field(get, many=True, attached=True)


def _reported(steps: tuple[Step, ...], context: Context, shortcuts: bool = True) -> Field:
    first, rest = steps[0], steps[1:]
    name = first.name
    if shortcuts and name in SHORTCUTS:
        return _ancestor(name, rest or (Step("name"),), context)
    if name == "usage":
        return _usage(rest, context)
    if name in OWN:
        return _within(OWN[name], rest, first.indexes)
    if name in SPANS:
        return Field(seconds_since(TIMES[SPANS[name]], context.now))
    if name in TIMES:
        return Field(TIMES[name])
    if not rest and not first.indexes:
        return Field(lambda line: line["properties"].get(name), name=name)
    return _within(lambda line: line["properties"].get(name), rest, first.indexes)


def _usage(steps: tuple[Step, ...], context: Context) -> Field:
    """Compile a path such as /usage.cpu_utilization.avg, for the days in the search's span."""
    span = context.span
    return _within(lambda line: usage_of(line["properties"], span) or None, steps)


def _price(steps: tuple[Step, ...], graded: bool) -> Field:
    """Compile a path such as /price.monthly."""
    if [step.name for step in steps] == [MONTHLY]:
        return Field(graded_monthly if graded else monthly_of, attached=graded)
    return replace(_within(graded_section if graded else price_section, steps), attached=graded)


# Fields of /metadata that need only the node's line.
METADATA: Mapping[str, Getter] = {
    "first_seen": lambda line: line["first_seen"],
    "last_seen": lambda line: line["last_seen"],
    "stale_since": lambda line: line["stale_since"],
    "orphaned_since": lambda line: line.get("orphaned_since"),
    "ended": lambda line: line["ended"],
    "keep_reason": lambda line: line["keep_reason"],
}


def _metadata(name: str, context: Context) -> Getter:
    if name == "expires":
        return expires
    marks = context.marks
    if name == "protected":
        return lambda line: marks.protection(line).protected
    if name == "protected_reason":
        return lambda line: marks.protection(line).reason
    if name == "cleaned":
        return lambda line: marks.ending(line).get(name, False)
    if name in ENDING_NAMES:
        return lambda line: marks.ending(line).get(name)
    return METADATA.get(name, lambda _: None)


def _mark(name: str, context: Context) -> Getter:
    return lambda line: context.marks.desired(line).get(name)


def _ancestor(level: str, rest: tuple[Step, ...], context: Context) -> Field:
    if len(rest) == 1 and rest[0].name in ("id", "name"):
        return Field(ancestor_getter(level, rest[0].name, context))
    return _within(_container(level, context), rest)


def _container(level: str, context: Context) -> Getter:
    """Read id and name of the cloud, account, region or zone that contains a node."""
    known = {name: ancestor_getter(level, name, context) for name in ("id", "name")}
    return lambda line: {name: get(line) for name, get in known.items()}


def _within(
    start: Getter,
    steps: tuple[Step, ...],
    indexes: tuple[int | None, ...] = (),
    spread: bool = False,
) -> Field:
    """Compile the steps below a start; with `spread`, an array on the path means any element."""
    many = spread or any(None in found for found in (indexes, *(step.indexes for step in steps)))
    if many:
        return Field(lambda line: list(_walk_all(start(line), indexes, steps, spread)), many=True)
    if not steps and not indexes:
        return Field(start)
    return Field(lambda line: _walk(start(line), indexes, steps))


def _walk(value: Any, indexes: tuple[int | None, ...], steps: tuple[Step, ...]) -> Any:
    value = _picked(value, indexes)
    for step in steps:
        if value is NOT_KNOWN:
            return value
        if not isinstance(value, Mapping):
            return None
        value = _picked(value.get(step.name), step.indexes)
    return value


def _picked(value: Any, indexes: tuple[int | None, ...]) -> Any:
    for index in indexes:
        if value is NOT_KNOWN:
            return value
        if not isinstance(value, list) or index is None or not -len(value) <= index < len(value):
            return None
        value = NOT_KNOWN if isinstance(value, Unordered) else value[index]
    return value


def _walk_all(
    value: Any, indexes: tuple[int | None, ...], steps: tuple[Step, ...], spread: bool
) -> Iterator[Any]:
    for found in _spread(value, indexes, spread):
        if not steps or found is NOT_KNOWN:
            yield found
        elif isinstance(found, Mapping):
            first, rest = steps[0], steps[1:]
            yield from _walk_all(found.get(first.name), first.indexes, rest, spread)
        elif spread:
            # In the result of a merge, a missing value counts as null.
            yield None


def _spread(value: Any, indexes: tuple[int | None, ...], spread: bool) -> Iterator[Any]:
    if not indexes:
        if spread and isinstance(value, list):
            yield from value
        else:
            yield value
        return
    first, rest = indexes[0], indexes[1:]
    if value is NOT_KNOWN:
        yield value
    if not isinstance(value, list):
        return
    if first is None:
        for entry in value:
            yield from _spread(entry, rest, spread)
    elif -len(value) <= first < len(value):
        found = NOT_KNOWN if isinstance(value, Unordered) else value[first]
        yield from _spread(found, rest, spread)
