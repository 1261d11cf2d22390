"""What the values of predicates and the arguments of functions must be."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Any

from ebbtide.durations import parse_duration
from ebbtide.query.syntax import Function, Path, Predicate

# Times of the resource that are compared as lengths: how long ago they were.
DURATIONS = ("age", "last_update", "last_access")


def predicate_fault(term: Predicate) -> Iterator[str]:
    """Why a comparison can never be made, if so."""
    value = term.value
    if term.operator in ("in", "not in") and not isinstance(value, list):
        yield f"`{term.operator}` needs a list, such as [a, b]"
    elif term.operator in ("=~", "!~"):
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
