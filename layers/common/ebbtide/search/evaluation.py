"""Evaluate a search over one graph: its parts from left to right, and the ways between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from ebbtide.language.restricting import kinds_of
from ebbtide.language.syntax import Limit, Merge, Navigation, Part, Query, Sort, Term, With
from ebbtide.language.walking import following, merges
from ebbtide.model.lines import ResourceLine
from ebbtide.search.document import node_document
from ebbtide.search.fields import compile_field
from ebbtide.search.graph import SearchGraph
from ebbtide.search.merges import implied_merges, merges_of, sorting_merges, without_merges
from ebbtide.search.navigation import Walk, walk_of
from ebbtide.search.node import Context, with_merged
from ebbtide.search.predicates import (
    compile_term,
    relevance,
    text_of_term,
    texts_of_term,
    unanswered,
)
from ebbtide.search.usage import span_of
from ebbtide.search.values import sort_key, test_of

type SortKey = Callable[[ResourceLine], tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Match:
    """A resource that a search found, with the #tag of the part that it matched."""

    line: ResourceLine
    tag: str | None = None


@dataclass(slots=True)
class Evaluation:
    """The evaluation of one query over one graph."""

    query: Query
    graph: SearchGraph
    context: Context
    ordered: bool = True
    _tags: dict[int, str] = field(default_factory=dict)

    def matches(self, start: int | None = None) -> Iterator[Match]:
        """Yield the matches of the last part, in order, from one `start` node or from all nodes."""
        nodes: Iterable[int] | None = None if start is None else [start]
        for part in self.query.parts:
            found = self._part(part, nodes)
            if part.tag is not None:
                self._tags.update(dict.fromkeys((number for number, _ in found), part.tag))
            if part.navigation is None:
                for number, line in found:
                    yield Match(line, self._tags.get(number))
                return
            nodes = self._walk(part.navigation).reach(number for number, _ in found)

    def _walk(self, navigation: Navigation) -> Walk:
        return walk_of(navigation, self.query.edge_types, self.graph)

    def lines(self) -> Iterator[ResourceLine]:
        """Yield the lines of the last part's matches, unordered unless a limit needs an order."""
        self.ordered = False
        return (match.line for match in self.matches())

    def _part(self, part: Part, nodes: Iterable[int] | None) -> list[tuple[int, ResourceLine]]:
        context = context_of(part, self.context)
        if nodes is None:
            candidates, term = self._candidates(part.term)
        else:
            candidates, term = nodes, part.term
        found = self._filtered(term, candidates, context)
        if part.with_clause is not None:
            asked = self._with(part.with_clause, context)
            found = [(number, line) for number, line in found if asked(number)]
        if part.navigation is None and not self.ordered and part.limit is None:
            return found
        # The merges of the term are attached already; the sort may need more.
        attached = {merge.name for merge in merges_of(part.term)}
        merges = [merge for merge in sorting_merges(part) if merge.name not in attached]
        if merges:
            found = [(number, self._attached(number, line, merges)) for number, line in found]
        return ordered(found, part, context)

    def _candidates(self, term: Term) -> tuple[Iterable[int], Term]:
        """Return the nodes that the graph's indexes find for a term, and the rest of the term."""
        kinds, text = kinds_of(term), text_of_term(term)
        if kinds is None:
            return self.graph.of_kinds(None), term
        if text is None:
            return self.graph.of_kinds(kinds), unanswered(term, None)
        found = chain.from_iterable(self.graph.with_text(kind, *text) for kind in sorted(kinds))
        return found, unanswered(term, text)

    def _filtered(
        self, term: Term, candidates: Iterable[int], context: Context
    ) -> list[tuple[int, ResourceLine]]:
        lines, fulfils = self.graph.lines, compile_term(term, context)
        merges = merges_of(term)
        if not merges:
            return [
                (number, line)
                for number in candidates
                if (line := lines[number]) is not None and fulfils(line)
            ]
        # A merge is a search of its own, so evaluate it only for nodes that can still match.
        before = compile_term(without_merges(term), context)
        known = ((number, line) for number in candidates if (line := lines[number]) is not None)
        attached = (
            (number, self._attached(number, line, merges)) for number, line in known if before(line)
        )
        return [(number, line) for number, line in attached if fulfils(line)]

    def _attached(self, number: int, line: ResourceLine, merges: list[Merge]) -> ResourceLine:
        found: dict[str, Any] = {}
        for merge in merges:
            inner = Evaluation(merge.query, self.graph, self.context).matches(number)
            context = context_of(merge.query.parts[-1], self.context)
            results = [node_document(match.line, context) for match in inner]
            found[merge.name] = results if merge.many else next(iter(results), None)
        return with_merged(line, found)

    def _with(self, clause: With, context: Context) -> Callable[[int], bool]:
        """Return a function that says whether a node has as many neighbours as the clauses ask."""
        tests = [self._one_with(one, context) for one in following(clause)]
        return tests[0] if len(tests) == 1 else lambda number: all(test(number) for test in tests)

    def _one_with(self, clause: With, context: Context) -> Callable[[int], bool]:
        walk, enough = self._walk(clause.navigation), test_of(clause.operator, clause.count)
        fulfils = self._neighbour_filter(clause, context)
        # One neighbour more than the count settles every clause, such as any, empty and count > n.
        most = clause.count + 1

        def asked(number: int) -> bool:
            count = 0
            for neighbour in walk.each(number):
                if fulfils(neighbour):
                    count += 1
                    if count >= most:
                        break
            return enough(count)

        return asked

    def _neighbour_filter(self, clause: With, context: Context) -> Callable[[int], bool]:
        # The merges of the part are attached to its own nodes only.
        context = replace(context, overriding=frozenset())
        inner = None if clause.inner is None else self._with(clause.inner, context)
        lines, known = self.graph.lines, {}
        compiled, merges = compile_term(clause.term, context), implied_merges(clause.term)

        def term(number: int, line: ResourceLine) -> bool:
            return compiled(self._attached(number, line, merges) if merges else line)

        def fulfils(number: int) -> bool:
            if number not in known:
                line = lines[number]
                known[number] = (
                    line is not None and term(number, line) and (inner is None or inner(number))
                )
            return known[number]

        return fulfils


def context_of(part: Part, context: Context) -> Context:
    """Return the context for the terms of a part: the span of its with_usage, and its merges."""
    names = frozenset(merge.name for merge in merges(part.term) if "." in merge.name)
    if part.usage is None:
        return replace(context, overriding=names) if names != context.overriding else context
    return replace(context, span=span_of(part.usage, context.now), overriding=names)


def ordered(
    found: list[tuple[int, ResourceLine]], part: Part, context: Context
) -> list[tuple[int, ResourceLine]]:
    """Sort the nodes of a part, and cut them to its limit."""
    if part.sort or part.limit or part.navigation is None:
        found = sort_lines(found, lambda entry: entry[1], part, context)
    if part.reverse:
        found = found[::-1]
    return cut(found, part.limit)


def cut[T](found: list[T], limit: Limit | None) -> list[T]:
    return found if limit is None else found[limit.offset : limit.offset + limit.length]


def sort_lines[T](
    found: list[T], line_of: Callable[[T], ResourceLine], part: Part, context: Context
) -> list[T]:
    """Sort by the part's sort; else by relevance to its full text; else by kind, name and id."""
    wanted = texts_of_term(part.term)
    if not part.sort and wanted:
        by_default = sorted(found, key=lambda entry: default_order(line_of(entry)))
        return sorted(by_default, key=lambda entry: -relevance(wanted, line_of(entry)))
    found = sorted(found, key=lambda entry: default_order(line_of(entry)))
    # Sorting is stable, so begin with the least important key.
    for sort in reversed(part.sort):
        found = _sorted_by(found, line_of, _key_of(sort, context), sort.descending)
    return found


def _sorted_by[T](
    found: list[T], line_of: Callable[[T], ResourceLine], key: SortKey, descending: bool
) -> list[T]:
    return sorted(found, key=lambda entry: key(line_of(entry)), reverse=descending)


def _key_of(sort: Sort, context: Context) -> SortKey:
    """Return the key of a sort; a path through an array sorts by its smallest value."""
    read = compile_field(sort.path, context)
    if read.many:
        return lambda line: min(map(sort_key, read.get(line)), default=sort_key(None))
    return lambda line: sort_key(read.get(line))


def default_order(line: ResourceLine) -> tuple[str, str, str]:
    return (line["kind"], line["name"], line["graph_id"])
