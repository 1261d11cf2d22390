"""Say which condition of a search decides that a resource does not match."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

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


class Answered(NamedTuple):
    """A condition as text, whether a resource fulfils it, and the value that it compares."""

    text: str
    truth: Truth
    value: str = ""

    def words(self, truth: str) -> str:
        known = self.value and self.truth is not None
        return f"{self.text} is {truth}" + (f" (it is {self.value})" if known else "")


def why_no_match(query: Query, snapshot: Snapshot, now: datetime, line: ResourceLine) -> str:
    """Return the conditions of the last part of a search that a resource does not fulfil.

    `line` is the resource as the snapshot has it. If it fulfils all of them, the way to it or the
    limit of the search decides.
    """
    last = query.parts[-1]
    context = context_of(last, snapshot.context(now))
    answers = list(_answers(query, last, snapshot, context, line))
    false = [one.words("false") for one in answers if one.truth is False]
    unknown = [one.words("unknown") for one in answers if one.truth is None]
    if false:
        return "; ".join(false)
    if len(query.parts) > 1:
        return "the earlier parts of the search do not lead to it"
    if unknown:
        return "; ".join(unknown)
    return "the limit of the search leaves it out" if last.limit else "it does not match"


def _answers(
    query: Query, last: Part, snapshot: Snapshot, context: Context, line: ResourceLine
) -> Iterator[Answered]:
    for term in _conditions(last.term):
        if merges_of(term):
            asked = replace(query, parts=(Part(_about(line, term)),))
            yield Answered(print_term(term), _asked(asked, snapshot, context.now))
        else:
            truth = compile_term(term, context)(line)
            yield Answered(print_term(term), truth, _value(term, context, line))
    for clause in following(last.with_clause):
        alone = replace(clause, also=None)
        part = Part(HasId((line["graph_id"],)), with_clause=alone)
        asked = replace(query, parts=(part,))
        yield Answered(_printed(alone), _asked(asked, snapshot, context.now))


def _about(line: ResourceLine, term: Term) -> Term:
    """Return a term that only one resource can fulfil."""
    itself = HasId((line["graph_id"],))
    if isinstance(term, Merged):
        return replace(term, before=And(itself, term.before))
    return And(itself, term)


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


def _value(term: Term, context: Context, line: ResourceLine) -> str:
    """Return the value that a condition compares; "" for a long one, or if it compares none."""
    if not isinstance(term, Predicate):
        return ""
    value: Any = compile_field(term.path, context).get(line)
    if value is NOT_KNOWN or isinstance(value, (dict, list)):
        return ""
    text = "null" if value is None else str(value)
    return text if len(text) <= LONGEST else ""
