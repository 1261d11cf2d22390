"""Compare values with a literal of a search, and with each other to sort results.

A missing property is null, which equals only null and is neither less nor greater than anything.
Values of different types have no order. A text that is a number, such as an account id, equals the
number.
"""

from __future__ import annotations

import ipaddress
import operator
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from ebbtide.base.clock import from_text
from ebbtide.language.syntax import Operator, Quantifier, Value
from ebbtide.search.patterns import compile_pattern

type Test = Callable[[Any], bool]

# Without spaces and underscores, which Python would accept in a number.
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?")


def test_of(relation: Operator, literal: Value) -> Test:
    """Return a function that tests whether a value has this relation to the literal."""
    if relation == "==":
        return equals(literal)
    if relation == "!=":
        same = equals(literal)
        return lambda value: not same(value)
    if relation in ("=~", "!~"):
        return _matches(str(literal), negated=relation == "!~")
    if relation in ("in", "not in"):
        return _among(literal, negated=relation == "not in")
    return _ordered(relation, literal)


def equals(literal: Value) -> Test:
    if isinstance(literal, str):
        return _equals_text(literal)
    if isinstance(literal, bool) or literal is None:
        return lambda value: value is literal
    if isinstance(literal, (int, float)):
        text = str(literal)
        # True == 1 in Python, but not in a search.
        return lambda value: (
            value == text
            if isinstance(value, str)
            else value == literal and not isinstance(value, bool)
        )
    return lambda value: bool(value == literal)


def _equals_text(literal: str) -> Test:
    """Return a test for a text, or for the number or the time that it denotes."""
    number, moment = _number(literal), _moment(literal)
    if number is None and moment is None:
        return lambda value: bool(value == literal)

    def same(value: Any) -> bool:
        if isinstance(value, str):
            return value == literal or (moment is not None and _moment(value) == moment)
        return number is not None and not isinstance(value, bool) and bool(value == number)

    return same


def equals_only_itself(text: str) -> bool:
    """Return whether a text equals only itself, because it is neither a number nor a time."""
    return _number(text) is None and _moment(text) is None


def _matches(pattern: str, *, negated: bool) -> Test:
    is_in = compile_pattern(pattern)

    def matches(value: Any) -> bool:
        if isinstance(value, str):
            return is_in(value) is not negated
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return is_in(str(value)) is not negated
        return negated

    return matches


def _among(literals: Value, *, negated: bool) -> Test:
    choices = literals if isinstance(literals, list) else [literals]
    texts = frozenset(choice for choice in choices if isinstance(choice, str))
    others = [
        equals(choice)
        for choice in choices
        if not isinstance(choice, str) or not equals_only_itself(choice)
    ]

    def among(value: Any) -> bool:
        if isinstance(value, str) and value in texts:
            return not negated
        return any(same(value) for same in others) is not negated

    return among


def _ordered(relation: Operator, literal: Value) -> Test:
    if isinstance(literal, bool) or not isinstance(literal, (int, float, str)):
        return lambda _: False
    compare = COMPARE[relation]
    if isinstance(literal, (int, float)):
        return _ordered_numbers(compare, literal)
    moment = _moment(literal)
    if moment is not None:
        return _ordered_times(compare, literal, moment)
    number = _number(literal)
    numbers = None if number is None else _ordered_numbers(compare, number)

    def ordered(value: Any) -> bool:
        if isinstance(value, str):
            return compare(value, literal)
        return numbers is not None and numbers(value)

    return ordered


def _ordered_numbers(compare: Callable[[Any, Any], bool], literal: float) -> Test:
    def ordered(value: Any) -> bool:
        kind = type(value)
        if kind is int or kind is float:
            return compare(value, literal)
        number = _number(value) if kind is str else None
        return number is not None and compare(number, literal)

    return ordered


def _ordered_times(compare: Callable[[Any, Any], bool], literal: str, moment: datetime) -> Test:
    def ordered(value: Any) -> bool:
        if not isinstance(value, str):
            return False
        found = _moment(value)
        return compare(value, literal) if found is None else compare(found, moment)

    return ordered


COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _number(text: str) -> int | float | None:
    if not _NUMBER.fullmatch(text):
        return None
    try:
        return int(text)
    except ValueError:
        pass
    try:
        found = float(text)
    except ValueError:
        return None
    return found if abs(found) != float("inf") else None


def _moment(text: str) -> datetime | None:
    """Parse a text as a time; return None for any other text, such as a number."""
    if not _DATE.fullmatch(text):
        return None
    try:
        return from_text(text)
    except (ValueError, OverflowError):
        # A time on the last day of the year 9999 may be in the year 10000 in UTC.
        return None


def of_elements(quantifier: Quantifier, test: Test) -> Test:
    """Apply a test to the elements of an array; a value that is not an array fails."""
    if quantifier == "all":
        return lambda value: isinstance(value, list) and all(map(test, value))
    if quantifier == "any":
        return lambda value: isinstance(value, list) and any(map(test, value))
    return lambda value: isinstance(value, list) and not any(map(test, value))


def in_subnet(network: str) -> Test:
    """Return a test for an IPv4 address, or a list with one, in a network in CIDR notation."""
    within = ipaddress.IPv4Network(network, strict=False)

    def inside(value: Any) -> bool:
        if isinstance(value, list):
            return any(map(inside, value))
        try:
            return isinstance(value, str) and ipaddress.IPv4Address(value) in within
        except ValueError:
            return False

    return inside


def has_keys(names: Iterable[str]) -> Test:
    wanted = tuple(names)
    return lambda value: isinstance(value, dict) and all(name in value for name in wanted)


def sort_key(value: Any) -> tuple[int, Any]:
    """Return a sort key for any value: null, false, true, numbers, texts, arrays, objects."""
    if value is None:
        return (0, 0)
    if isinstance(value, bool):
        return (1, value)
    if isinstance(value, (int, float)):
        return (2, value)
    if isinstance(value, str):
        return (3, value)
    if isinstance(value, list):
        return (4, [sort_key(entry) for entry in value])
    return (5, str(value))
