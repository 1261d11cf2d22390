"""The graph that is searched: nodes as they were read, an index by kind, and neighbours by number.

Nodes are numbers in here. Edges may lead to nodes that were not loaded, because no term could match
them: those have a number and no line, and are only passed through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ebbtide.model.lines import ResourceLine

type Neighbours = Mapping[int, Sequence[int]]

_NONE: tuple[int, ...] = ()


class SearchGraph:
    """Nodes and edges of one account or of many; graph ids are unique over all of them."""

    def __init__(
        self, lines: Iterable[ResourceLine] = (), edges: Iterable[Mapping[str, Any]] = ()
    ) -> None:
        self.lines: list[ResourceLine | None] = []
        self._numbers: dict[str, int] = {}
        self._by_kind: dict[str, list[int]] = {}
        self._out: dict[str, dict[int, list[int]]] = {}
        self._in: dict[str, dict[int, list[int]]] = {}
        self._equal: dict[tuple[str, str], dict[Any, list[int]]] = {}
        self.add(lines, edges)

    def add(self, lines: Iterable[ResourceLine], edges: Iterable[Mapping[str, Any]] = ()) -> None:
        """Add nodes and edges; the same node or edge may not come twice."""
        self._equal.clear()
        for line in lines:
            number = self._number(line["graph_id"])
            self.lines[number] = line
            self._by_kind.setdefault(line["kind"], []).append(number)
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
        """The node with this number; only for those that were loaded."""
        found = self.lines[number]
        assert found is not None
        return found

    def number_of(self, graph_id: str) -> int | None:
        return self._numbers.get(graph_id)

    def of_kinds(self, kinds: Iterable[str] | None) -> Iterator[int]:
        """The numbers of all loaded nodes of these declared kinds; None: of all kinds."""
        for kind in self._by_kind if kinds is None else sorted(kinds):
            yield from self._by_kind.get(kind, _NONE)

    def with_text(self, kind: str, name: str, text: str) -> Sequence[int]:
        """The loaded nodes of a declared kind with this text under a name of their properties.

        The first question about a kind and a name goes through all its nodes, the others do not.
        """
        index = self._equal.get((kind, name))
        if index is None:
            index = {}
            for number in self._by_kind.get(kind, _NONE):
                value = self.line(number)["properties"].get(name)
                if type(value) is str:
                    index.setdefault(value, []).append(number)
            self._equal[kind, name] = index
        return index.get(text, _NONE)

    def neighbours(self, type: str, direction: str) -> Callable[[int], Sequence[int]]:
        """A function from a node to those next to it: along edges of one type, out, in or both."""
        out, into = self._out.get(type, {}), self._in.get(type, {})
        if direction == "both":
            return lambda node: [*out.get(node, _NONE), *into.get(node, _NONE)]
        found = out if direction == "out" else into
        return lambda node: found.get(node, _NONE)
