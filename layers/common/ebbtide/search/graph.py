"""The graph of a search: nodes as they were read, an index by kind, and neighbours by number.

A node is a number here. Edges may lead to nodes that were not loaded because no term can match
them. Those have a number but no line; a walk only passes through them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ebbtide.model.lines import ResourceLine
from ebbtide.search.indexes import Numbers, Texts

type Neighbours = Mapping[int, Sequence[int]]

_NONE: tuple[int, ...] = ()


class SearchGraph:
    """Nodes and edges of one or several accounts; graph ids are unique across accounts."""

    def __init__(
        self, lines: Iterable[ResourceLine] = (), edges: Iterable[Mapping[str, Any]] = ()
    ) -> None:
        self.lines: list[ResourceLine | None] = []
        self._numbers: dict[str, int] = {}
        self._by_kind: dict[str, list[int]] = {}
        self._out: dict[str, dict[int, list[int]]] = {}
        self._in: dict[str, dict[int, list[int]]] = {}
        self._texts: dict[tuple[str, str], Texts] = {}
        self._sorted: dict[tuple[str, str], Numbers | None] = {}
        # Nodes that may have changed or gone, and those with the nodes whose tags are unknown.
        self.uncertain: set[int] = set()
        self.doubtful: set[int] = set()
        self.add(lines, edges)

    def add(
        self,
        lines: Iterable[ResourceLine],
        edges: Iterable[Mapping[str, Any]] = (),
        *,
        stale: bool = False,
    ) -> None:
        """Add nodes and edges; each may be added only once.

        `stale`: they belong to an older graph of their account, so all nodes are uncertain.
        """
        # An index covers only the nodes that existed when it was built.
        self._texts.clear()
        self._sorted.clear()
        for line in lines:
            number = self._number(line["graph_id"])
            self.lines[number] = line
            self._by_kind.setdefault(line["kind"], []).append(number)
            if line["stale_since"] is not None or "unread" in line or stale:
                self.uncertain.add(number)
                self.doubtful.add(number)
            elif line["tags"] is None:
                self.doubtful.add(number)
        for edge in edges:
            self._connect(edge["type"], edge["source"], edge["target"])

    def _number(self, graph_id: str) -> int:
        number = self._numbers.setdefault(graph_id, len(self.lines))
        if number == len(self.lines):
            self.lines.append(None)
        return number

    def _connect(self, type: str, source: str, target: str) -> None:
        one, other = self._number(source), self._number(target)
        self._out.setdefault(type, {}).setdefault(one, []).append(other)
        self._in.setdefault(type, {}).setdefault(other, []).append(one)

    def __len__(self) -> int:
        return sum(map(len, self._by_kind.values()))

    def line(self, number: int) -> ResourceLine:
        """Return the line of a node, which must have been loaded."""
        found = self.lines[number]
        assert found is not None
        return found

    def number_of(self, graph_id: str) -> int | None:
        return self._numbers.get(graph_id)

    def of_kinds(self, kinds: Iterable[str] | None) -> Iterator[int]:
        """Yield the numbers of all loaded nodes of these declared kinds; None means all kinds."""
        for kind in self._by_kind if kinds is None else sorted(kinds):
            yield from self._by_kind.get(kind, _NONE)

    def texts(self, kind: str, name: str) -> Texts:
        """Return the index of the texts of a property of the loaded nodes of a declared kind."""
        if (kind, name) not in self._texts:
            self._texts[kind, name] = Texts.of(self._valued(kind, name))
        return self._texts[kind, name]

    def numbers(self, kind: str, name: str) -> Numbers | None:
        """Return the index of the numbers of a property of the loaded nodes of a declared kind.

        The first search for a property gets None: sorting takes longer than reading all nodes once.
        """
        key = (kind, name)
        if key not in self._sorted:
            self._sorted[key] = None
            return None
        if self._sorted[key] is None:
            self._sorted[key] = Numbers.of(self._valued(kind, name))
        return self._sorted[key]

    def _valued(self, kind: str, name: str) -> Iterator[tuple[int, Any]]:
        for number in self._by_kind.get(kind, _NONE):
            yield number, self.line(number)["properties"].get(name)

    def neighbours(self, type: str, direction: str) -> Callable[[int], Sequence[int]]:
        """Return a function from a node to its neighbours along one type, `out` or `in`."""
        found = (self._out if direction == "out" else self._in).get(type, {})
        return lambda node: found.get(node, _NONE)
