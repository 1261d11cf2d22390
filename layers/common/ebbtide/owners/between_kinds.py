"""Which kinds can own which: by declared relations, and by marks that say what goes along."""

from __future__ import annotations

from functools import cache

from ebbtide.kinds import registry, staying_with
from ebbtide.owners import carried_kinds


@cache
def owned_kinds(name: str) -> frozenset[str]:
    """Return the kinds whose resources AWS may delete together with one of this kind.

    What a stack contains can be of any kind; it is known from the stack itself, not from here.
    """
    own = {relation.kind for relation in registry()[name].relations if relation.owns}
    others = {
        kind.name
        for kind in registry().values()
        for relation in kind.relations
        if relation.kind == name and relation.owned_by
    }
    return frozenset(own | others | (carried_kinds(name) & registry().keys()))


@cache
def carried_along(name: str) -> frozenset[str]:
    """Return the owned kinds of a kind, and of these, and so on."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for kind in owned_kinds(waiting.pop()) - found:
            found.add(kind)
            waiting.append(kind)
    return frozenset(found)


@cache
def owning_kinds(name: str) -> frozenset[str]:
    """Return the kinds that may own a resource of this kind, by declared relations."""
    own = {relation.kind for relation in registry()[name].relations if relation.owned_by}
    others = {
        kind.name
        for kind in registry().values()
        for relation in kind.relations
        if relation.kind == name and relation.owns
    }
    return frozenset(own | others)


def ownership_kinds(name: str) -> frozenset[str]:
    """Return the kinds that must have been read before one of this kind may go.

    What goes along with it may be protected, an owner would make it again, and what is kept may
    keep it as well.
    """
    return carried_along(name) | owning_kinds(name) | staying_with(name)
