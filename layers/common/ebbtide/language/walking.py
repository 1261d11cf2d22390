"""Where the parts of a query lie, for those who look at all of them."""

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
    """The query itself and every one within braces."""
    yield query
    for part in query.parts:
        for merge in merges(part.term):
            yield from queries(merge.query)


def merges(term: Term) -> tuple[Merge, ...]:
    """Merges stand at the top of a part's term only."""
    return term.merges if isinstance(term, Merged) else ()


def withs(part: Part) -> Iterator[With]:
    """The with-clause of a part and those within it, from the outside."""
    clause = part.with_clause
    while clause:
        yield clause
        clause = clause.inner


def navigations(query: Query) -> Iterator[Navigation]:
    for part in query.parts:
        if part.navigation:
            yield part.navigation
        yield from (clause.navigation for clause in withs(part))


def children(term: Term) -> tuple[Term, ...]:
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
    """A term and all within it."""
    yield term
    for child in children(term):
        yield from terms(child)


def path_of(term: Term) -> Path | None:
    return term.path if isinstance(term, Predicate | Function | ArrayContext) else None


def paths_of(term: Term) -> Iterator[Path]:
    """The paths of a term and of all within it."""
    return filter(None, map(path_of, terms(term)))


def paths_of_aggregate(aggregate: Aggregate) -> Iterator[Path]:
    """The paths of its groups and of what its functions are applied to."""
    for group in aggregate.groups:
        parts = group.by.parts if isinstance(group.by, Template) else (group.by,)
        yield from (part for part in parts if isinstance(part, Path))
    operands = (function.operand for function in aggregate.functions)
    yield from (operand for operand in operands if isinstance(operand, Path))
