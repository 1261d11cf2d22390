"""Evaluate a search over one graph: its parts from left to right, and the ways between them.

Each node that is found has a truth: True if it surely matches, None if that is unknown.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ebbtide.language.prices import asks_for_prices
from ebbtide.language.syntax import Merge, Navigation, Part, Query, Term, With
from ebbtide.language.walking import following, merges
from ebbtide.model.lines import ResourceLine
from ebbtide.search.document import node_document
from ebbtide.search.graph import SearchGraph
from ebbtide.search.knowing import known_document
from ebbtide.search.merges import implied_merges, merges_of, sorting_merges, without_merges
from ebbtide.search.narrowing import narrowed
from ebbtide.search.navigation import Walk, walk_of
from ebbtide.search.node import GRADED, Context, with_merged
from ebbtide.search.ordering import ordered, ranks_are_known
from ebbtide.search.predicates import (
    Condition,
    compile_doubtful,
    compile_known,
)
from ebbtide.search.prices import monthly_of
from ebbtide.search.truth import NOT_KNOWN, Truth, Unordered, both, every
from ebbtide.search.usage import span_of
from ebbtide.search.values import COMPARE

# A node that matches or may match: its number, its line, and True or None for unknown.
type Graded = tuple[int, ResourceLine, Truth]
# Nodes that are reached, or each with whether it is.
type Nodes = list[int] | dict[int, Truth]

_COUNTS = {**COMPARE, "==": operator.eq, "!=": operator.ne}


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
    sorted: bool = True
    _tags: dict[int, str] = field(default_factory=dict)
    # Whether a condition may ask for a price; None: look at the query.
    priced: bool | None = None

    def __post_init__(self) -> None:
        if self.priced is None:
            self.priced = asks_for_prices(self.query)

    def matches(self) -> Iterator[Match]:
        """Yield what surely matches the last part, in order."""
        return (match for match, truth in self.graded() if truth)

    def graded(self) -> Iterator[tuple[Match, Truth]]:
        """Yield what matches the last part, or may match it, in order."""
        for number, line, truth in self._last(None):
            yield Match(line, self._tags.get(number)), truth

    def graded_lines(self) -> Iterator[tuple[ResourceLine, Truth]]:
        """Yield the lines of what matches or may match, unordered unless a limit needs an order."""
        self.sorted = False
        return ((line, truth) for _, line, truth in self._last(None))

    def _last(self, nodes: Nodes | None) -> list[Graded]:
        """Return what matches the last part, from some nodes or from all."""
        for part in self.query.parts:
            found = self._part(part, nodes)
            if part.tag is not None:
                self._tags.update(dict.fromkeys((number for number, _, _ in found), part.tag))
            if part.navigation is None:
                return found
            nodes = self._reached(part.navigation, found)
        raise AssertionError("the last part of a query has no navigation")

    def _walk(self, navigation: Navigation) -> Walk:
        return walk_of(navigation, self.query.edge_types, self.graph)

    def _reached(self, navigation: Navigation, found: list[Graded]) -> Nodes:
        walk = self._walk(navigation)
        if not self.graph.uncertain and all(truth for _, _, truth in found):
            return walk.reach(number for number, _, _ in found)
        starts = {number: truth for number, _, truth in found}
        return walk.graded(starts, self.graph.uncertain)

    def _part(self, part: Part, nodes: Nodes | None) -> list[Graded]:
        context = context_of(part, self.context)
        if nodes is None:
            candidates, term = narrowed(self.graph, part.term)
            found = self._filtered(term, candidates, context)
        else:
            found = self._filtered(part.term, nodes, context)
        if isinstance(nodes, dict):
            found = [(number, line, both(truth, nodes[number])) for number, line, truth in found]
        if part.with_clause is not None:
            asked = self._with(part.with_clause, context)
            found = [
                (number, line, truth if answer else None)
                for number, line, truth in found
                if (answer := asked(number)) is not False
            ]
        if part.navigation is None and not self.sorted and part.limit is None:
            return found
        # The merges of the term are attached already; the sort may need more.
        attached = {merge.name for merge in merges_of(part.term)}
        merges = [merge for merge in sorting_merges(part) if merge.name not in attached]
        if merges:
            found = [
                (number, self._attached(number, line, merges), truth)
                for number, line, truth in found
            ]
        return ordered(found, part, context, doubtful=bool(self.graph.doubtful))

    def _condition(self, term: Term, context: Context) -> Callable[[int], Condition]:
        """Return a function that compiles a term as a node needs it."""
        known, doubtful = compile_known(term, context), self.graph.doubtful
        careful = compile_doubtful(term, context) if doubtful else known
        return lambda number: careful if number in doubtful else known

    def _filtered(self, term: Term, candidates: Iterable[int], context: Context) -> list[Graded]:
        lines, merges = self.graph.lines, merges_of(term)
        if not merges and not self.graph.doubtful:
            fulfils = compile_known(term, context)
            return [
                (number, line, truth)
                for number in candidates
                if (line := lines[number]) is not None and (truth := fulfils(line)) is not False
            ]
        condition = self._condition(term, context)
        known = ((number, line) for number in candidates if (line := lines[number]) is not None)
        if merges:
            # A merge is a search of its own, so evaluate it only for nodes that can still match.
            before = self._condition(without_merges(term), context)
            known = (
                (number, self._attached(number, line, merges))
                for number, line in known
                if before(number)(line) is not False
            )
        return [
            (number, line, truth)
            for number, line in known
            if (truth := condition(number)(line)) is not False
        ]

    def _attached(self, number: int, line: ResourceLine, merges: list[Merge]) -> ResourceLine:
        found: dict[str, Any] = {}
        graded: dict[str, Any] = {}
        for merge in merges:
            inside = Evaluation(merge.query, self.graph, self.context, priced=self.priced)
            inner = inside._last({number: True})
            part = merge.query.parts[-1]
            context = context_of(part, self.context)
            results = [node_document(line, context) for _, line, truth in inner if truth]
            found[merge.name] = results if merge.many else next(iter(results), None)
            if self._is_graded(inner):
                graded[merge.name] = self._graded_result(number, merge, inner, context)
        return with_merged(line, found, graded or None)

    def _is_graded(self, inner: list[Graded]) -> bool:
        """Return whether conditions may see something else in a merge's result than is shown."""
        if self.graph.doubtful or any(truth is None for _, _, truth in inner):
            return True
        return bool(self.priced) and any(
            monthly_of(line) is None or GRADED in line for _, line, _ in inner
        )

    def _graded_result(
        self, number: int, merge: Merge, inner: list[Graded], context: Context
    ) -> Any:
        """Return the result of a merge as conditions see it."""
        if number in self.graph.uncertain:
            return NOT_KNOWN
        results = [
            known_document(line, context) if truth else NOT_KNOWN for _, line, truth in inner
        ]
        lines = (line for _, line, _ in inner)
        in_order = ranks_are_known(lines, merge.query.parts[-1], context)
        if merge.many:
            in_order = in_order and all(truth for _, _, truth in inner)
            return results if in_order else Unordered(results)
        return next(iter(results), None) if in_order else NOT_KNOWN

    def _with(self, clause: With, context: Context) -> Callable[[int], Truth]:
        """Return a function that says whether a node has as many neighbours as the clauses ask."""
        tests = [self._one_with(one, context) for one in following(clause)]
        return tests[0] if len(tests) == 1 else lambda number: every(one(number) for one in tests)

    def _one_with(self, clause: With, context: Context) -> Callable[[int], Truth]:
        walk, compare = self._walk(clause.navigation), _COUNTS[clause.operator]
        fulfils, wanted = self._neighbour_filter(clause, context), clause.count
        uncertain = self.graph.uncertain

        def answered(sure: int, possible: int) -> Truth:
            """Return whether a number between these two is enough."""
            counts = {sure, possible, min(max(sure, wanted), possible)}
            answers = {compare(count, wanted) for count in counts}
            return answers.pop() if len(answers) == 1 else None

        def asked(number: int) -> Truth:
            sure = unsure = 0
            for neighbour in walk.each(number):
                truth = fulfils(neighbour)
                if truth:
                    sure += 1
                    # One neighbour more than the count settles every clause, such as any, empty
                    # and count > n.
                    if sure > wanted:
                        break
                elif truth is None:
                    unsure += 1
            return answered(sure, sure + unsure) if unsure else compare(sure, wanted)

        def asked_with_care(number: int) -> Truth:
            sure = unsure = 0
            for neighbour, reached in walk.graded({number: True}, uncertain).items():
                truth = both(reached, fulfils(neighbour))
                sure += truth is True
                unsure += truth is None
            # An uncertain node may have any neighbours.
            most = max(sure, wanted) + 1 if number in uncertain else sure + unsure
            return answered(sure, most)

        return asked_with_care if uncertain else asked

    def _neighbour_filter(self, clause: With, context: Context) -> Callable[[int], Truth]:
        # The merges of the part are attached to its own nodes only.
        context = replace(context, overriding=frozenset())
        inner = None if clause.inner is None else self._with(clause.inner, context)
        lines, known = self.graph.lines, dict[int, Truth]()
        condition, merges = self._condition(clause.term, context), implied_merges(clause.term)

        def answer(number: int) -> Truth:
            line = lines[number]
            if line is None:
                return False
            line = self._attached(number, line, merges) if merges else line
            truth = condition(number)(line)
            if inner is None or truth is False:
                return truth
            return both(truth, inner(number))

        def fulfils(number: int) -> Truth:
            if number not in known:
                known[number] = answer(number)
            return known[number]

        return fulfils


def context_of(part: Part, context: Context) -> Context:
    """Return the context for the terms of a part: the span of its with_usage, and its merges."""
    names = frozenset(merge.name for merge in merges(part.term) if "." in merge.name)
    if part.usage is None:
        return replace(context, overriding=names) if names != context.overriding else context
    return replace(context, span=span_of(part.usage, context.now), overriding=names)
