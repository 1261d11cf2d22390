"""Print a query in a canonical spelling, which parses to the same query."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from ebbtide.language.syntax import (
    MAX_DEPTH,
    Aggregate,
    AggregateFunction,
    All,
    And,
    ArrayContext,
    FullText,
    Function,
    Group,
    HasId,
    IsKind,
    Limit,
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
    Usage,
    With,
)
from ebbtide.language.texts import write_path, write_template, write_text

_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
# A single colon is part of a time; a double colon separates two times.
# A colon at either end would run together with the `::` between two moments.
_MOMENT = re.compile(r"(?!:)[\w+.-]+(?::(?!:)[\w+.-]+)*", re.ASCII)


def print_query(query: Query) -> str:
    """Return the text of a query, which must be parsed or built from parsable pieces."""
    return "".join(_pieces(query))


def _pieces(query: Query) -> Iterator[str]:
    if query.at is not None:
        yield f"--at {_moment(query.at)} "
    if query.aggregate:
        yield _aggregate(query.aggregate)
    if query.edge_types:
        yield f"(edge_type={','.join(query.edge_types)})"
    if query.aggregate or query.edge_types:
        yield ": "
    yield " ".join(_parts(query.parts))


def _parts(parts: tuple[Part, ...]) -> Iterator[str]:
    for position, part in enumerate(parts):
        pieces = list(_part(part))
        # After a navigation, an empty part means everything.
        if pieces or position == 0:
            yield " ".join(pieces or ["all"])
        if part.navigation:
            yield print_navigation(part.navigation)


def _part(part: Part) -> Iterator[str]:
    if part.usage:
        yield _usage(part.usage)
    if part.term != All():
        yield print_term(part.term)
    if part.with_clause:
        yield _with(part.with_clause)
    if part.tag:
        yield f"#{part.tag}"
    if part.sort:
        yield f"sort {_list(map(_sort, part.sort))}"
    if part.limit:
        yield _limit(part.limit)
    if part.reverse:
        yield "reversed"


def _usage(usage: Usage) -> str:
    times = [usage.start] if usage.end is None else [usage.start, usage.end]
    span = "::".join(map(_moment, times))
    return f"with_usage({span}, {_list(map(_name, usage.metrics))})"


def _moment(text: str) -> str:
    return text if _MOMENT.fullmatch(text) else write_text(text)


def _with(clause: With) -> str:
    match clause.operator, clause.count:
        case "==", 0:
            condition = "empty"
        case ">", 0:
            condition = "any"
        case _:
            condition = f"count {clause.operator} {clause.count}"
    pieces = [print_navigation(clause.navigation)]
    if clause.term != All():
        pieces.append(print_term(clause.term))
    if clause.inner:
        pieces.append(_with(clause.inner))
    text = f"with({condition}, {' '.join(pieces)})"
    return f"{text} {_with(clause.also)}" if clause.also else text


def _sort(sort: Sort) -> str:
    return f"{write_path(sort.path)}{' desc' if sort.descending else ''}"


def _limit(limit: Limit) -> str:
    return f"limit {limit.offset}, {limit.length}" if limit.offset else f"limit {limit.length}"


def print_term(term: Term) -> str:
    """Return the text of a term."""
    match term:
        case All():
            return "all"
        case IsKind(kinds):
            return f"is({_list(map(_name, kinds))})"
        case HasId(ids):
            return f"id({_list(map(write_text, ids))})"
        case Predicate(path, operator, value, quantifier):
            words = [write_path(path), quantifier, operator, _value(value)]
            return " ".join(word for word in words if word)
        case Function(name, path, arguments):
            return f"{name}({_list([write_path(path), *map(_value, arguments)])})"
        case ArrayContext(path, inner):
            return f"{write_path(path)}.{{{print_term(inner)}}}"
        case FullText(text):
            return write_text(text)
        case Not(inner):
            return f"not {_operand(inner)}"
        case And(left, right):
            return f"{_left(left, And)} and {_operand(right)}"
        case Or(left, right):
            return f"{_left(left, Or)} or {_operand(right)}"
        case Merged(before, merges, after):
            text = f"{print_term(before)} {{{_list(map(_merge, merges))}}}"
            return f"{text} {print_term(after)}" if after else text


def _left(term: Term, kind: type[And] | type[Or]) -> str:
    """Print a left operand: a chain of one operator needs no parentheses.

    A mixed chain would not need them either, since it groups to the left, but they help readers.
    """
    return print_term(term) if isinstance(term, kind) else _operand(term)


def _operand(term: Term) -> str:
    return f"({print_term(term)})" if isinstance(term, And | Or) else print_term(term)


def _merge(merge: Merge) -> str:
    return f"{merge.name}{'[]' if merge.many else ''}: {print_query(merge.query)}"


def _value(value: Any) -> str:
    match value:
        case str():
            return write_text(value)
        case list():
            return f"[{_list(map(_value, value))}]"
        case dict():
            return "{" + _list(f"{write_text(k)}: {_value(v)}" for k, v in value.items()) + "}"
        case _:
            return json.dumps(value)


def print_navigation(way: Navigation) -> str:
    """Return the arrow of a navigation, such as `-delete[1:]->`."""
    bounds = _depths(way) + (f"{{{print_term(way.edge_filter)}}}" if way.edge_filter else "")
    out_types, in_types = ",".join(way.out_types), ",".join(way.in_types)
    match way.direction:
        case "out":
            return f"-{out_types}{bounds}->"
        case "in":
            return f"<-{in_types}{bounds}-"
        case "both" if out_types == in_types:
            return f"<-{in_types}{bounds}->"
        case "both":
            # Types on both sides need brackets between them.
            return f"<-{in_types}{bounds or '[1]'}{out_types}->"


def _depths(way: Navigation) -> str:
    if way.minimum == way.maximum:
        return "" if way.minimum == 1 else f"[{way.minimum}]"
    return f"[{way.minimum}:{'' if way.maximum == MAX_DEPTH else way.maximum}]"


def _aggregate(aggregate: Aggregate) -> str:
    groups = f"{_list(map(_group, aggregate.groups))}: " if aggregate.groups else ""
    return f"aggregate({groups}{_list(map(_measure, aggregate.functions))})"


def _group(group: Group) -> str:
    by = write_template(group.by.parts) if isinstance(group.by, Template) else write_path(group.by)
    return by + _alias(group.name)


def _measure(measure: AggregateFunction) -> str:
    operand = measure.operand
    words = [write_path(operand) if isinstance(operand, Path) else json.dumps(operand)]
    words += [f"{sign} {json.dumps(number)}" for sign, number in measure.operations]
    return f"{measure.function}({' '.join(words)}){_alias(measure.name)}"


def _alias(name: str | None) -> str:
    return "" if name is None else f" as {_name(name)}"


def _name(name: str) -> str:
    return name if _WORD.fullmatch(name) else write_text(name)


def _list(words: Iterable[str]) -> str:
    return ", ".join(words)
