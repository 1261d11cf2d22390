"""Check what a search must also fulfil if its matches are deleted."""

from __future__ import annotations

from collections.abc import Iterator

from ebbtide.language.checking import column_of
from ebbtide.language.errors import SearchError
from ebbtide.language.operands import is_duration
from ebbtide.language.printing import print_term
from ebbtide.language.restricting import kinds_of
from ebbtide.language.steps import Fault, step_faults
from ebbtide.language.syntax import (
    And,
    ArrayContext,
    Merged,
    Not,
    Or,
    Part,
    Predicate,
    Query,
    Term,
)
from ebbtide.language.walking import children, queries, withs

_DENYING = ("!=", "!~", "not in")
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "!=": "==", "!~": "=~", "not in": "in"}


def check_steps(query: Query, text: str = "") -> None:
    """Raise SearchError for the first step that no declared relation allows."""
    _raise_first(step_faults(query), text)


def check_cleaning(query: Query, text: str = "") -> None:
    """Raise SearchError for the first reason why a search may not decide what is deleted."""
    _raise_first(_faults(query), text)


def _raise_first(faults: Iterator[Fault], text: str) -> None:
    for message, word in faults:
        raise SearchError(message, text, None if word is None else column_of(text, word))


def _faults(query: Query) -> Iterator[Fault]:
    yield from _kind_faults(query)
    for one in queries(query):
        for part in one.parts:
            yield from _limit_faults(part)
            for term in _terms_of(part):
                yield from _age_faults(term, denied=False)
    yield from step_faults(query)


def _terms_of(part: Part) -> Iterator[Term]:
    yield part.term
    yield from (clause.term for clause in withs(part))


def _kind_faults(query: Query) -> Iterator[Fault]:
    """Yield the branches that can match resources of any kind.

    The last part selects what is deleted, so it must name its kinds. Any other term may name none
    at all, but not on one branch only: `is(a) and x = 1 or y = 2` means `(is(a) and x = 1) or
    y = 2`, and few people mean that.
    """
    last = query.parts[-1].term
    for branch in _unnamed(last):
        yield _kind_fault(branch, last), None
    for one in queries(query):
        for part in one.parts:
            for term in _terms_of(part):
                if term is not last and _names_kinds(term):
                    for branch in _unnamed(term):
                        yield _kind_fault(branch, term), None


def _kind_fault(branch: Term, term: Term) -> str:
    text = print_term(branch)
    if branch is term:
        return (
            f"a search that cleans must name its kinds, and `{text}` matches any kind; "
            f"write is(...) and {text}"
            if text != "all"
            else "a search that cleans must name the kinds of its results; end it with is(...)"
        )
    return (
        f"a search that cleans must name its kinds on every branch of `or`, and the branch "
        f"`{text}` matches any kind; `and` and `or` group from left to right, so use parentheses: "
        "is(...) and (... or ...)"
    )


def _unnamed(term: Term) -> Iterator[Term]:
    """Yield the smallest branches of a term that can match any kind."""
    if kinds_of(term) is not None:
        return
    match term:
        case Or(left, right):
            yield from _unnamed(left)
            yield from _unnamed(right)
        case And(left, right) if any(isinstance(side, Or) for side in (left, right)):
            # Both sides match any kind; the `or` has the branch to show.
            for side in (left, right):
                if isinstance(side, Or):
                    yield from _unnamed(side)
        case Merged(before, _, after):
            yield from _unnamed(before if after is None else And(before, after))
        case _:
            yield term


def _names_kinds(term: Term) -> bool:
    """Return whether some branch of a term names its kinds."""
    return kinds_of(term) is not None or any(map(_names_kinds, children(term)))


def _limit_faults(part: Part) -> Iterator[Fault]:
    if part.limit is not None and not part.sort:
        yield (
            "a search that cleans needs a sort before its limit, because without one it is chance "
            "which resources are within the limit",
            "limit",
        )


def _age_faults(term: Term, denied: bool) -> Iterator[Fault]:
    """Yield the negated comparisons of ages: they are also true where the age is unknown."""
    match term:
        case Not(inner):
            yield from _age_faults(inner, not denied)
        case ArrayContext():
            # The elements of an array have fields of their own.
            return
        case Predicate(path, operator, value):
            # If nobody read its last use, a resource is undecided anyway.
            name = path.steps[-1].name
            negated = denied is not (operator in _DENYING)
            if is_duration(path) and name != "last_access" and value is not None and negated:
                yield _age_fault(term, denied), path.first
        case _:
            for child in children(term):
                yield from _age_faults(child, denied)


def _age_fault(term: Predicate, denied: bool) -> str:
    text = print_term(Not(term) if denied else term)
    name = term.path.steps[-1].name
    if denied and term.operator in _OPPOSITE:
        other = _OPPOSITE[term.operator]
        hint = f"write `{name} {other} {term.value}`"
    else:
        hint = f"compare with < or >, as in `{name} > 30d`"
    return (
        f"a search that cleans must not negate an age, because `{text}` can hold if the {name} is "
        f"unknown; {hint}"
    )
