"""Decides whether a kind declares a relation at a path, whatever the spelling of the path."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import Any

import jmespath

from ebbtide.base.paths import values
from ebbtide.model.kind import Kind
from ebbtide.model.relations import reference_values

LEAF = "the-value-at-the-path"

type Node = dict[str, Any]


def documents(path: str) -> list[Any]:
    """Build one document per alternative of a JMESPath, each with LEAF where the path leads.

    Raises ValueError if the path contains an unsupported expression.
    """
    built = [one for one in _around(jmespath.compile(path).parsed, LEAF) if _leads(path, one)]
    if not built:
        raise ValueError(f"no document has anything at {path}")
    return built


def _leads(path: str, document: Any) -> bool:
    return any(LEAF in str(value) for value in values(path, document))


def _around(node: Node, inner: Any) -> Iterator[Any]:
    """Yield the documents in which the expression finds `inner`."""
    children: list[Node] = node["children"]
    match node["type"]:
        case "identity":
            yield inner
        case "field":
            yield {node["value"]: inner}
        case "flatten":
            yield from _around(children[0], inner)
        case "multi_select_list":
            # Flattening removes one level of lists, which may be the multi-select list itself.
            lists = [inner, *inner] if isinstance(inner, list) else [inner]
            for child in children:
                for one in lists:
                    yield from _around(child, one)
        case "subexpression":
            yield from _outwards(children, [inner])
        case "projection":
            yield from _outwards(children[:1], [[each] for each in _around(children[1], inner)])
        case "value_projection":
            found = [{"any": each} for each in _around(children[1], inner)]
            yield from _outwards(children[:1], found)
        case "filter_projection":
            wanted = _wanted(children[2])
            found = [{**each, **wanted} for each in _around(children[1], inner)]
            yield from _outwards(children[:1], [[each] for each in found])
        case other:
            raise ValueError(f"no document is built for {other}")


def _wanted(condition: Node) -> Node:
    """Return a member that satisfies a condition such as `Key == 'name'`."""
    match condition:
        case {
            "type": "comparator",
            "value": "eq",
            "children": [{"type": "field", "value": name}, {"type": "literal", "value": value}],
        }:
            return {name: value}
    raise ValueError(f"no member is built for {condition['type']}")


def _outwards(nodes: list[Node], found: list[Any]) -> list[Any]:
    def wrapped(inner: list[Any], node: Node) -> list[Any]:
        return [document for each in inner for document in _around(node, each)]

    return reduce(wrapped, reversed(nodes), found)


def is_declared(kind: Kind, path: str, targets: list[str], by: str) -> bool:
    """Check whether a relation to one of the targets reads each alternative of the path.

    A reference by alias counts only if the relation's pattern understands one.
    """
    relations = [
        one
        for one in kind.relations
        if one.kind in targets and (by != "alias" or list(reference_values(one, "alias/x", {})))
    ]
    return all(any(_leads(one.path, document) for one in relations) for document in documents(path))
