"""Whether a resource that goes along as a part is still a part of the same whole."""

from __future__ import annotations

from ebbtide.cleanup.read_again import Description
from ebbtide.collect.to_resource import build_references
from ebbtide.graph.edges import Identities, resolve
from ebbtide.kinds import registry
from ebbtide.model.lines import ResourceLine
from ebbtide.model.resource import Resource
from ebbtide.plan.model import Planned
from ebbtide.rules.finding import PART_OF
from ebbtide.rules.parts import is_part
from ebbtide.rules.vpcs import VPC_FACT, VPCS


def is_part_by(entry: Planned, rule: str) -> bool:
    """Return whether a rule or job selected a planned resource as a part of another."""
    return PART_OF in entry.facts.get(rule, {})


def is_part_of_vpc(entry: Planned, rule: str) -> bool:
    return VPC_FACT in entry.facts.get(rule, {})


def asked_by(entry: Planned, rule: str) -> str:
    """Return the name of the selection to ask again; parts of a VPC have a rule of their own."""
    return VPCS.name if is_part_of_vpc(entry, rule) else rule


def is_still_part(description: Description, whole: ResourceLine) -> bool:
    """Return whether a fresh description still makes a resource a part of another.

    `whole` is known from the snapshot: what makes it go is asked again for itself.
    """
    own = description.resource.to_line()
    other: ResourceLine = {**whole}  # resolving notes unknown references in it
    lines = {line["graph_id"]: line for line in (own, other)}
    references = build_references(registry()[own["kind"]], description.item, description.resource)
    edges, _ = resolve(references, lines, Identities(lines.values()))
    first = any(
        (edge.type, edge.source, edge.target) == ("delete", whole["graph_id"], own["graph_id"])
        for edge in edges
    )
    return first and is_part(Resource.from_line(whole), description.resource)
