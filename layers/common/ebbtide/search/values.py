"""Compare values with a literal of a search, and with each other to sort results.

A missing property is null, which equals only null and is neither less nor greater than anything.
An array stands for any of its elements. A text that is a number, such as an account id, equals the
number. Whether a value is less than one of another type, such as a text that is not a time than a
time, is unknown.
"""

from __future__ import annotations

import ipaddress
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from ebbtide.base.clock import from_text
from ebbtide.language.syntax import Operator, Quantifier, Value
from ebbtide.search.patterns import compile_pattern
from ebbtide.search.truth import Test, Truth, every, negation, some

type Comparison = Callable[[Any, Any], bool]

# Without spaces and underscores, which Python would accept in a number.
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?")


def test_of(relation: Operator, literal: Value) -> Test:
    """Return a function that tests whether a value has this relation to the literal."""
    if relation == "==":
        return equals(literal)
    if relation == "!=":
        return _denied(equals(literal))
    if relation == "=~":
        return _matches(str(literal))
    if relation == "!~":
        return _denied(_matches(str(literal)))
    if relation == "in":
        return _among(literal)
    if relation == "not in":
        return _denied(_among(literal))
    return _ordered(relation, literal)


def _denied(test: Test) -> Test:
    return lambda value: negation(test(value))


def _any_element(test: Test) -> Test:
    """Apply a test to a value, or if that is an array, to its elements: one is enough."""
    return lambda value: some(map(test, value)) if type(value) is list else test(value)


def equals(literal: Value) -> Test:
    if literal is None:
        return lambda value: value is None
    if isinstance(literal, str):
        return _equals_text(literal)
    if isinstance(literal, bool):
        return _any_element(lambda value: value is literal)
    if isinstance(literal, (int, float)):
        text = str(literal)
        # True == 1 in Python, but not in a search.
        return _any_element(
            lambda value: (
                value == text
                if isinstance(value, str)
                else value == literal and not isinstance(value, bool)
            )
        )
    return lambda value: value == literal or (type(value) is list and literal in value)


def _equals_text(literal: str) -> Test:
    """Return a test for a text, or for the number or the time that it denotes."""
    number, moment = _number(literal), _moment(literal)
    if number is None and moment is None:
        return lambda value: value == literal or (type(value) is list and literal in value)

    def same(value: Any) -> bool:
        if isinstance(value, str):
            return value == literal or (moment is not None and _moment(value) == moment)
        return number is not None and not isinstance(value, bool) and bool(value == number)

    return _any_element(same)


def equals_only_itself(text: str) -> bool:
    """Return whether a text equals only itself, because it is neither a number nor a time."""
    return _number(text) is None and _moment(text) is None


def _matches(pattern: str) -> Test:
    is_in = compile_pattern(pattern)

    def matches(value: Any) -> Truth:
        if isinstance(value, str):
            return is_in(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return is_in(str(value))
        return False if value is None else None

    return _any_element(matches)


def _among(literals: Value) -> Test:
    choices = literals if isinstance(literals, list) else [literals]
    texts = frozenset(choice for choice in choices if isinstance(choice, str))
    others = [
        equals(choice)
        for choice in choices
        if not isinstance(choice, str) or not equals_only_itself(choice)
    ]

    def among(value: Any) -> bool:
        if isinstance(value, str) and value in texts:
            return True
        if type(value) is list and any(isinstance(one, str) and one in texts for one in value):
            return True
        return any(same(value) for same in others)

    return among


def _ordered(relation: Operator, literal: Value) -> Test:
    if literal is None:
        return lambda _: False
    if isinstance(literal, bool) or not isinstance(literal, (int, float, str)):
        return _of_another_type
    compare = COMPARE[relation]
    if isinstance(literal, (int, float)):
        return _ordered_numbers(compare, literal)
    moment, number = _moment(literal), _number(literal)
    if moment is not None:
        return _ordered_times(compare, moment)
    if number is not None:
        return _ordered_numbers(compare, number)

    def ordered(value: Any) -> Truth:
        # A time is in no order with a text that is not a time.
        if isinstance(value, str) and _moment(value) is None:
            return compare(value, literal)
        return _of_elements(ordered, value)

    return ordered


def _of_another_type(value: Any) -> Truth:
    """Return the order of a value with one of another type: unknown, but null has none."""
    return False if value is None else None


def _of_elements(test: Test, value: Any) -> Truth:
    """Return the order of any element of an array, or of a value of another type."""
    return some(map(test, value)) if type(value) is list else _of_another_type(value)


def _ordered_numbers(compare: Comparison, literal: float) -> Test:
    def ordered(value: Any) -> Truth:
        kind = type(value)
        if kind is int or kind is float:
            return compare(value, literal)
        number = _number(value) if kind is str else None
        return _of_elements(ordered, value) if number is None else compare(number, literal)

    return ordered


def _ordered_times(compare: Comparison, moment: datetime) -> Test:
    def ordered(value: Any) -> Truth:
        found = _moment(value) if isinstance(value, str) else None
        return _of_elements(ordered, value) if found is None else compare(found, moment)

    return ordered


COMPARE: Mapping[str, Comparison] = {
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
        return lambda value: isinstance(value, list) and every(map(test, value))
    if quantifier == "any":
        return lambda value: isinstance(value, list) and some(map(test, value))
    return lambda value: isinstance(value, list) and negation(some(map(test, value)))


def in_subnet(network: str) -> Test:
    """Return a test for an IPv4 address, or a list with one, in a network in CIDR notation.

    Whether a value that is no address is in the network is unknown.
    """
    within = ipaddress.IPv4Network(network, strict=False)

    def inside(value: Any) -> Truth:
        try:
            address = ipaddress.ip_address(value) if isinstance(value, str) else None
        except ValueError:
            address = None
        return _of_another_type(value) if address is None else address in within

    return _any_element(inside)


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
