"""Promise 1: what a resource names counts as absent only after two complete readings.

Kinds are listed side by side, so the last reading may show a name whose bearer was made after its
kind was listed. An earlier reading that already found the name to lead nowhere rules that out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import chain

from ebbtide.model.inventory import Inventory
from ebbtide.model.resource import Resource, graph_id
from ebbtide.rules.finding import Absent


def unconfirmed(
    inventory: Inventory, resource: Resource, absent: Iterable[Absent], negates: Collection[str]
) -> str | None:
    """Return why an absence that a selection relies on is not sure yet; None if it is.

    `absent` are the names that its rule looked at. Besides these, no name of a kind in `negates`
    may be new that the resource or one next to it has.
    """
    for one in absent:
        if not _has_ended(inventory, one) and not inventory[one.source].names_absent(
            one.kind, one.value
        ):
            return _told(inventory[one.source], f"{one.kind} {one.value}")
    if negates:
        for other in _near(inventory, resource):
            name = other.names_newly(negates)
            if name is not None:
                return _told(other, name)
    return None


def _near(inventory: Inventory, resource: Resource) -> Iterator[Resource]:
    name = resource.graph_id
    others = chain(inventory.targets(name), inventory.sources(name))
    return chain((resource,), (other for other in others if other.dangling))


def _has_ended(inventory: Inventory, absent: Absent) -> bool:
    """Return whether AWS itself says that the resource is gone, as for a terminated instance."""
    source = inventory[absent.source]
    name = graph_id(source.account, source.region, absent.kind, absent.value)
    return name in inventory and inventory[name].ended


def _told(source: Resource, name: str) -> str:
    return (
        f"{source.graph_id} names {name}, which only the last reading did not find: it may have "
        "been made in the meantime; the next complete reading decides"
    )
