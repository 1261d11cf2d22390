"""Iterate over the nodes of a query's syntax tree."""

from __future__ import annotations

from collections.abc import Iterator

from ebbtide.language.syntax import (
    Aggregate,
    And,
    ArrayContext,
    Function,
    Merge,
    Merged,
    Navigation,
    Not,
    Or,
    Part,
    Path,
    Predicate,
    Query,
    Template,
    Term,
    With,
)


def queries(query: Query) -> Iterator[Query]:
    """Yield the query itself and all queries of its merges, recursively."""
    yield query
    for part in query.parts:
        for merge in merges(part.term):
            yield from queries(merge.query)


def merges(term: Term) -> tuple[Merge, ...]:
    """Return the merges of a term; only the top of a part's term can have any."""
    return term.merges if isinstance(term, Merged) else ()


def withs(part: Part) -> Iterator[With]:
    """Yield the with-clauses of a part and those nested in them, each before its inner ones."""
    yield from _clauses(part.with_clause)


def _clauses(clause: With | None) -> Iterator[With]:
    if clause is not None:
        yield clause
        yield from _clauses(clause.inner)
        yield from _clauses(clause.also)


def following(clause: With | None) -> Iterator[With]:
    """Yield a clause and the further ones about the same node, but none of their inner ones."""
    while clause is not None:
        yield clause
        clause = clause.also


def navigations(query: Query) -> Iterator[Navigation]:
    """Yield the navigations between the parts of a query and in their with-clauses."""
    for part in query.parts:
        if part.navigation:
            yield part.navigation
        yield from (clause.navigation for clause in withs(part))


def children(term: Term) -> tuple[Term, ...]:
    """Return the direct subterms of a term; the queries of merges do not count."""
    match term:
        case And(left, right) | Or(left, right):
            return left, right
        case Not(inner) | ArrayContext(_, inner):
            return (inner,)
        case Merged(before, _, after):
            return (before, after) if after else (before,)
        case _:
            return ()


def terms(term: Term) -> Iterator[Term]:
    """Yield a term and all terms nested in it."""
    yield term
    for child in children(term):
        yield from terms(child)


def path_of(term: Term) -> Path | None:
    """Return the path that a term itself names, without those of its subterms."""
    return term.path if isinstance(term, Predicate | Function | ArrayContext) else None


def paths_of(term: Term) -> Iterator[Path]:
    """Yield the paths of a term and of all terms nested in it."""
    return filter(None, map(path_of, terms(term)))


def paths_of_aggregate(aggregate: Aggregate) -> Iterator[Path]:
    """Yield the paths of an aggregate's groups and of its functions' operands."""
    for group in aggregate.groups:
        parts = group.by.parts if isinstance(group.by, Template) else (group.by,)
        yield from (part for part in parts if isinstance(part, Path))
    operands = (function.operand for function in aggregate.functions)
    yield from (operand for operand in operands if isinstance(operand, Path))
