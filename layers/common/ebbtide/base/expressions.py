"""Compile JMESPath expressions to closures, which are several times faster than jmespath.

jmespath still parses the expressions and defines their meaning, and it evaluates each node that has
no closure here, mainly functions. `jmespath.search` creates an interpreter and dispatches on node
names: 3.5 to 7 us for the simplest path, compared with 0.1 us for a dictionary lookup. A collection
evaluates a dozen paths per resource.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import jmespath
from jmespath import Options
from jmespath.functions import Functions, signature
from jmespath.visitor import TreeInterpreter

type Getter = Callable[[Any], Any]
type Node = Mapping[str, Any]


class _Functions(Functions):  # type: ignore[misc]
    """The functions of JMESPath, and ours."""

    @signature({"types": []})  # type: ignore[untyped-decorator]
    def _func_digits(self, value: Any) -> str | None:
        """Return a time as digits for a name, `20261005083000`; None for no time."""
        if not value:
            return None
        time = datetime.fromisoformat(value) if isinstance(value, str) else value
        return str(time.astimezone(UTC).strftime("%Y%m%d%H%M%S"))

    @signature({"types": []}, {"types": []})  # type: ignore[untyped-decorator]
    def _func_without(self, values: Any, others: Any) -> list[Any] | None:
        """Return a list without what another one has; None for no list."""
        if not isinstance(values, list):
            return None
        return [one for one in values if one not in (others or [])]

    @signature({"types": []}, {"types": ["string"]}, {"types": []})  # type: ignore[untyped-decorator]
    def _func_holding(self, items: Any, name: str, value: Any) -> list[Any] | None:
        """Return the mappings whose list of this name has a value; None for no list of them."""
        if not isinstance(items, list):
            return None
        return [one for one in items if value in (one.get(name) or [])]


_interpreter = TreeInterpreter(Options(custom_functions=_Functions()))


def compiled(expression: str) -> Getter:
    """Compile an expression to a function of a document, which returns None if nothing matches.

    Raises jmespath.exceptions.ParseError if the expression is not valid JMESPath.
    """
    return _compile(jmespath.compile(expression).parsed)


def _compile(node: Node) -> Getter:
    make = _MAKERS.get(node["type"])
    return make(node) if make else lambda value: _interpreter.visit(node, value)


def _children(node: Node) -> list[Getter]:
    return [_compile(child) for child in node["children"]]


def _itself(_: Node) -> Getter:
    return lambda value: value


def _literal(node: Node) -> Getter:
    found = node["value"]
    return lambda _: found


def _field(node: Node) -> Getter:
    name = node["value"]
    return lambda value: value.get(name) if isinstance(value, dict) else None


def _chain(node: Node) -> Getter:
    """Apply each step to the result of the step before it: a.b, a | b, a[0]."""
    names = _field_names(node)
    if names is not None:
        return lambda value: _walk(value, names)
    first, *rest = _children(node)

    def walk(value: Any) -> Any:
        found = first(value)
        for step in rest:
            found = step(found)
        return found

    return walk


def _field_names(node: Node) -> tuple[str, ...] | None:
    """Return the names in a chain of fields (a.b.c), or None if it has any other step."""
    if node["type"] == "field":
        return (node["value"],)
    if node["type"] != "subexpression":
        return None
    parts = [_field_names(child) for child in node["children"]]
    return None if None in parts else tuple(name for part in parts for name in part or ())


def _walk(value: Any, names: tuple[str, ...]) -> Any:
    for name in names:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def _flatten(node: Node) -> Getter:
    (base,) = _children(node)

    def flatten(value: Any) -> Any:
        found = base(value)
        if not isinstance(found, list):
            return None
        return [inner for one in found for inner in (one if isinstance(one, list) else [one])]

    return flatten


def _projection(node: Node) -> Getter:
    base, each = _children(node)

    def project(value: Any) -> Any:
        found = base(value)
        if not isinstance(found, list):
            return None
        return [got for one in found if (got := each(one)) is not None]

    return project


def _filter_projection(node: Node) -> Getter:
    base, each, condition = _children(node)

    def project(value: Any) -> Any:
        found = base(value)
        if not isinstance(found, list):
            return None
        kept = (each(one) for one in found if not _is_false(condition(one)))
        return [got for got in kept if got is not None]

    return project


def _multi_select_list(node: Node) -> Getter:
    parts = _children(node)
    return lambda value: None if value is None else [part(value) for part in parts]


def _multi_select_dict(node: Node) -> Getter:
    parts = [(child["value"], _compile(child["children"][0])) for child in node["children"]]
    return lambda value: None if value is None else {name: part(value) for name, part in parts}


def _or(node: Node) -> Getter:
    one, other = _children(node)
    return lambda value: other(value) if _is_false(found := one(value)) else found


def _and(node: Node) -> Getter:
    one, other = _children(node)
    return lambda value: found if _is_false(found := one(value)) else other(value)


def _comparator(node: Node) -> Getter:
    """Compile == and != with a text; leave all other comparisons to jmespath.

    For numbers and booleans, == differs between JMESPath and Python: 1 == true.
    """
    one, other = node["children"]
    if other["type"] != "literal" or type(other["value"]) is not str:
        return lambda value: _interpreter.visit(node, value)
    left, text = _compile(one), other["value"]
    if node["value"] == "eq":
        return lambda value: left(value) == text
    if node["value"] == "ne":
        return lambda value: left(value) != text
    return lambda value: _interpreter.visit(node, value)


def _is_false(value: Any) -> bool:
    """Return whether JMESPath treats a value as false: null, false, or empty, but not 0."""
    return value is None or value is False or value == "" or value == [] or value == {}


_MAKERS: Mapping[str, Callable[[Node], Getter]] = {
    "and_expression": _and,
    "comparator": _comparator,
    "current": _itself,
    "field": _field,
    "filter_projection": _filter_projection,
    "flatten": _flatten,
    "identity": _itself,
    "index_expression": _chain,
    "literal": _literal,
    "multi_select_dict": _multi_select_dict,
    "multi_select_list": _multi_select_list,
    "or_expression": _or,
    "pipe": _chain,
    "projection": _projection,
    "subexpression": _chain,
}
