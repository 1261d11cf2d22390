"""Indexes over a property of the nodes of one kind: by text, and by number.

Each answers which nodes can fulfil a comparison. An index is built when a search first needs it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

_NONE: tuple[int, ...] = ()

# The numbers of nodes, each with its value of the property.
type Valued = Iterable[tuple[int, Any]]


class Texts:
    """The nodes whose property is, or has as an element, a text."""

    def __init__(self, found: Mapping[str, Sequence[int]]) -> None:
        self._found = found

    @classmethod
    def of(cls, valued: Valued) -> Self:
        found: dict[str, list[int]] = {}
        for number, value in valued:
            if type(value) is str:
                found.setdefault(value, []).append(number)
            elif type(value) is list:
                for text in {one for one in value if type(one) is str}:
                    found.setdefault(text, []).append(number)
        return cls(found)

    def equal(self, text: str) -> Sequence[int]:
        """Return the nodes that have this text, and no others."""
        return self._found.get(text, _NONE)


class Numbers:
    """The nodes sorted by an integer property, and those whose value is something else."""

    def __init__(self, values: list[int], nodes: list[int], others: list[int]) -> None:
        self._values, self._nodes, self._others = values, nodes, others

    @classmethod
    def of(cls, valued: Valued) -> Self:
        whole: list[tuple[int, int]] = []
        others: list[int] = []
        for number, value in valued:
            if type(value) is int:
                whole.append((value, number))
            elif value is not None:
                others.append(number)
        whole.sort()
        return cls([value for value, _ in whole], [number for _, number in whole], others)

    def beyond(self, operator: str, bound: float) -> Sequence[int]:
        """Return the nodes whose value may be in this relation to a number: `<`, `<=`, `>`, `>=`.

        An integer that is returned is in that relation. A value of another type, such as a list,
        must still be compared. A missing value is in no relation.
        """
        place = (bisect_left if operator in ("<", ">=") else bisect_right)(self._values, bound)
        found = self._nodes[:place] if operator in ("<", "<=") else self._nodes[place:]
        return found + self._others if self._others else found
