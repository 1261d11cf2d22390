"""Three truth values, after Kleene: True, False, and None for unknown.

A value that a search compares may be unknown itself: tags that could not be read, or the state of
a resource that could not be read again. Such a value is NOT_KNOWN, and every comparison of it is
unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any, Final, Literal

type Truth = bool | None
type Test = Callable[[Any], Truth]


class Missing(Enum):
    """The type of NOT_KNOWN."""

    NOT_KNOWN = "not known"


NOT_KNOWN: Final[Literal[Missing.NOT_KNOWN]] = Missing.NOT_KNOWN


class PartlyKnown(dict[str, Any]):
    """An object of which only some entries are known; every other one is NOT_KNOWN."""

    def get(self, key: str, default: Any = None) -> Any:
        """Return the entry, or NOT_KNOWN: the object may have any other one."""
        del default
        return super().get(key, NOT_KNOWN)


class Unordered(list[Any]):
    """A list in which it is unknown what comes first."""


def negation(truth: Truth) -> Truth:
    return None if truth is None else not truth


def both(one: Truth, other: Truth) -> Truth:
    """Return whether both hold."""
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def some(truths: Iterable[Truth]) -> Truth:
    """Return whether at least one holds."""
    found: Truth = False
    for truth in truths:
        if truth:
            return True
        if truth is None:
            found = None
    return found


def every(truths: Iterable[Truth]) -> Truth:
    """Return whether all hold."""
    found: Truth = True
    for truth in truths:
        if truth is False:
            return False
        if truth is None:
            found = None
    return found


def is_partly_known(value: Any) -> bool:
    """Return whether a value is NOT_KNOWN or contains something that is."""
    if value is NOT_KNOWN or isinstance(value, PartlyKnown):
        return True
    if isinstance(value, dict):
        return any(map(is_partly_known, value.values()))
    return isinstance(value, list) and any(map(is_partly_known, value))


def of_known(test: Test) -> Test:
    """Return a test that is unknown for a value that is not known, or only in part."""
    return lambda value: None if is_partly_known(value) else test(value)
