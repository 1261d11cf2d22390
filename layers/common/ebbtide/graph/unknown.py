"""Decide what a reference that leads to no resource of the graph could mean; pure."""

from __future__ import annotations

import re

from ebbtide.kinds import registry
from ebbtide.kinds._forms import is_elsewhere
from ebbtide.model.kind import Relation
from ebbtide.model.lines import ResourceLine
from ebbtide.model.relations import held
from ebbtide.model.resource import GLOBAL, Reference, UnknownReference


def unknown_reference(
    relation: Relation, reference: Reference, source: ResourceLine
) -> UnknownReference | None:
    """Return what a reference without a target could mean; None if it means nothing in the account.

    An id, an ARN or a name of its kind's own form means exactly one resource: one that no
    longer exists, or was not read, but none of those in the graph. A pointer, such as an alias,
    could lead to any of them, and so could a text that was not understood.
    """
    holds = held(relation)
    pointers = registry()[relation.kind].pointers
    points = pointers is not None and re.search(pointers, reference.value) is not None
    if not holds or source["ended"] or (reference.understood and not points):
        return None
    if is_elsewhere(reference.value, source["account"], source["region"]):
        return None
    region = _region(relation.kind, reference.value, source["region"])
    return UnknownReference(relation.kind, region, relation.path, reference.value, holds)


def _region(kind: str, text: str, region: str) -> str | None:
    """Return the region of the resources that a text could mean; None for every region."""
    scope = registry()[kind].scope
    if scope == "global":
        return GLOBAL
    if scope == "both":
        return None
    if region != GLOBAL:
        return region
    parts = text.split(":", 5)
    return (parts[3] or None) if parts[0] == "arn" and len(parts) > 3 else None
