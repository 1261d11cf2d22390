"""Write the names and types of each kind's properties for searches; --check compares.

They come from botocore's shapes. language/shapes.py describes the file and reads it.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_type_hints

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from botocore.session import get_session

from ebbtide.base.forms import snake
from ebbtide.collect.organization import Member, Unit
from ebbtide.kinds import _special, registry
from ebbtide.model.call import Call
from ebbtide.model.kind import Kind
from ebbtide_cli.shapes import (
    Computed,
    Constant,
    Either,
    Many,
    Names,
    UnknownNameError,
    follow,
    listed,
    operation,
    service,
)
from tools.generated import write_or_check
from tools.yaml_files import read_yaml

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "layers" / "common" / "ebbtide" / "language" / "shapes.json"
# Values that AWS answers although its model lacks them.
MORE_VALUES = ROOT / "tools" / "reviewed" / "more_values.yaml"

type Code = Any  # see language/shapes.py

_TYPES = {"boolean": "b", "timestamp": "t", "string": "s", "blob": "s", "character": "s"}
_OF_PYTHON = {"int": "n", "float": "n", "str": "s", "bool": "b", "NoneType": "0"}
_COMPUTED = {"text": "s", "number": "n", "boolean": "b"}
# botocore decodes these texts to documents, whose names nobody declares.
_DOCUMENTS = frozenset({"policyDocumentType"})
# Maps whose keys AWS lists only in the documentation of these arguments, and of the map itself.
_KEYS_LISTED_IN = {
    "TopicAttributesMap": ("sns", "set_topic_attributes", "AttributeName"),
    "SubscriptionAttributesMap": ("sns", "set_subscription_attributes", "AttributeName"),
}
# Those that others than AWS's own customers can use.
_PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-eusc")
_LISTED_KEY = re.compile(r"<li>\s*<p>\s*<code>(\w+)</code>")
# EC2 answers some of its values with a small initial: `windows`, `pendingAcceptance`.
_CAPITALISED = re.compile(r"[A-Z][A-Za-z]+")
# A key that asks for all others, and is never in an answer.
_ALL_KEYS = "All"


@dataclass(slots=True)
class Shapes:
    """The structures and lists of values that the kinds share, each written once."""

    structures: list[dict[str, Code]] = field(default_factory=list)
    values: dict[tuple[str, ...], int] = field(default_factory=dict)
    _places: dict[tuple[str, str], int] = field(default_factory=dict)

    def code(self, form: Any) -> Code:
        """Return the code of a form."""
        match form:
            case Names(members):
                return {snake(name): self.code(inner) for name, inner in members.items()}
            case Constant(value):
                return self._constant(value)
            case Computed(type):
                return _COMPUTED[type]
            case Many(inner):
                return [self.code(inner)]
            case ListShape():
                return [self.code(form.member)]
            case Either(forms):
                return self._either([self.code(each) for each in forms])
            case MapShape():
                return self._map(form)
            case StructureShape() if not form.is_document_type:
                return self._structure(form)
            case StringShape() if form.enum and form.name not in _DOCUMENTS:
                return self._values(_values_of(form))
            case Shape() if not _is_document(form):
                return _TYPES.get(form.type_name, "n")
        return "x"

    def _values(self, values: Iterable[str]) -> Code:
        return f"v{self.values.setdefault(tuple(values), len(self.values))}"

    def _constant(self, value: Any) -> Code:
        if isinstance(value, list):
            return [self._constant(value[0]) if value else "x"]
        return self._values([value]) if isinstance(value, str) else _OF_PYTHON[type(value).__name__]

    def _map(self, form: MapShape) -> Code:
        value = self.code(form.value)
        keys = set(getattr(form.key, "enum", ())) | _documented_keys(form)
        return {snake(key): value for key in sorted(keys - {_ALL_KEYS})} or {"*": value}

    def _structure(self, form: StructureShape) -> int:
        # A shape may contain itself, so it has a place before its members do.
        place = self._places.get(_origin(form))
        if place is None:
            place = self._places[_origin(form)] = len(self.structures)
            self.structures.append({})
            self.structures[place].update(
                {snake(name): self.code(inner) for name, inner in form.members.items()}
            )
        return place

    def _either(self, codes: list[Code]) -> Code:
        """Combine alternatives; of members with the same name, the first counts."""
        known = [code for code in map(self.resolved, codes) if code != "0"]
        if all(isinstance(code, dict) for code in known):
            return {name: inner for code in reversed(known) for name, inner in code.items()} or "0"
        texts = [code for code in known if str(code).startswith("v")]
        if len(texts) == len(known):
            by_place = {f"v{place}": values for values, place in self.values.items()}
            return self._values(dict.fromkeys(one for text in texts for one in by_place[text]))
        return known[0] if all(code == known[0] for code in known) else "x"

    def resolved(self, code: Code) -> Code:
        return self.structures[code] if isinstance(code, int) else code


def _values_of(form: StringShape) -> Iterable[str]:
    """Return the values of a text, including those that AWS's model lacks."""
    values = dict.fromkeys([*form.enum, *_more_values().get(_origin(form), ())])
    if _origin(form)[0] == "ec2" and all(map(_CAPITALISED.fullmatch, values)):
        values |= dict.fromkeys(value[0].lower() + value[1:] for value in form.enum)
    return values


def _is_document(form: Shape) -> bool:
    return bool(
        form.name in _DOCUMENTS
        or form.serialization.get("jsonvalue")
        or getattr(form, "is_document_type", False)
    )


def _origin(form: Shape) -> tuple[str, str]:
    """Return the service and the name of a shape."""
    return _services()[id(form._shape_resolver)], form.name


@cache
def _services() -> Mapping[int, str]:
    """Return the services of all kinds by the resolver that all shapes of one service share."""
    calls = (call for kind in registry().values() for call in kind_calls(kind))
    return {id(service(call.service)._shape_resolver): call.service for call in calls}


def kind_calls(kind: Kind) -> Iterable[Call]:
    """Return the calls whose answers make the resources of a kind."""
    use = [kind.last_use.detail] if kind.last_use and kind.last_use.detail else []
    return [*filter(None, [kind.list]), *(one.call for one in (*kind.details, *use))]


@cache
def _more_values() -> Mapping[tuple[str, str], tuple[str, ...]]:
    entries = read_yaml(MORE_VALUES)
    return {(entry["service"], entry["shape"]): tuple(entry["values"]) for entry in entries}


def _documented_keys(form: MapShape) -> set[str]:
    if form.name not in _KEYS_LISTED_IN:
        return set()
    service, name, argument = _KEYS_LISTED_IN[form.name]
    shape = operation(service, name).input_shape
    assert shape is not None
    texts = (form.documentation, shape.members[argument].documentation)
    return {key for text in texts for key in _LISTED_KEY.findall(text)}


def properties_of(kind: Kind, shapes: Shapes) -> dict[str, Code]:
    """Return the names and types of a kind's stored properties."""
    form = _made(kind) if kind.list is None and not kind.inside else listed(kind)
    found = shapes.resolved(shapes.code(form))
    assert isinstance(found, dict), f"{kind.name} has no names"
    tags = snake(kind.tags.split(".")[0].split("[")[0]) if kind.tags else None
    promised = {name: _promised(path, form, shapes) for name, path in kind.fields.items()}
    computed = {name: _computed(function) for name, function in kind.computed.items()}
    properties = {name: code for name, code in found.items() if name != tags}
    return properties | promised | computed


def _promised(path: str, form: Any, shapes: Shapes) -> Code:
    try:
        return shapes.code(follow(path, form))
    except UnknownNameError:
        return "x"


def _computed(function: str) -> Code:
    """Return the type that a function computes, from its annotation."""
    result = get_type_hints(getattr(_special, function))["return"]
    (name,) = {one.__name__ for one in get_args(result) or (result,)} - {"NoneType"}
    return _OF_PYTHON[name]


def _made(kind: Kind) -> Names:
    """Return the form of a kind that the collector makes itself."""
    members = {
        "aws_account": [name for name in Member.__dataclass_fields__ if name != "above"],
        "aws_region": ["RegionName"],
        "aws_organizational_root": [*Unit.__dataclass_fields__],
        "aws_organizational_unit": [*Unit.__dataclass_fields__],
    }[kind.name]
    return Names({name: Computed("text") for name in members})


def text_of(kinds: Iterable[Kind]) -> str:
    """Return the JSON text of the file, with one kind, structure or list of values a line."""
    shapes = Shapes()
    known = {
        kind.name: properties_of(kind, shapes) for kind in sorted(kinds, key=lambda kind: kind.name)
    }
    used = _used(known.values(), shapes)
    places = {old: new for new, old in enumerate(used)}
    regions = sorted({name for each in _PARTITIONS for name in _regions(each)})
    sections = {
        "regions": json.dumps(regions),
        "kinds": _block("{}", (f"{json.dumps(k)}: {_line(v, places)}" for k, v in known.items())),
        "structures": _block("[]", (_line(shapes.structures[old], places) for old in used)),
        "values": _block("[]", (json.dumps(list(values)) for values in shapes.values)),
    }
    return "{\n" + ",\n".join(f'"{name}": {text}' for name, text in sections.items()) + "\n}\n"


def _regions(partition: str) -> list[str]:
    found: list[str] = get_session().get_available_regions("ec2", partition)
    return found


def _block(ends: str, lines: Iterable[str]) -> str:
    return ends[0] + "\n" + ",\n".join(lines) + "\n" + ends[1]


def _line(members: Mapping[str, Code], places: Mapping[int, int]) -> str:
    return json.dumps(_renumbered(dict(sorted(members.items())), places), separators=(",", ":"))


def _renumbered(code: Code, places: Mapping[int, int]) -> Code:
    if isinstance(code, dict):
        return {name: _renumbered(inner, places) for name, inner in code.items()}
    if isinstance(code, list):
        return [_renumbered(inner, places) for inner in code]
    return places[code] if isinstance(code, int) else code


def _used(known: Iterable[Mapping[str, Code]], shapes: Shapes) -> list[int]:
    """Return the structures that a kind still needs; others went into a combined one."""
    found: dict[int, None] = {}
    left: list[Code] = [code for members in known for code in members.values()]
    while left:
        code = left.pop()
        if isinstance(code, dict):
            left += code.values()
        elif isinstance(code, list):
            left += code
        elif isinstance(code, int) and code not in found:
            found[code] = None
            left += shapes.structures[code].values()
    return sorted(found)


def main(arguments: list[str]) -> int:
    return write_or_check(__doc__, {TARGET: text_of(registry().values())}, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
