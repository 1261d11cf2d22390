"""Check the values of predicates and the arguments of functions."""

from __future__ import annotations

import re
import warnings
from difflib import get_close_matches
from functools import cache
from ipaddress import IPv4Network
from typing import Any

from ebbtide.base.clock import now
from ebbtide.base.durations import moment_of, parse_duration
from ebbtide.kinds import registry
from ebbtide.language.errors import MistakeError
from ebbtide.language.syntax import Function, Path, Predicate, Usage

# Fields that are compared as durations: how long ago a time of the resource was.
DURATIONS = ("age", "last_update", "last_access")


def check_operand(term: Predicate, of_node: bool) -> None:
    """Raise MistakeError for a value that does not suit the operator, or a duration."""
    value, name = term.value, term.path.first
    spans = of_node and is_duration(term.path)
    if term.operator in ("in", "not in") and not isinstance(value, list):
        raise MistakeError(f"`{term.operator}` needs a list, such as [a, b]", name)
    if term.operator in ("=~", "!~"):
        if spans:
            last = term.path.steps[-1].name
            message = f"{last} needs a duration such as 30d, not a regular expression"
            raise MistakeError(message, name)
        _check_pattern(value, name)
    elif spans:
        for each in value if isinstance(value, list) else [value]:
            check_duration(term.path, each)


def is_duration(path: Path) -> bool:
    """Return whether a path names a duration, such as `age` or `/reported.age`."""
    names = tuple(step.name for step in path.steps)
    if path.absolute:
        return len(names) == 2 and names[0] == "reported" and names[1] in DURATIONS
    return len(names) == 1 and names[0] in DURATIONS


def _check_pattern(value: Any, name: str) -> None:
    if not isinstance(value, str):
        raise MistakeError("a regular expression must be a text; put it in quotes", name)
    try:
        with warnings.catch_warnings():
            # Python warns about patterns whose meaning may change in a later version.
            warnings.simplefilter("ignore")
            re.compile(value, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        raise MistakeError(f"invalid regular expression {value!r}: {error}", name) from None


def check_duration(path: Path, value: Any) -> None:
    """Raise MistakeError for a value beside a path that is neither a duration nor null."""
    if value is None:
        return
    name = path.steps[-1].name
    if not isinstance(value, str):
        raise MistakeError(f"{name} needs a duration such as 30d, not {value!r}", path.first)
    try:
        parse_duration(value)
    except ValueError as error:
        raise MistakeError(str(error), path.first) from None


def check_usage(usage: Usage) -> None:
    """Raise MistakeError for a time or a metric in a with_usage that does not exist."""
    for text in filter(None, (usage.start, usage.end)):
        try:
            moment_of(text, now())
        except ValueError as error:
            raise MistakeError(str(error), text) from None
    known = known_metrics()
    for metric in usage.metrics:
        if metric not in known:
            close = get_close_matches(metric, known, 1)
            hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"
            raise MistakeError(f"unknown metric {metric!r} ({hint})", metric)


@cache
def known_metrics() -> list[str]:
    """Return the metrics that kinds declare, sorted, by their names in searches."""
    return sorted({metric.usage_name for kind in registry().values() for metric in kind.metrics})


def check_function(term: Function) -> None:
    """Raise MistakeError for a call of a function that is not available or lacks its argument."""
    arguments = term.arguments
    if term.name == "has_desired_change":
        message = "has_desired_change is not available; use /desired.clean = true"
        raise MistakeError(message, term.name)
    if len(arguments) != 1:
        raise MistakeError(f"{term.name} takes a path and one argument", term.name)
    if term.name == "has_key":
        names = arguments[0] if isinstance(arguments[0], list) else [arguments[0]]
        if not names or not all(isinstance(name, str) for name in names):
            raise MistakeError("has_key takes a name or a list of names", term.name)
    elif term.name == "in_subnet":
        _check_network(arguments[0], term.name)


def _check_network(value: Any, word: str) -> None:
    try:
        if not isinstance(value, str):
            raise ValueError
        IPv4Network(value, strict=False)
    except ValueError:
        message = f"invalid IPv4 network {value!r}; use CIDR notation such as 10.0.0.0/8"
        raise MistakeError(message, word) from None
