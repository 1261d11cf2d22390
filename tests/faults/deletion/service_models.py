"""Compares botocore's service models with the deletions that the kinds declare."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import botocore.session
from botocore import xform_name

from ebbtide.aws.failures import is_throttling
from ebbtide.kinds import registry
from ebbtide.model.call import Call
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Kind

FAILURE = re.compile(r"fail|unsuccess|error", re.IGNORECASE)
# Members whose values are states; other members count only if a value speaks of a deletion.
STATE = re.compile(r"(status|state|lifecycle|phase)$", re.IGNORECASE)
DELETION = re.compile(r"delet|releas|terminat", re.IGNORECASE)
# A sentence of the documentation, where a state is no enumeration.
SENTENCE = re.compile(r"[^.<>]*(?:fail|unsuccess)[^.<>]*", re.IGNORECASE)
PROTECTION = re.compile(
    r"(delet|terminat|stop)\w*protect|disable(api)?(termination|stop)", re.IGNORECASE
)
# Some services keep protections in a list of attributes, whose names are only in the documentation.
ATTRIBUTE = re.compile(r"<code>([a-z_.]*(?:deletion|termination)_protection[a-z_.]*)</code>")
# Names of what keeps a resource from its deletion, or makes another of what was deleted: a
# protection, a lock, a replica, a global resource, a service or an account that manages it.
GUARD = re.compile(
    r"(delet|terminat|stop|deregist)\w*protect|protect(ed|ion)?(status|state|type)?$|disable_?api"
    r"|^lock(s|ed|_?state|_?mode)?$|snaplock|legal_?hold|immutab"
    r"|replica(s|tion|regions?|type|ids?|identifiers?|arns?|mode|status|role)?$|global\w*(id|identifier|info)$"
    r"|multiregion|linkedservice|managed(by\w*)?$|^operator$|owningservice|requestermanaged"
    r"|instanceownerid|spotinstancerequestid|servicemanaged|createdby$|serviceprincipal|masterarn",
    re.IGNORECASE,
)
DEEPEST = 5

type Path = tuple[str, ...]


@cache
def _session() -> Any:
    return botocore.session.get_session()


@cache
def model(service: str) -> Any:
    return _session().get_service_model(service)


@cache
def _names(service: str) -> dict[str, str]:
    return {xform_name(name): name for name in model(service).operation_names}


def operation(call: Call) -> Any:
    return model(call.service).operation_model(_names(call.service)[call.operation])


def deletable() -> list[Kind]:
    return [kind for kind in registry().values() if kind.delete is not None]


def _texts(shape: Any, path: Path = (), above: Path = ()) -> Iterator[tuple[Path, Any]]:
    if shape is None or shape.name in above or len(path) > DEEPEST:
        return
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield from _texts(member, (*path, name), (*above, shape.name))
    elif shape.type_name == "list":
        yield from _texts(shape.member, path, above)
    elif shape.type_name == "map":
        yield from _texts(shape.value, path, (*above, shape.name))
    elif shape.type_name == "string":
        yield path, shape


def describing(kind: Kind) -> Iterator[Call]:
    """Yield the calls whose answers make up the description of a resource that is read again."""
    first = kind.get or kind.list
    if first is not None:
        yield first
    for detail in kind.read_details:
        if detail.describes or detail.into is None:
            yield detail.call


def failure_states() -> dict[str, dict[str, list[str]]]:
    """Return the states that could mean a failed deletion: kind -> path in an answer -> states.

    Where a state is no enumeration, the sentences about failures stand for the states.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for kind in deletable():
        for call in describing(kind):
            for path, shape in _texts(operation(call).output_shape):
                if failed := _failed(path, shape):
                    found.setdefault(kind.name, {})[".".join(path)] = failed
    return found


def _failed(path: Path, shape: Any) -> list[str]:
    is_state = bool(path) and STATE.search(path[-1])
    values = list(getattr(shape, "enum", None) or ())
    if is_state and not values:
        text = re.sub(r"<[^>]+>", "", shape.documentation or "")
        return [" ".join(sentence.split()) for sentence in SENTENCE.findall(text)]
    return [
        value for value in values if FAILURE.search(value) and (is_state or DELETION.search(value))
    ]


def _code(shape: Any) -> str:
    return str((shape.metadata.get("error") or {}).get("code") or shape.name)


def unclassified_codes() -> dict[str, list[str]]:
    """Return the codes of each deleting call that its kind does not classify: kind -> codes."""
    found = {}
    for kind in deletable():
        assert kind.delete is not None
        delete = kind.delete
        classed = {*delete.gone, *delete.blocked, *delete.refused}
        codes = {_code(shape) for shape in operation(delete.call).error_shapes}
        left = sorted(code for code in codes - classed if not is_throttling(code))
        if left:
            found[kind.name] = left
    return found


def undeclared_codes() -> dict[str, list[str]]:
    """Return the declared codes that the model of the deleting call lacks: kind -> codes."""
    found = {}
    for kind in deletable():
        assert kind.delete is not None
        delete = kind.delete
        shapes = operation(delete.call).error_shapes
        known = {_code(shape) for shape in shapes} | {shape.name for shape in shapes}
        declared = {*delete.gone, *delete.blocked, *delete.refused} - _default_codes()
        if known and declared - known:
            found[kind.name] = sorted(declared - known)
    return found


@cache
def _default_codes() -> frozenset[str]:
    """Return the codes that a declaration has by default."""
    plain = Delete(Call("ec2", "delete_volume"))
    return frozenset((*plain.blocked, *plain.refused))


def guards() -> dict[str, list[str]]:
    """Return what the answers about a kind have that may guard it: kind -> names of members."""
    found = {}
    for kind in deletable():
        calls = [kind.list, kind.get]
        calls += [detail.call for detail in (*kind.details, *(kind.get_details or ()))]
        names = {
            name
            for call in calls
            if call is not None
            for name in _members(operation(call).output_shape)
            if GUARD.search(name)
        }
        if names:
            found[kind.name] = sorted(names)
    return found


def is_declared(kind: str, name: str) -> bool:
    """Check whether a kind is never deleted in a state that has something to do with a member."""
    conditions = " ".join(keep.when for keep in registry()[kind].never_delete)
    return bool(re.search(rf"\b{name}\b", conditions))


def _members(shape: Any, above: Path = ()) -> Iterator[str]:
    if shape is None or shape.name in above or len(above) > DEEPEST:
        return
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield name
            yield from _members(member, (*above, shape.name))
    elif shape.type_name == "list":
        yield from _members(shape.member, above)
    elif shape.type_name == "map":
        yield from _members(shape.value, above)


def protections() -> dict[str, list[str]]:
    """Return the members and attributes that prevent a deletion: service -> names."""
    found = {}
    for service in sorted({kind.delete.call.service for kind in deletable() if kind.delete}):
        names = sorted(set(_protecting(model(service))))
        if names:
            found[service] = names
    return found


def _protecting(service: Any) -> Iterator[str]:
    for name in service.shape_names:
        shape = service.shape_for(name)
        yield from ATTRIBUTE.findall(shape.documentation or "")
        yield from (value for value in getattr(shape, "enum", None) or () if _protects(value))
        for member, inner in getattr(shape, "members", {}).items():
            yield from ATTRIBUTE.findall(inner.documentation or "")
            if _protects(member):
                yield member


def _protects(name: str) -> bool:
    return bool(PROTECTION.search(name))
