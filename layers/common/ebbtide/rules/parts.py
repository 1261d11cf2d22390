"""Selects the parts of what rules and jobs selected, if these take parts along.

Relations declare what a part is (`Relation.part`). A part stays with its whole, and what is no
part, or stays itself, blocks the whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ebbtide.base.forms import snake
from ebbtide.base.paths import values
from ebbtide.kinds import always_part, concrete_kinds, part_relations, parts_of
from ebbtide.model.inventory import Inventory
from ebbtide.model.resource import Resource
from ebbtide.options.parts import WithParts
from ebbtide.rules.finding import Finding, part_finding
from ebbtide.rules.situation import Situation
from ebbtide.rules.vpcs import VPC, parts_of_vpc, with_owned


@dataclass(frozen=True, slots=True)
class Taking:
    """A rule or job that takes parts along; `named` are the kinds that may hold data."""

    rule: str
    named: frozenset[str]

    @classmethod
    def of(cls, rule: str, with_parts: WithParts) -> Taking | None:
        """Return what an option says; None if it takes nothing along."""
        if with_parts is False:
            return None
        return cls(rule, concrete_kinds(() if with_parts is True else with_parts))

    def takes(self, whole: Resource, part: Resource) -> bool:
        """Return whether a resource goes along with another as a part of it."""
        how = parts_of(whole.kind).get(part.kind)
        named = how == "plain" or (how == "data" and part.kind in self.named)
        return named and is_part(whole, part)


def is_part(whole: Resource, part: Resource) -> bool:
    """Return whether a resource that must be deleted before another is a part of it."""
    relations = part_relations(whole.kind, part.kind)
    if not relations or always_part(whole.kind, part.kind):
        return bool(relations)
    # It may also be something else to the other, such as a replica: then its own words decide.
    names = {whole.id, whole.arn, whole.name}
    return any(
        value in names
        for relation in relations
        for value in values(snake(relation.path), part.properties)
    )


def with_parts(
    situation: Situation, takings: Iterable[Taking], findings: Iterable[Finding]
) -> list[Finding]:
    """Return a selection of each part that rules and jobs take along, at any depth."""
    inventory, found = situation.inventory, list[Finding]()
    own: dict[str, set[str]] = defaultdict(set)
    for one in findings:
        if one.verdict == "select" and not one.unsure:
            own[one.rule].add(one.resource)
    asked = [one for one in takings if own[one.rule]]
    for taking in asked:
        found += _followed(inventory, taking, own[taking.rule])
    vpcs = {one.rule: _vpcs(inventory, own[one.rule]) for one in asked}
    if any(vpcs.values()):
        # Whether an instance keeps a VPC depends on all that goes, whoever selected it.
        chosen = {one.resource for one in found}.union(*own.values())
        going = with_owned(inventory, chosen)
        for rule, wholes in vpcs.items():
            for vpc in wholes:
                parts = parts_of_vpc(inventory, going, vpc, rule)
                found += (one for one in parts if one.resource not in own[rule] - {vpc.graph_id})
    return found


def _followed(inventory: Inventory, taking: Taking, own: set[str]) -> Iterator[Finding]:
    """Yield the parts of what a rule or job selected, and the parts of these."""
    seen, waiting = set(own), sorted(own)
    while waiting:
        whole = inventory[waiting.pop()]
        for part in () if whole.kind == VPC else _inside(inventory, whole):
            if not taking.takes(whole, part):
                continue
            if part.graph_id not in own:
                yield part_finding(taking.rule, part, whole)
            if part.graph_id not in seen:
                seen.add(part.graph_id)
                waiting.append(part.graph_id)


def _inside(inventory: Inventory, whole: Resource) -> Iterator[Resource]:
    """Yield what must be deleted before a resource; what AWS keeps is refused, with the reason."""
    for name in dict.fromkeys(
        edge.target for edge in inventory.edges_out(whole.graph_id, "delete")
    ):
        resource = inventory[name]
        if not resource.ended:
            yield resource


def _vpcs(inventory: Inventory, names: Iterable[str]) -> list[Resource]:
    return [inventory[name] for name in sorted(names) if inventory[name].kind == VPC]
