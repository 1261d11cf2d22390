"""An answer may leave out any member that AWS's model does not require.

JMESPath's functions raise for a missing argument, which makes the item unreadable and its kind
`failed`. That is right where the identity or a protection of the resource depends on the member
(`id`, `never_delete`), and wrong where only a reference or a name does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jmespath
import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape

from ebbtide.kinds import registry
from ebbtide.model.call import Call
from ebbtide.model.kind import Kind
from ebbtide_cli.shapes import operation
from tests.faults.collect.answers import Document, read, recorded_calls

type Node = Mapping[str, Any]


def nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node["children"]:
        if isinstance(child, dict):
            yield from nodes(child)


def names_in(expression: str) -> set[str]:
    """Return the names of members in an expression."""
    found = nodes(jmespath.compile(expression).parsed)
    return {str(node["value"]) for node in found if node["type"] == "field"}


def has_function(expression: str) -> bool:
    found = nodes(jmespath.compile(expression).parsed)
    return any(node["type"] == "function_expression" for node in found)


def needed_by_functions(kind: Kind) -> set[str]:
    """Return the members that functions outside of identity and protection depend on."""
    expressions = [
        *(relation.path for relation in kind.relations),
        *kind.fields.values(),
        *(path for path in (kind.label, kind.created, kind.tags) if path),
        *(detail.when for detail in kind.details if detail.when),
    ]
    names = {name for one in expressions if has_function(one) for name in names_in(one)}
    return names - names_in(kind.id)


def remove(value: Any, shape: Shape | None, name: str) -> int:
    """Remove a member wherever the model does not require it, and return how often."""
    removed = 0
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        if name in value and name not in shape.required_members:
            del value[name]
            removed += 1
        removed += sum(remove(one, shape.members.get(key), name) for key, one in value.items())
    elif isinstance(shape, ListShape) and isinstance(value, list):
        removed += sum(remove(one, shape.member, name) for one in value)
    elif isinstance(shape, MapShape) and isinstance(value, dict):
        removed += sum(remove(one, shape.value, name) for one in value.values())
    return removed


def calls_of(kind: Kind) -> list[Call]:
    return [*([kind.list] if kind.list else []), *(detail.call for detail in kind.details)]


KINDS = [
    kind for kind in registry().values() if needed_by_functions(kind) and recorded_calls(kind.name)
]


def test_functions_are_found() -> None:
    assert len(KINDS) > 15
    names = needed_by_functions(registry()["aws_sagemaker_workteam"])
    assert "CognitoMemberDefinition" in names


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_kind_is_complete_without_an_optional_member(kind: Kind) -> None:
    whole = len(read(kind.name).of(kind.name))
    for name in sorted(needed_by_functions(kind)):
        for call in calls_of(kind):
            model = operation(call.service, call.operation)
            removed = []

            def without(
                _: Document, recorded: Document, model: Any = model, name: str = name
            ) -> Document:
                removed.append(remove(recorded, model.output_shape, name))  # noqa: B023
                return recorded

            reading = read(kind.name, given={f"{call.service}.{model.name}": without})
            if any(removed):
                coverage = reading.coverage[kind.name]
                assert (coverage.state, len(reading.of(kind.name))) == ("complete", whole), (
                    f"without {name} in {call.operation}: {coverage.error}"
                )
