"""What is known of the properties of each kind agrees with its recorded answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ebbtide.collect.to_resource import Place, build_resource
from ebbtide.kinds import registry
from ebbtide.language import shapes
from ebbtide.language.shapes import Code
from ebbtide.model.kind import Kind
from tests.support.gathering import LISTED, for_each
from tests.unit.kinds.test_recorded_answers import ACCOUNT, REGION, list_documents

PLACE = Place(ACCOUNT, REGION, "aws")
TYPES = {"s": (str,), "n": (int, float), "b": (bool,), "t": (str,)}
TIME = re.compile(r"\d{4}-\d\d-\d\d([T ].*)?")


def disagreements(code: Code, value: Any, path: str) -> Iterator[str]:
    """Yield where a value is none that a code describes."""
    inside, values = shapes.members(code), shapes.values(code)
    if value is None or code == "x":
        return
    if inside is not None and isinstance(value, dict):
        for name, inner in value.items():
            below = inside.get(name, inside.get("*"))
            if below is None:
                yield f"{path}.{name} is not known"
            else:
                yield from disagreements(below, inner, f"{path}.{name}")
    elif isinstance(code, list) and isinstance(value, list):
        for inner in value:
            yield from disagreements(code[0], inner, f"{path}[]")
    elif values is not None:
        if value not in values:
            yield f"{path} cannot be {value!r}"
    elif not isinstance(code, str) or code not in TYPES or type(value) not in TYPES[code]:
        yield f"{path} is {value!r}, which is not {code!r}"
    elif code == "t" and not TIME.fullmatch(value):
        yield f"{path} is {value!r}, which is no time"


@for_each(LISTED)
def test_recorded_properties_are_known_with_their_types(kind: Kind) -> None:
    known = dict(shapes.properties_of(kind.name))
    for item in list_documents(kind):
        found = build_resource(kind, item, PLACE).properties
        assert list(disagreements(known, found, kind.name)) == []


def test_only_documents_have_properties_of_unknown_form() -> None:
    unknown = {
        f"{kind}.{name}"
        for kind in registry()
        for name, code in shapes.properties_of(kind).items()
        if code == "x"
    }
    assert unknown == {
        "aws_iam_role.assume_role_policy_document",
        "aws_q_business_data_source.configuration",
    }
