"""What the values of predicates and the arguments of functions must be."""

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

# Times of the resource that are compared as lengths: how long ago they were.
DURATIONS = ("age", "last_update", "last_access")


def predicate_fault(term: Predicate) -> Iterator[str]:
    """Why a comparison can never be made, if so."""
    value = term.value
    if term.operator in ("in", "not in") and not isinstance(value, list):
        yield f"`{term.operator}` needs a list, such as [a, b]"
    elif term.operator in ("=~", "!~"):
        if is_duration(term.path):
            name = term.path.steps[-1].name
            yield f"{name} is compared with a duration such as 30d, not with a regular expression"
        yield from _pattern_faults(value)
    elif is_duration(term.path):
        for each in value if isinstance(value, list) else [value]:
            yield from _duration_faults(term.path, each)


def is_duration(path: Path) -> bool:
    names = tuple(step.name for step in path.steps)
    if path.absolute:
        return len(names) == 2 and names[0] == "reported" and names[1] in DURATIONS
    return len(names) == 1 and names[0] in DURATIONS


def _pattern_faults(value: Any) -> Iterator[str]:
    if not isinstance(value, str):
        yield "a regular expression is a text"
        return
    try:
        with warnings.catch_warnings():
            # Python warns of patterns that may change their meaning some day.
            warnings.simplefilter("ignore")
            re.compile(value, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        yield f"{value!r} is no regular expression: {error}"


def _duration_faults(path: Path, value: Any) -> Iterator[str]:
    if value is None:
        return
    if not isinstance(value, str):
        yield f"{path.steps[-1].name} is compared with a duration such as 30d, not {value!r}"
        return
    try:
        parse_duration(value)
    except ValueError as error:
        yield str(error)


def usage_faults(usage: Usage) -> Iterator[tuple[str, str]]:
    """What is wrong with a with_usage, and the word that it is about."""
    for text in filter(None, (usage.start, usage.end)):
        try:
            moment_of(text, now())
        except ValueError as error:
            yield str(error), text
    known = known_metrics()
    for metric in usage.metrics:
        if metric not in known:
            close = get_close_matches(metric, known, 1)
            hint = f"did you mean {close[0]}?" if close else f"those are {', '.join(known)}"
            yield f"{metric} is no metric that is read; {hint}", metric


@cache
def known_metrics() -> list[str]:
    """The metrics that the declarations of kinds have, by the names that searches use."""
    return sorted({metric.usage_name for kind in registry().values() for metric in kind.metrics})


def function_fault(term: Function) -> Iterator[str]:
    arguments = term.arguments
    if term.name == "has_desired_change":
        yield "has_desired_change is not available: what is desired is only kept as a mark to clean"
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
        yield f"{value!r} is no IPv4 network such as 10.0.0.0/8"
