"""The forms of AWS responses as botocore describes them, and the paths within them.

A form is a botocore shape or one of the classes here. Importing this module reads no service
model; each is read on first use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

import botocore.session
import jmespath
from botocore import xform_name
from botocore.model import (
    ListShape,
    MapShape,
    OperationModel,
    ServiceModel,
    StructureShape,
)

from ebbtide.kinds import registry
from ebbtide.model.call import Call, Detail
from ebbtide.model.kind import Kind

# Names that templates can use besides those in the response of AWS.
PSEUDO = ("id", "arn", "name", "account", "region", "partition")


@dataclass(frozen=True)
class Anything:
    """A value of unknown form."""


@dataclass(frozen=True)
class Names:
    """A document with exactly these names."""

    members: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Many:
    """A list of something."""

    entry: Any


@dataclass(frozen=True)
class Constant:
    """A value that a path itself states, such as `null` or 'elb'."""

    value: Any


@dataclass(frozen=True)
class Computed:
    """A text, number or boolean that a function or a comparison in a path makes."""

    type: Literal["text", "number", "boolean"]


@dataclass(frozen=True)
class Either:
    """A document that is merged from several forms, or has one of them."""

    forms: tuple[Any, ...]


class UnknownNameError(Exception):
    """A path to a name that the form lacks."""


# JMESPath function -> the type of its result; those that return what they get are in _call.
_RESULTS: Mapping[str, Literal["text", "number", "boolean"]] = {
    "contains": "boolean",
    "digits": "text",
    "ends_with": "boolean",
    "join": "text",
    "length": "number",
    "starts_with": "boolean",
    "to_number": "number",
    "to_string": "text",
}


def member(form: Any, name: str) -> Any:
    """Return the form below a name. Raises UnknownNameError."""
    match form:
        case Anything():
            return form
        case Names(members) if name in members:
            return members[name]
        case StructureShape() if name in form.members:
            return form.members[name]
        case MapShape() if name in (getattr(form.key, "enum", None) or [name]):
            return form.value
        case Either(forms):
            for each in forms:
                try:
                    return member(each, name)
                except UnknownNameError:
                    continue
    raise UnknownNameError(name)


def names_of(form: Any) -> frozenset[str] | None:
    """Return the names in a document of this form; None if botocore does not know them."""
    match form:
        case Names(members):
            return frozenset(members)
        case StructureShape():
            return frozenset(form.members)
        case Either(forms):
            names = [names_of(each) for each in forms]
            return None if None in names else frozenset().union(*filter(None, names))
        case _:
            return None


def entry(form: Any) -> Any:
    """Return the form of the entries of a list. Raises UnknownNameError for other forms."""
    match form:
        case Anything():
            return form
        case Many(inner):
            return inner
        case ListShape():
            return form.member
        case Either(forms) if any(is_list(each) for each in forms):
            return Either(tuple(entry(each) for each in forms if is_list(each)))
    raise UnknownNameError(f"{form} is not a list")


def is_list(form: Any) -> bool:
    if isinstance(form, Either):
        return any(is_list(each) for each in form.forms)
    return isinstance(form, Many | ListShape)


def follow(path: str, form: Any) -> Any:
    """Return the form that a JMESPath expression finds. Raises UnknownNameError."""
    return _follow(jmespath.compile(path).parsed, form)


def _follow(node: Mapping[str, Any], form: Any) -> Any:
    children = node["children"]
    match node["type"]:
        case "field":
            return member(form, node["value"])
        case "subexpression" | "index_expression" | "pipe":
            for child in children:
                form = _follow(child, form)
            return form
        case "current" | "identity" | "slice":
            return form
        case "index":
            return entry(form)
        case "projection":
            return Many(_follow(children[1], entry(_follow(children[0], form))))
        case "filter_projection":
            found = entry(_follow(children[0], form))
            _follow(children[2], found)
            return Many(_follow(children[1], found))
        case "flatten":
            found = entry(_follow(children[0], form))
            return Many(entry(found) if is_list(found) else found)
        case "multi_select_list":
            return Many(Either(tuple(_follow(child, form) for child in children)))
        case "multi_select_dict":
            return Names(
                {child["value"]: _follow(child["children"][0], form) for child in children}
            )
        case "literal":
            return _literal(node["value"])
        case "function_expression":
            return _call(node["value"], [_follow(child, form) for child in children])
        case "or_expression":
            return Either(tuple(_follow(child, form) for child in children))
        case "and_expression":
            # The first part is the result only if it is false or missing.
            return [_follow(child, form) for child in children][-1]
        case "comparator" | "not_expression":
            for child in children:
                _follow(child, form)
            return Computed("boolean")
        case _:  # Only their parts are checked.
            for child in children:
                _follow(child, form)
            return Anything()


def _literal(value: Any) -> Any:
    if isinstance(value, Mapping):
        return Names({name: _literal(each) for name, each in value.items()})
    return Constant(value)


def _call(name: str, arguments: list[Any]) -> Any:
    """Return the form of a function's result."""
    if name == "merge":
        return Either(tuple(reversed(arguments)))
    if name == "not_null":
        return Either(tuple(arguments))
    if name in ("holding", "without"):
        return arguments[0]
    return Computed(_RESULTS[name]) if name in _RESULTS else Anything()


@cache
def _session() -> Any:
    return botocore.session.get_session()


@cache
def service(name: str) -> ServiceModel:
    return _session().get_service_model(name)


@cache
def operation(call_service: str, name: str) -> OperationModel:
    """Return the model of an operation by its boto3 name, such as `describe_volumes`."""
    names = {xform_name(each): each for each in service(call_service).operation_names}
    return service(call_service).operation_model(names[name])


def answer(call: Call) -> Any:
    """Return the form of the response to a call, or of the items in it."""
    form: Any = operation(call.service, call.operation).output_shape
    return follow(call.items, form) if call.items else form


def with_details(item: Any, details: tuple[Detail, ...]) -> Any:
    """Return the form of an item after its details were read, one after the other."""
    for detail in details:
        form = answer(detail.call)
        if detail.batch:
            form = follow(detail.take, entry(form))
        item = Either((Names({detail.into: form}) if detail.into else form, item))
    return item


def raw(kind: Kind) -> Any:
    """Return the form of an item before its details, with the values it inherits."""
    found = parent_form(kind) if kind.each else Names()
    if kind.list:
        items = answer(kind.list)
    else:
        assert kind.inside
        items = follow(kind.inside, found)
    inherited = Names({name: follow(path, found) for name, path in kind.inherit.items()})
    return Either((inherited, entry(items)))


def parent_form(kind: Kind) -> Any:
    assert kind.each
    return with_pseudo(listed(registry()[kind.each]))


def listed(kind: Kind) -> Any:
    """Return the form of a complete item, from which its properties are made."""
    form = with_details(raw(kind), kind.details)
    return with_details(form, last_use_details(kind))


def last_use_details(kind: Kind) -> tuple[Detail, ...]:
    return (kind.last_use.detail,) if kind.last_use and kind.last_use.detail else ()


def with_pseudo(form: Any, **more: Any) -> Any:
    """Return the form with the names that templates add."""
    return Either((Names(dict.fromkeys(PSEUDO, Computed("text")) | more), form))
