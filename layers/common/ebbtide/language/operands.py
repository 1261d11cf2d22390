"""Check the values of predicates and the arguments of functions."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from ipaddress import IPv4Network
from typing import Any

from ebbtide.base.clock import now
from ebbtide.base.durations import moment_of, parse_duration
from ebbtide.kinds import registry
from ebbtide.language.syntax import Function, Path, Predicate, Usage

# Fields that are compared as durations: how long ago a time of the resource was.
DURATIONS = ("age", "last_update", "last_access")


def predicate_fault(term: Predicate) -> Iterator[str]:
    """Yield the reasons why a comparison is invalid."""
    value = term.value
    if term.operator in ("in", "not in") and not isinstance(value, list):
        yield f"`{term.operator}` needs a list, such as [a, b]"
    elif term.operator in ("=~", "!~"):
        if is_duration(term.path):
            name = term.path.steps[-1].name
            yield f"{name} needs a duration such as 30d, not a regular expression"
        yield from _pattern_faults(value)
    elif is_duration(term.path):
        for each in value if isinstance(value, list) else [value]:
            yield from _duration_faults(term.path, each)


def is_duration(path: Path) -> bool:
    """Return whether a path names a duration, such as `age` or `/reported.age`."""
    names = tuple(step.name for step in path.steps)
    if path.absolute:
        return len(names) == 2 and names[0] == "reported" and names[1] in DURATIONS
    return len(names) == 1 and names[0] in DURATIONS


def _pattern_faults(value: Any) -> Iterator[str]:
    if not isinstance(value, str):
        yield "a regular expression must be a text; put it in quotes"
        return
    try:
        with warnings.catch_warnings():
            # Python warns about patterns whose meaning may change in a later version.
            warnings.simplefilter("ignore")
            re.compile(value, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        yield f"invalid regular expression {value!r}: {error}"


def _duration_faults(path: Path, value: Any) -> Iterator[str]:
    if value is None:
        return
    if not isinstance(value, str):
        yield f"{path.steps[-1].name} needs a duration such as 30d, not {value!r}"
        return
    try:
        parse_duration(value)
    except ValueError as error:
        yield str(error)


def usage_faults(usage: Usage) -> Iterator[tuple[str, str]]:
    """Yield each mistake in a with_usage, with the word of the search that it concerns."""
    for text in filter(None, (usage.start, usage.end)):
        try:
            moment_of(text, now())
        except ValueError as error:
            yield str(error), text
    known = known_metrics()
    for metric in usage.metrics:
        if metric not in known:
            close = get_close_matches(metric, known, 1)
            hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"
            yield f"unknown metric {metric!r} ({hint})", metric


@cache
def known_metrics() -> list[str]:
    """Return the metrics that kinds declare, sorted, by their names in searches."""
    return sorted({metric.usage_name for kind in registry().values() for metric in kind.metrics})


def function_fault(term: Function) -> Iterator[str]:
    """Yield the reasons why a call of a function is invalid."""
    arguments = term.arguments
    if term.name == "has_desired_change":
        yield "has_desired_change is not available; use /desired.clean = true"
    elif len(arguments) != 1:
        yield f"{term.name} takes a path and one argument"
    elif term.name == "has_key":
        names = arguments[0] if isinstance(arguments[0], list) else [arguments[0]]
        if not names or not all(isinstance(name, str) for name in names):
            yield "has_key takes a name or a list of names"
    elif term.name == "in_subnet":
        yield from _network_faults(arguments[0])


def _network_faults(value: Any) -> Iterator[str]:
    try:
        if not isinstance(value, str):
            raise ValueError
        IPv4Network(value, strict=False)
    except ValueError:
        yield f"invalid IPv4 network {value!r}; use CIDR notation such as 10.0.0.0/8"
