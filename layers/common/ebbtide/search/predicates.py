"""Compile terms to functions that say whether a node matches, or that this is unknown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ebbtide.base.durations import parse_duration
from ebbtide.kinds import concrete_kinds
from ebbtide.language.errors import SearchError
from ebbtide.language.operands import is_duration
from ebbtide.language.syntax import (
    All,
    And,
    ArrayContext,
    FullText,
    Function,
    HasId,
    IsKind,
    Merged,
    Not,
    Or,
    Path,
    Predicate,
    Term,
)
from ebbtide.model.lines import ResourceLine
from ebbtide.search.fields import Field, compile_element_field, compile_field
from ebbtide.search.knowing import is_doubtful, is_protection, is_uncertain, known_at
from ebbtide.search.node import SPANS, TIMES, Context
from ebbtide.search.patterns import compile_pattern
from ebbtide.search.truth import NOT_KNOWN, Test, Truth, negation, of_known, some
from ebbtide.search.values import (
    COMPARE,
    equals_only_itself,
    has_keys,
    in_subnet,
    of_elements,
    test_of,
)
from ebbtide.search.words import contains

type Condition = Callable[[ResourceLine], Truth]


def compile_term(term: Term, context: Context) -> Condition:
    """Compile a term to a function that says whether a node matches it; None means unknown.

    The function does not evaluate merges, but reads the results that are attached to the node.
    Raises SearchError if a term does not apply to its place.
    """
    known, doubtful = compile_known(term, context), compile_doubtful(term, context)

    def fulfils(line: ResourceLine) -> Truth:
        return doubtful(line) if is_doubtful(line, context) else known(line)

    return fulfils


def compile_known(term: Term, context: Context) -> Condition:
    """Compile a term for nodes that are not doubtful."""
    return _Nodes(context).compiled(term)


def compile_doubtful(term: Term, context: Context) -> Condition:
    """Compile a term for nodes that are stale, were read only partly, or have unknown tags."""
    return _DoubtfulNodes(context).compiled(term)


class _Terms:
    """Compiles terms that apply to anything with fields."""

    def compiled(self, term: Term) -> Condition:
        match term:
            case All():
                return lambda _: True
            case And(left, right):
                return _and(self.compiled(left), self.compiled(right))
            case Or(left, right):
                return _or(self.compiled(left), self.compiled(right))
            case Not(inner):
                return _not(self.compiled(inner))
            case Predicate():
                return self.compared(term)
            case Function(_, path):
                return _asked(self.field(path), _function(term))
            case ArrayContext(path, inner):
                field = self.field(path)
                return _array_context(field, _Elements(field.attached).compiled(inner))
        raise SearchError(f"{type(term).__name__} applies to a whole resource, not to an element")

    def field(self, path: Path) -> Field:
        raise NotImplementedError

    def compared(self, term: Predicate) -> Condition:
        return _predicate(term, self.field(term.path), test_of(term.operator, term.value))


@dataclass(frozen=True)
class _Elements(_Terms):
    """Compiles terms for the elements of an array, as in `rules[*].{ port == 22 }`."""

    attached: bool

    def field(self, path: Path) -> Field:
        return compile_element_field(path, attached=self.attached)


@dataclass(frozen=True)
class _Nodes(_Terms):
    """Compiles terms for nodes that are not doubtful."""

    context: Context

    def compiled(self, term: Term) -> Condition:
        match term:
            case IsKind(kinds):
                return _is_kind(kinds)
            case HasId(ids):
                names = frozenset(ids)
                return lambda line: line["graph_id"] in names
            case FullText(text):
                return contains(text)
            case Merged(before, _, after):
                # The evaluation has attached the results of the merges to each node that passed
                # `before`.
                return _and(self.compiled(before), self.compiled(after or All()))
        return super().compiled(term)

    def field(self, path: Path) -> Field:
        return compile_field(path, self.context, graded=True)

    def compared(self, term: Predicate) -> Condition:
        test = _time_test(term) if _is_time(term.path) else test_of(term.operator, term.value)
        condition = _predicate(term, self.field(term.path), test)
        if not is_protection(term.path):
            return condition
        # Files of runs may not say whether a resource is protected, however well it was read.
        known = known_at(term.path, self.context)
        return lambda line: condition(line) if known(line) else None


class _DoubtfulNodes(_Nodes):
    """Compiles terms for nodes of which not every value is known."""

    def compiled(self, term: Term) -> Condition:
        condition = super().compiled(term)
        match term:
            case Predicate(path) | Function(_, path) | ArrayContext(path):
                known = known_at(path, self.context)
                return lambda line: condition(line) if known(line) else None
            case FullText():
                context = self.context
                # What was read may have changed, but unknown tags only add to it.
                return lambda line: None if is_uncertain(line, context) else condition(line) or None
        return condition


def _and(one: Condition, other: Condition) -> Condition:
    def holds(line: ResourceLine) -> Truth:
        first = one(line)
        if first:
            return other(line)
        # Unknown and false is false.
        return None if first is None and other(line) is not False else False

    return holds


def _or(one: Condition, other: Condition) -> Condition:
    def holds(line: ResourceLine) -> Truth:
        first = one(line)
        if first is False:
            return other(line)
        return first or other(line) or None

    return holds


def _not(inner: Condition) -> Condition:
    return lambda line: negation(inner(line))


def _is_kind(kinds: tuple[str, ...]) -> Condition:
    declared = concrete_kinds(kinds)
    if len(declared) == 1:
        (only,) = declared
        return lambda line: line["kind"] == only
    return lambda line: line["kind"] in declared


def _predicate(term: Predicate, field: Field, test: Test) -> Condition:
    if term.quantifier is not None:
        asked = of_elements(term.quantifier, of_known(test) if field.attached else test)
        get = field.get
        return lambda line: asked(get(line))
    if field.name is not None and not field.many:
        return _of_property(field.name, term, test)
    return _asked(field, test)


def _of_property(name: str, term: Predicate, test: Test) -> Condition:
    """Compile a comparison of a property; the most common ones avoid the call of the test."""
    literal = term.value
    if term.operator == "==" and _is_plain(literal):

        def is_text(line: ResourceLine) -> Truth:
            value = line["properties"].get(name)
            return value == literal or (type(value) is list and literal in value)

        return is_text
    if term.operator == "in" and isinstance(literal, list) and all(map(_is_plain, literal)):
        texts = frozenset(literal)

        def is_among(line: ResourceLine) -> Truth:
            value = line["properties"].get(name)
            return value in texts if type(value) is str else test(value)

        return is_among
    if term.operator == "=~":
        matches = compile_pattern(str(literal))

        def is_like(line: ResourceLine) -> Truth:
            value = line["properties"].get(name)
            return matches(value) if type(value) is str else test(value)

        return is_like
    compare = COMPARE.get(term.operator)
    if compare is not None and type(literal) in (int, float):

        def is_beyond(line: ResourceLine) -> Truth:
            value = line["properties"].get(name)
            return compare(value, literal) if type(value) is int else test(value)

        return is_beyond
    return lambda line: test(line["properties"].get(name))


def _is_plain(literal: Any) -> bool:
    """Return whether a literal is a text that equals nothing else."""
    return isinstance(literal, str) and equals_only_itself(literal)


def _asked(field: Field, test: Test) -> Condition:
    get = field.get
    if field.attached:
        test = of_known(test)
    if field.many:
        return lambda line: some(map(test, get(line)))
    return lambda line: test(get(line))


def _is_time(path: Path) -> bool:
    """Return whether a path names a time of the resource, or how long ago it was."""
    names = [step.name for step in path.steps]
    if path.absolute:
        names = names[1:] if names[0] == "reported" else []
    return len(names) == 1 and (names[0] in SPANS or names[0] in TIMES)


def _time_test(term: Predicate) -> Test:
    """Compile `age > 30d` or `ctime < 2026-11-01`, with durations in seconds.

    A time that is not known is null; any other comparison of it is unknown.
    """
    literal = term.value
    if is_duration(term.path):
        literal = [_seconds(one) for one in literal] if _is_list(literal) else _seconds(literal)
    test = test_of(term.operator, literal)
    if literal is None or (_is_list(literal) and None in literal):
        return test
    return lambda value: None if value is None else test(value)


def _is_list(literal: Any) -> bool:
    return isinstance(literal, list)


def _seconds(literal: Any) -> Any:
    if not isinstance(literal, str):
        return literal
    try:
        return parse_duration(literal).total_seconds()
    except ValueError as error:
        raise SearchError(str(error)) from error


def _function(term: Function) -> Test:
    if term.name == "has_key":
        (names,) = term.arguments
        return has_keys(names if isinstance(names, list) else [names])
    if term.name == "in_subnet":
        (network,) = term.arguments
        return in_subnet(network)
    raise SearchError(f"unknown function {term.name}")


def _array_context(field: Field, inner: Condition) -> Condition:
    get, attached = field.get, field.attached

    def some_element(line: ResourceLine) -> Truth:
        found = get(line)
        if not isinstance(found, list):
            return None if found is NOT_KNOWN else False
        return some(None if attached and one is NOT_KNOWN else inner(one) for one in found)

    return some_element


def texts_of_term(term: Term) -> tuple[str, ...]:
    """Return the full texts that a term searches for; results are sorted by relevance to them."""
    match term:
        case FullText(text):
            return (text.lower(),)
        case And(left, right) | Or(left, right):
            return (*texts_of_term(left), *texts_of_term(right))
        case Merged(before, _, _):
            return texts_of_term(before)
    return ()
