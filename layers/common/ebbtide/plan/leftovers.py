"""Selects again what an earlier cleanup could not finish and no rule selects now.

A part of a whole, such as the address of a VPC, is selected for the whole. Once that is gone, or
what tied the part to it, only the memory of the cleanups knows that the part was to go as well.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ebbtide.model.inventory import Inventory
from ebbtide.model.resource import Resource
from ebbtide.rules.finding import Finding
from ebbtide.store.formats import UNFINISHED_FORMAT, require_format
from ebbtide.store.keys import unfinished_key
from ebbtide.store.readable import Readable
from ebbtide.verdict.fingerprint import fingerprint

# In plans, the name that stands for the rule that selected them.
NAME = "leftovers"


def read_leftovers(store: Readable, account: str) -> dict[str, Mapping[str, Any]]:
    """Return what the cleanups of an account left over of a whole, by graph id.

    Raises FormatError if another version wrote it.
    """
    value = store.find_json(unfinished_key(account))
    if value is None:
        return {}
    require_format(value, UNFINISHED_FORMAT, "record of unfinished deletions")
    return {name: one for name, one in value["resources"].items() if one["leftover"]}


def leftover_findings(
    leftovers: Mapping[str, Mapping[str, Any]], inventory: Inventory, selected: Collection[str]
) -> list[Finding]:
    """Return findings for leftovers that are as they were and that nothing else selects.

    If the whole still exists, they go with it or not at all.
    """
    found = []
    for name, one in sorted(leftovers.items()):
        whole = one["entry"]["part_of"]
        exists = whole in inventory and not inventory[whole].ended
        if (
            name not in selected
            and name in inventory
            and not inventory[name].ended
            and _is_as_it_was(inventory[name], one)
            and (whole in selected or not exists)
        ):
            reason = f"left over from {whole}, which {'is being deleted' if exists else 'is gone'}"
            facts = {"run_id": one["run_id"], "left_of": whole}
            part_of = whole if exists else None
            found.append(Finding(name, NAME, "select", reason, facts, part_of=part_of))
    return found


def _is_as_it_was(resource: Resource, left: Mapping[str, Any]) -> bool:
    """Return whether nobody has used or tagged a leftover since the cleanup read it."""
    then, now = left["seen"], fingerprint(resource)
    same = all(
        now.get(name) == value or not (now.get(name) or value) for name, value in then.items()
    )
    return bool(then) and same and dict(resource.tags or {}) == left["entry"]["tags"]
