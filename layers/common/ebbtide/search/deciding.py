"""Say which condition of a search decides that a resource does not match."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from ebbtide.language.printing import print_query, print_term
from ebbtide.language.syntax import All, And, HasId, Merged, Part, Predicate, Query, Term, With
from ebbtide.language.walking import following
from ebbtide.model.lines import ResourceLine
from ebbtide.search.evaluation import context_of
from ebbtide.search.fields import compile_field
from ebbtide.search.merges import merges_of
from ebbtide.search.node import Context
from ebbtide.search.predicates import compile_term
from ebbtide.search.searching import find
from ebbtide.search.snapshot import Snapshot
from ebbtide.search.truth import NOT_KNOWN, Truth

# A longer value of a condition is not shown.
LONGEST = 60


def why_no_match(query: Query, snapshot: Snapshot, now: datetime, line: ResourceLine) -> str:
    """Return the conditions of the last part of a search that a resource does not fulfil.

    `line` is the resource as the snapshot has it. If it fulfils all of them, the way to it or the
    limit of the search decides.
    """
    last = query.parts[-1]
    context = context_of(last, snapshot.context(now))
    answers = [
        (text, truth)
        for text, truth in _answers(query, last, snapshot, context, line)
        if truth is not True
    ]
    false = [f"{text} is false" for text, truth in answers if truth is False]
    if false:
        return "; ".join(false)
    if len(query.parts) > 1:
        return "the earlier parts of the search do not lead to it"
    if answers:
        return "; ".join(f"{text} is unknown" for text, _ in answers)
    return "the limit of the search leaves it out" if last.limit else "it does not match"


def _answers(
    query: Query, last: Part, snapshot: Snapshot, context: Context, line: ResourceLine
) -> Iterator[tuple[str, Truth]]:
    for term in _conditions(last.term):
        if merges_of(term):
            asked = Query((Part(And(HasId((line["graph_id"],)), term)),), edge_types=_types(query))
            yield print_term(term), _asked(asked, snapshot, context.now)
        else:
            yield _shown(term, context, line), compile_term(term, context)(line)
    for clause in following(last.with_clause):
        alone = replace(clause, also=None)
        part = Part(HasId((line["graph_id"],)), with_clause=alone)
        asked = Query((part,), edge_types=_types(query))
        yield _printed(alone), _asked(asked, snapshot, context.now)


def _types(query: Query) -> tuple[str, ...]:
    return query.edge_types


def _conditions(term: Term) -> Iterator[Term]:
    """Yield the conditions that all must hold."""
    match term:
        case And(left, right):
            yield from _conditions(left)
            yield from _conditions(right)
        case All():
            return
        case Merged(before, _, _):
            yield from _conditions(before)
            yield term
        case _:
            yield term


def _asked(query: Query, snapshot: Snapshot, now: datetime) -> Truth:
    answer = find(query, snapshot, now)
    if any(True for _ in answer):
        return True
    return None if answer.unknown else False


def _printed(clause: With) -> str:
    return print_query(Query((Part(with_clause=clause),))).removeprefix("all ")


def _shown(term: Term, context: Context, line: ResourceLine) -> str:
    """Return a condition, with the value of the resource if it compares a short one."""
    text = print_term(term)
    if not isinstance(term, Predicate):
        return text
    value = compile_field(term.path, context).get(line)
    known = _value(value)
    return f"{text} (it is {known})" if known and len(known) <= LONGEST else text


def _value(value: Any) -> str:
    if value is NOT_KNOWN or isinstance(value, (dict, list)):
        return ""
    return "null" if value is None else str(value)
