"""Compile terms to functions over nodes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ebbtide.base.durations import parse_duration
from ebbtide.base.json_lines import encode_line
from ebbtide.kinds import concrete_kinds
from ebbtide.language.errors import SearchError
from ebbtide.language.fields import SHORTCUTS
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
    Step,
    Term,
)
from ebbtide.model.lines import ResourceLine
from ebbtide.search.fields import OWN, Field, compile_element_field, compile_field
from ebbtide.search.node import MERGED, SPANS, Context
from ebbtide.search.values import (
    COMPARE,
    Test,
    equals_only_itself,
    has_keys,
    in_subnet,
    of_elements,
    test_of,
)

# Texts that look the same in an encoded line: nothing to escape, not part of a float's exponent.
_READS_THE_SAME = re.compile(r"""(?=.*[^0-9.e+-])[ !#-\[\]-~]+|[1-9][0-9.]*""")

type Filter = Callable[[ResourceLine], bool]
type FieldMaker = Callable[[Path], Field]


def compile_term(term: Term, context: Context) -> Filter:
    """Compile a term to a function that says whether a node matches it.

    The function does not evaluate merges, but reads the results that are attached to the node.
    Raises SearchError if a term does not apply to its place.
    """

    def field_of(path: Path) -> Field:
        return compile_field(path, context)

    return _compile(term, field_of, of_node=True)


def _compile(term: Term, field_of: FieldMaker, of_node: bool) -> Filter:
    match term:
        case All():
            return lambda _: True
        case And(left, right):
            one, other = _both(left, right, field_of, of_node)
            return lambda line: one(line) and other(line)
        case Or(left, right):
            one, other = _both(left, right, field_of, of_node)
            return lambda line: one(line) or other(line)
        case Not(inner):
            denied = _compile(inner, field_of, of_node)
            return lambda line: not denied(line)
        case Predicate():
            return _predicate(term, field_of(term.path), of_node)
        case Function():
            return _asked(field_of(term.path), _function(term))
        case ArrayContext(path, inner):
            return _array_context(field_of(path), _compile(inner, compile_element_field, False))
        case IsKind(kinds) if of_node:
            return _is_kind(kinds)
        case HasId(ids) if of_node:
            names = frozenset(ids)
            return lambda line: line["graph_id"] in names
        case FullText(text) if of_node:
            return _full_text(text)
        case Merged(before, _, after) if of_node:
            # The evaluation has attached the results of the merges to each node that passed
            # `before`.
            one = _compile(before, field_of, of_node)
            other = _compile(after or All(), field_of, of_node)
            return lambda line: one(line) and other(line)
    raise SearchError(f"{type(term).__name__} applies to a whole resource, not to an element")


def _both(left: Term, right: Term, field_of: FieldMaker, of_node: bool) -> tuple[Filter, Filter]:
    return _compile(left, field_of, of_node), _compile(right, field_of, of_node)


def _is_kind(kinds: tuple[str, ...]) -> Filter:
    declared = concrete_kinds(kinds)
    if len(declared) == 1:
        (only,) = declared
        return lambda line: line["kind"] == only
    return lambda line: line["kind"] in declared


def _predicate(term: Predicate, field: Field, of_node: bool) -> Filter:
    test = _span_test(term) if of_node and is_duration(term.path) else None
    test = test or test_of(term.operator, term.value)
    if term.quantifier is not None:
        asked = of_elements(term.quantifier, test)
        get = field.get
        return lambda line: asked(get(line))
    if field.name is not None and not field.many:
        return _of_property(field.name, term, test)
    return _asked(field, test)


def _of_property(name: str, term: Predicate, test: Test) -> Filter:
    """Compile a comparison of a property; the most common ones avoid the call of the test."""
    literal = term.value
    if term.operator == "==" and isinstance(literal, str) and equals_only_itself(literal):

        def is_text(line: ResourceLine) -> bool:
            same: bool = line["properties"].get(name) == literal
            return same

        return is_text
    compare = COMPARE.get(term.operator)
    if compare is not None and type(literal) in (int, float):

        def is_beyond(line: ResourceLine) -> bool:
            value = line["properties"].get(name)
            return compare(value, literal) if type(value) is int else test(value)

        return is_beyond
    return lambda line: test(line["properties"].get(name))


def _asked(field: Field, test: Test) -> Filter:
    get = field.get
    if field.many:
        return lambda line: any(map(test, get(line)))
    return lambda line: test(get(line))


def _span_test(term: Predicate) -> Test:
    """Compile `age > 30d` with durations in seconds; an unknown age matches only == null and !=."""
    literal = term.value
    many = [_seconds(one) for one in literal] if isinstance(literal, list) else _seconds(literal)
    return test_of(term.operator, many)


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


def _array_context(field: Field, inner: Filter) -> Filter:
    get = field.get

    def some_element(line: ResourceLine) -> bool:
        found = get(line)
        return isinstance(found, list) and any(map(inner, found))

    return some_element


def _full_text(text: str) -> Filter:
    wanted = text.lower()
    encoded = wanted.encode() if _READS_THE_SAME.fullmatch(wanted) else b""

    def contains(line: ResourceLine) -> bool:
        # Searching the encoded line is fast, but it also finds names of properties, so this can
        # only exclude a node.
        if encoded:
            found = encode_line(line).lower()
            if encoded not in found and found.isascii():
                return False
        return any(wanted in value for value in texts_of_node(line))

    return contains


def texts_of_node(line: ResourceLine) -> Iterator[str]:
    """Yield the values of a node as lower-case texts, without the results of its merges."""
    for name, value in line.items():
        if name != MERGED:
            yield from texts(value)


def texts(value: Any) -> Iterator[str]:
    """Yield all values in a document as lower-case texts, without names of properties."""
    if isinstance(value, Mapping):
        for entry in value.values():
            yield from texts(entry)
    elif isinstance(value, (list, tuple)):
        for entry in value:
            yield from texts(entry)
    elif value is not None and not isinstance(value, bool):
        yield str(value).lower()


def relevance(texts_wanted: tuple[str, ...], line: ResourceLine) -> int:
    """Score a node: 1 per value that contains a wanted text, 3 per value that equals it."""
    found = list(texts_of_node(line))
    return sum(
        3 if wanted == value else wanted in value for wanted in texts_wanted for value in found
    )


def text_of_term(term: Term) -> tuple[str, str] | None:
    """Return a property and the text that a term requires of it, which an index can answer.

    The text must equal only itself, so it is neither a number nor a time. Returns None if the term
    has no such condition.
    """
    match term:
        case And(left, right):
            return text_of_term(left) or text_of_term(right)
        case Predicate(Path((Step(name, ()),), False), "==", str(text), None):
            own = name not in (*OWN, *SHORTCUTS, *SPANS, *SPANS.values(), "usage")
            return (name, text) if own and equals_only_itself(text) else None
    return None


def unanswered(term: Term, text: tuple[str, str] | None) -> Term:
    """Return the rest of a term for nodes that match its kinds and, if given, the text."""
    match term:
        case And(left, right):
            one, other = unanswered(left, text), unanswered(right, text)
            return other if one == All() else one if other == All() else And(one, other)
        case IsKind():
            return All()
        case Predicate() if text is not None and text_of_term(term) == text:
            return All()
    return term


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
