"""Owner marks: the tags, names and descriptions by which resources say who made and manages them.

Every `Mark(...)` constant in a module of this folder is a mark; `HARMLESS_TAGS` are the reserved
tags that name nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from ebbtide.owners.mark import Mark

MODULES = tuple(sorted(found.name for found in iter_modules(__path__)))


@cache
def registry() -> Mapping[str, Mark]:
    """Return every declared mark by `module.CONSTANT`."""
    found = {
        f"{module}.{name}": value
        for module in MODULES
        for name, value in vars(import_module(f"{__name__}.{module}")).items()
        if isinstance(value, Mark)
    }
    return MappingProxyType(found)


@cache
def owner_kinds() -> frozenset[str]:
    """Return the kinds whose resources a mark can name as an owner."""
    return frozenset(mark.kind for mark in registry().values() if mark.kind)


@cache
def carried_kinds(owner: str) -> frozenset[str]:
    """Return the kinds or base kinds that AWS deletes with an owner that their tags name."""
    return frozenset(
        kind for mark in registry().values() if mark.kind == owner for kind in mark.carries
    )


@cache
def service_prefixes() -> tuple[str, ...]:
    """Return the beginnings of owner tags outside AWS's reserved namespace.

    A service or controller finds its resources by such a tag, so nothing else may change it.
    """
    keys = {mark.tag for mark in registry().values() if mark.tag}
    return tuple(sorted(_namespace(key) for key in keys if not key.startswith("aws:")))


def _namespace(key: str) -> str:
    """Return the key up to its colon or slash: `eks:` of `eks:cluster-name`."""
    if key.endswith(("/", ":")):
        return key
    for sign in (":", "/"):
        if sign in key:
            return key.partition(sign)[0] + sign
    return key
