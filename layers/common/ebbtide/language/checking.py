"""Check a search for unknown kinds and fields, and give its values the types of their fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from ebbtide.base import clock
from ebbtide.language.errors import MistakeError, SearchError, unknown
from ebbtide.language.fields import GRAPH_ID, SECTIONS, SHORTCUTS
from ebbtide.language.literals import check_address, check_keys, checked_value
from ebbtide.language.operands import (
    check_function,
    check_operand,
    check_usage,
    is_duration,
)
from ebbtide.language.restricting import kinds_of
from ebbtide.language.rows import names_of_rows, row_sort
from ebbtide.language.scopes import (
    RELATIVES,
    Element,
    Found,
    Node,
    Place,
    check_kind,
    narrowed,
    resolve,
)
from ebbtide.language.shapes import SPAN
from ebbtide.language.spans import of_moment, with_moments
from ebbtide.language.syntax import (
    Aggregate,
    AggregateFunction,
    And,
    ArrayContext,
    FullText,
    Function,
    Group,
    HasId,
    IsKind,
    Merge,
    Merged,
    Navigation,
    Not,
    Or,
    Part,
    Path,
    Predicate,
    Query,
    Sort,
    Template,
    Term,
    With,
)
from ebbtide.language.texts import write_path
from ebbtide.language.walking import path_of, terms

ANY_NODE = Node(None)
# Such as vol-1, arn:aws:..., app/web: a letter or digit, and a sign that only ids have.
_ID_OF_AWS = re.compile(r"\w[-:/]")
EDGE_TYPES = ("default", "delete", "needed", "owns")


def check(query: Query, text: str = "") -> None:
    """Raise SearchError for the first mistake in a query.

    Given the text of the search, the error has the column of the wrong word.
    """
    checked(query, text, clock.now())


def checked(query: Query, text: str, now: datetime) -> Query:
    """Return a query with all values in the types of their fields.

    Durations beside times count from `now`. Raises SearchError for the first mistake.
    """
    try:
        return _Check(now).query(query, ANY_NODE)
    except MistakeError as error:
        column = None if error.word is None else column_of(text, error.word)
        raise SearchError(error.message, text, column) from None


def column_of(text: str, word: str) -> int | None:
    """Return the column of a word's first occurrence; None if it comes from a template."""
    match = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text)
    return match.start() + 1 if match else None


@dataclass(frozen=True, slots=True)
class _Check:
    now: datetime

    def query(self, query: Query, start: Node) -> Query:
        """Check a query whose first part is about the resources of `start`."""
        _check_edge_types(query.edge_types)
        parts: list[Part] = []
        node = start
        for part in query.parts:
            node = _node_of(part, start)
            rows = query.aggregate if part is query.parts[-1] else None
            parts.append(self._part(part, node, rows))
            start = ANY_NODE
        node = _with_results(query.parts[-1], node)
        aggregate = query.aggregate and self._aggregate(query.aggregate, node)
        return replace(query, parts=tuple(parts), aggregate=aggregate)

    def _part(self, part: Part, node: Node, rows: Aggregate | None) -> Part:
        if part.usage:
            check_usage(part.usage)
        if part.navigation is not None:
            _check_navigation(part.navigation)
        term = self._top(part.term, node)
        after = _with_results(part, node)
        return replace(
            part,
            term=term,
            with_clause=part.with_clause and self._with(part.with_clause),
            sort=self._sorts(part, after, rows),
        )

    def _top(self, term: Term, node: Node) -> Term:
        if not isinstance(term, Merged):
            return self._term(term, node)
        before = self._term(term.before, node)
        merges = tuple(self._merge(merge, node) for merge in term.merges)
        results = Node(node.kinds, _results(term, node))
        return Merged(before, merges, term.after and self._term(term.after, results))

    def _merge(self, merge: Merge, node: Node) -> Merge:
        if len(merge.query.parts) == 1:
            message = f"merge {merge.name} needs a navigation, such as --> is(volume)"
            raise MistakeError(message, merge.name)
        if merge.query.aggregate:
            raise MistakeError(f"merge {merge.name} cannot be an aggregate", merge.name)
        if _is_taken(merge):
            message = f"merge {merge.name} has the name of a built-in path; use another name"
            raise MistakeError(message)
        return replace(merge, query=self.query(merge.query, node))

    def _with(self, clause: With) -> With:
        _check_navigation(clause.navigation)
        return replace(
            clause,
            term=self._term(clause.term, narrowed(ANY_NODE, clause.term)),
            inner=clause.inner and self._with(clause.inner),
            also=clause.also and self._with(clause.also),
        )

    def _sorts(self, part: Part, node: Node, rows: Aggregate | None) -> tuple[Sort, ...]:
        """Check a sort; one by columns of an aggregate's rows names no fields."""
        columns = [sort for sort in part.sort if rows and row_sort(rows, sort)]
        if columns and len(columns) < len(part.sort):
            message = (
                "an aggregate sorts either its rows, by groups and functions, or the resources "
                "that it counts, by their fields; name only one of them"
            )
            raise MistakeError(message, "sort")
        if rows and part.sort and not columns and part.limit is None:
            path = part.sort[0].path
            message = unknown(write_path(path), "column", names_of_rows(rows), " of rows")
            raise MistakeError(message, path.first)
        return part.sort if columns else tuple(self._sort(sort, node) for sort in part.sort)

    def _sort(self, sort: Sort, node: Node) -> Sort:
        if _is_attached_span(sort.path, resolve(sort.path, node)):
            return Sort(of_moment(sort.path), not sort.descending)
        return sort

    def _aggregate(self, aggregate: Aggregate, node: Node) -> Aggregate:
        for group in aggregate.groups:
            _check_group(group, node)
        for function in aggregate.functions:
            _check_operand_of(function, node)
        return aggregate

    def _term(self, term: Term, place: Place) -> Term:
        """Check a term, whose kinds are those of `place` and of the terms around it."""
        match term:
            case And(left, right):
                place = narrowed(place, term)
                return And(self._term(left, place), self._term(right, place))
            case Or(left, right):
                return Or(self._alternative(left, place), self._alternative(right, place))
            case Not(inner):
                return Not(self._alternative(inner, place))
            case Predicate():
                return self._predicate(term, place)
            case Function():
                self._function(term, place)
            case ArrayContext(path, inner):
                found = resolve(path, place)
                element = Element(_elements(path, found), path.steps[-1].name)
                return ArrayContext(path, self._term(inner, element))
            case IsKind(names):
                _refuse_in_braces(place, ", which has no kind", names[0])
                for name in names:
                    check_kind(name)
            case HasId(names):
                _refuse_in_braces(place, ", which has no id()", names[0])
                _check_ids(names)
            case FullText():
                _refuse_in_braces(place, "; move the full text outside", None)
        return term

    def _alternative(self, term: Term, place: Place) -> Term:
        return self._term(term, narrowed(place, term))

    def _predicate(self, term: Predicate, place: Place) -> Predicate:
        check_operand(term, of_node=isinstance(place, Node))
        found = resolve(term.path, place)
        if _is_attached_span(term.path, found):
            return with_moments(term, self.now)
        return checked_value(term, found, self.now)

    def _function(self, term: Function, place: Place) -> None:
        check_function(term)
        found = resolve(term.path, place)
        name = term.path.steps[-1].name
        (argument,) = term.arguments
        if term.name == "has_key":
            check_keys(found, argument if isinstance(argument, list) else [argument], name)
        else:
            check_address(found, name)


def _refuse_in_braces(place: Place, why: str, word: str | None) -> None:
    """Raise MistakeError for a condition on a resource where elements of an array are meant."""
    if isinstance(place, Element):
        raise MistakeError(f"braces apply to an element of an array{why}", word)


def _check_ids(names: Iterable[str]) -> None:
    """Refuse an id or ARN of AWS where a graph id, which has four parts, belongs."""
    for name in names:
        is_graph_id = re.fullmatch(GRAPH_ID.pattern, name) and not name.startswith("arn:")
        if not is_graph_id and _ID_OF_AWS.search(name):
            raise MistakeError(
                f"id() needs a graph id such as 111122223333/us-east-1/aws_vpc/vpc-1, not "
                f'{name!r}; for an id of AWS, write id = "{name}"',
                name,
            )


def _check_edge_types(types: Iterable[str]) -> None:
    for name in types:
        if name == "iam":
            message = "iam edges are not collected; use default, delete, needed or owns"
            raise MistakeError(message, name)
        if name not in EDGE_TYPES:
            raise MistakeError(unknown(name, "edge type", EDGE_TYPES), name)


def _check_navigation(navigation: Navigation) -> None:
    _check_edge_types((*navigation.out_types, *navigation.in_types))
    if navigation.edge_filter is not None:
        first = next(filter(None, map(path_of, terms(navigation.edge_filter))), None)
        word = first.first if first else None
        raise MistakeError("edges have no properties; remove the condition in braces", word)


def _check_group(group: Group, node: Node) -> None:
    parts = group.by.parts if isinstance(group.by, Template) else (group.by,)
    for part in parts:
        if isinstance(part, Path):
            resolve(part, node)


def _check_operand_of(function: AggregateFunction, node: Node) -> None:
    if isinstance(function.operand, Path):
        resolve(function.operand, node)


def _node_of(part: Part, start: Node) -> Node:
    """Return what a part of a search is about; `start` is what it begins with."""
    place = narrowed(start, part.term)
    assert isinstance(place, Node)
    return place


def _with_results(part: Part, node: Node) -> Node:
    """Return what the sort of a part is about, which can use the results of its merges."""
    return Node(node.kinds, _results(part.term, node))


def _results(term: Term, node: Node) -> Mapping[str, Node]:
    """Return the documents that the merges of a term attach, by name."""
    if not isinstance(term, Merged):
        return {}
    return {merge.name: _result(merge.query, node) for merge in term.merges}


def _result(query: Query, start: Node) -> Node:
    """Return the document of a match of a merge, with the results of its own merges."""
    for part in query.parts:
        node = _node_of(part, start)
        start = ANY_NODE
    return Node(node.kinds, _results(query.parts[-1].term, node), attached=True)


def _elements(path: Path, found: Found) -> tuple[object, ...]:
    """Return what the braces after a path are about. Raises MistakeError if there is no array."""
    if any(None in step.indexes for step in path.steps):
        return found.codes
    return tuple(code[0] if isinstance(code, list) else code for code in found.codes)


def _is_attached_span(path: Path, found: Found) -> bool:
    """Return whether a path leads to a duration in the document of another resource."""
    return found.codes == (SPAN,) and not is_duration(path)


def _is_taken(merge: Merge) -> bool:
    """Return whether the name of a merge would hide a built-in path.

    It may hide the account or region of a resource if it finds just that.
    """
    first, _, second = merge.name.partition(".")
    if first not in RELATIVES:
        return first in SECTIONS
    if first == "ancestors" and second.partition(".")[0] in SHORTCUTS:
        return kinds_of(merge.query.parts[-1].term) != frozenset({f"aws_{second}"})
    return not second
