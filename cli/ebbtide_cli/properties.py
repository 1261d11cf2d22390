"""AWS's descriptions of the properties of a kind, from botocore's service models."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any

from botocore.model import ListShape, Shape, StringShape

from ebbtide.base.forms import snake
from ebbtide.model.kind import Kind
from ebbtide_cli.shapes import Either, Many, Names, UnknownNameError, follow, listed, names_of

# Characters. A description must fit on one line of a table.
MAX_TEXT = 200
MAX_VALUES = 10
_ASIDE = re.compile(r"<(note|important)>.*?</\1>", re.DOTALL)
_TAG = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)
# A full stop before a small letter belongs to "e.g.", "i.e." or a name.
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\[(])")
_UNIT = re.compile(
    r"\b(?:(?:milli|micro)?seconds?|minutes|hours|days|bytes|[KMGT]i?Bs?|kibibytes|mebibytes"
    r"|gibibytes|tebibytes|(?:kilo|mega|giga|tera)bytes|percent(?:age)?|ISO ?8601|epoch)\b"
)
_TYPES = {
    "boolean": "yes or no",
    "double": "number",
    "float": "number",
    "integer": "number",
    "list": "list",
    "long": "number",
    "map": "mapping",
    "string": "text",
    "structure": "structure",
    "timestamp": "time",
}


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a kind, as AWS documents it."""

    name: str  # as searches name it, in snake_case
    type: str  # text, number, time, yes or no, list, list of ..., mapping, structure; "" if unknown
    text: str  # one sentence, and one more if only that has the unit; "" if AWS says nothing
    values: tuple[str, ...]  # all values that a text can have, if AWS lists them


def properties_of(kind: Kind) -> dict[str, Property]:
    """Return the properties that AWS reports of a kind, by name and sorted, without its tags.

    Empty if botocore does not know the names in a response, and for kinds that the collector makes.
    """
    if not (kind.list or kind.inside):
        return {}
    form = listed(kind)
    tags = kind.tags.split(".")[0].split("[")[0] if kind.tags else None
    names = sorted(names_of(form) or ())
    found = {snake(name): _property(snake(name), name, form) for name in names}
    if tags:
        found.pop(snake(tags), None)
    return dict(sorted(found.items()))


def promised_fields_of(kind: Kind) -> dict[str, Property]:
    """Return the fields that the base kinds of a kind promise, in the order of its declaration."""
    form = listed(kind) if kind.list or kind.inside else Names()
    found = {name: _property(name, path, form) for name, path in kind.fields.items()}
    return found | {name: Property(name, "", "", ()) for name in kind.computed}


def _property(name: str, path: str, form: Any) -> Property:
    try:
        found = follow(path, form)
    except UnknownNameError:
        return Property(name, "", "", ())
    shape = _shape(found)
    kind_of_value = _type(shape) if shape else ""
    if isinstance(found, Many):
        kind_of_value = f"list of {kind_of_value}" if kind_of_value else "list"
    text = sentence_of(shape.documentation, measured="number" in kind_of_value) if shape else ""
    return Property(name, kind_of_value, text, _values(shape))


def _shape(form: Any) -> Shape | None:
    match form:
        case Shape():
            return form
        case Many(inner):
            return _shape(inner)
        case Either(forms):
            return next(filter(None, map(_shape, forms)), None)
    return None


def _type(shape: Shape) -> str:
    known = _TYPES.get(shape.type_name, shape.type_name)
    return f"list of {_type(shape.member)}" if isinstance(shape, ListShape) else known


def _values(shape: Shape | None) -> tuple[str, ...]:
    while isinstance(shape, ListShape):
        shape = shape.member
    return tuple(shape.enum) if isinstance(shape, StringShape) else ()


def sentence_of(documentation: str, *, measured: bool = False) -> str:
    """Return the first sentence of an HTML text; if `measured`, also the first with a unit."""
    text = _plain(_ASIDE.sub(" ", documentation)) or _plain(documentation)
    first, *others = _SENTENCE_END.split(text)
    if measured and not _UNIT.search(first):
        others = [one for one in others if _UNIT.search(one) and len(one) < MAX_TEXT / 2]
        first = " ".join([first, *others[:1]])
    return _shortened(first)


def _plain(documentation: str) -> str:
    text = " ".join(unescape(_TAG.sub(" ", documentation)).split())
    return re.sub(r" (?=[.,;:)])|(?<=\() ", "", text)


def _shortened(text: str) -> str:
    if len(text) <= MAX_TEXT:
        return text
    return text[:MAX_TEXT].rpartition(" ")[0].rstrip(",;:(") + " ..."


def shown(one: Property) -> str:
    """Return type, text and values of a property in one line."""
    values = one.values if len(one.values) <= MAX_VALUES else ()
    listed_values = f"One of {', '.join(values)}." if values else ""
    return ": ".join(filter(None, [one.type, " ".join(filter(None, [one.text, listed_values]))]))


def described_properties(kind: Kind) -> Mapping[str, str]:
    """Return one line for each property and each promised field of a kind."""
    found = properties_of(kind) | promised_fields_of(kind)
    return {name: shown(found[name]) for name in sorted(found)}
