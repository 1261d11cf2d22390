"""Resolve the references between resources to edges; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ebbtide.base.paths import values
from ebbtide.graph.unknown import unknown_reference
from ebbtide.graph.watching import Naming
from ebbtide.kinds import registry, relation_at
from ebbtide.model.containers import ACCOUNT, REGION
from ebbtide.model.kind import Relation
from ebbtide.model.lines import ResourceLine
from ebbtide.model.resource import GLOBAL, Edge, Reference, Subject, graph_id
from ebbtide.owners.claims import carriers

# arn:partition:service:region:account:type:id:qualifier
_COLONS_OF_QUALIFIED_ARN = 6


def forms_of(text: str) -> Iterator[str]:
    """Yield a text and, if it is an ARN, what is left without its version or qualifier."""
    yield text
    while text.startswith("arn:") and text.count(":") >= _COLONS_OF_QUALIFIED_ARN:
        text = text.rpartition(":")[0]
        yield text


def identities_of(subject: Subject, properties: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the identities that others can use for a resource: id, ARN, name and aliases."""
    for by, known in (("id", subject.id), ("arn", subject.arn), ("name", subject.name)):
        if known:
            yield by, known
    kind = registry().get(subject.kind)
    for by, path in kind.aliases.items() if kind else ():
        for value in values(path, properties):
            yield by, normal(by, str(value))


def normal(by: str, value: str) -> str:
    """Normalize an identity for comparison; DNS names are case-insensitive."""
    return value.lower() if by == "dns" else value


class Identities:
    """Find resources of an account by kind and id, ARN, name or alias."""

    def __init__(self, lines: Iterable[ResourceLine]) -> None:
        self._found: dict[tuple[str, str, str], list[ResourceLine]] = defaultdict(list)
        for line in lines:
            for by, value in identities_of(Subject.of_line(line), line["properties"]):
                self._found[line["kind"], by, value].append(line)

    def find(self, kind: str, by: str, value: str, region: str) -> ResourceLine | None:
        """Return the resource that a reference in `region` means, or None.

        A resource in the same region comes first, then a global one, then the only match.
        """
        found = self._found.get((kind, by, value), [])
        for place in (region, GLOBAL):
            for line in found:
                if line["region"] == place:
                    return line
        return found[0] if len(found) == 1 else None

    def find_all(self, kind: str, by: str, value: str, region: str) -> list[ResourceLine]:
        """Return all resources in a region that share an identity."""
        found = self._found.get((kind, by, value), [])
        return [line for line in found if line["region"] == region]

    def find_in_any_form(self, kind: str, text: str, region: str) -> ResourceLine | None:
        """Return the resource that a text names by any identity, or None."""
        for form in forms_of(text):
            for by in ("id", "arn", "name", *registry()[kind].aliases):
                line = self.find(kind, by, normal(by, form), region)
                if line is not None:
                    return line
        return None


def resolve(
    references: Iterable[Reference],
    lines: Mapping[str, ResourceLine],
    identities: Identities,
    dangling: list[Naming] | None = None,
) -> tuple[set[Edge], int]:
    """Return the edges of all references, and the number of references without a target.

    Those without one are added to `dangling`. A reference that could mean any resource of a kind is
    added to the line of its source.
    """
    edges: set[Edge] = set()
    unresolved = 0
    for reference in references:
        source = lines.get(reference.source)
        if source is None:
            continue
        relation = relation_at(source["kind"], reference.position)
        value = normal(relation.by, reference.value)
        meant = (relation.kind, relation.by, value, source["region"])
        one = None if relation.every else identities.find(*meant)
        targets = identities.find_all(*meant) if relation.every else [one] if one else []
        if not targets:
            named = identities.find_in_any_form(relation.kind, reference.value, source["region"])
            targets = [named] if named else []
        if not targets:
            unresolved += 1
            if dangling is not None and reference.understood:
                dangling.append(Naming(reference.source, relation.kind, reference.value))
            unknown = unknown_reference(relation, reference, source)
            if unknown is not None:
                source.setdefault("unknown_references", []).append(unknown.to_line())
        for target in targets:
            if target is not source:
                edges.update(relation_edges(relation, source, target))
    return edges, unresolved


def relation_edges(
    relation: Relation, source: ResourceLine, target: ResourceLine
) -> Iterator[Edge]:
    """Yield the edges of one relation between its declaring resource and the other one.

    A resource that has ended waits for nothing, blocks nothing and needs nothing, so it gets no
    other edge than the one of structure.
    """
    one, other = source["graph_id"], target["graph_id"]
    ends = (other, one) if relation.reverse else (one, other)
    yield Edge(*ends, "default", one)
    if source["ended"] or target["ended"]:
        return
    if relation.deleted_after:
        yield Edge(one, other, "delete", one, relation.severable)
    if relation.deleted_before:
        yield Edge(other, one, "delete", one, relation.severable)
    if relation.strength == "needed":
        yield Edge(other, one, "needed", one)
    if relation.owns:
        yield Edge(one, other, "owns", one)
    if relation.owned_by:
        yield Edge(other, one, "owns", one)


def structure_edges(lines: Iterable[ResourceLine]) -> Iterator[Edge]:
    """Yield edges from the account to each region, and from a region to everything in it."""
    for line in lines:
        account, region, own = line["account"], line["region"], line["graph_id"]
        home = graph_id(account, region, REGION, region)
        if line["kind"] == REGION:
            yield Edge(graph_id(account, GLOBAL, ACCOUNT, account), own, "default", own)
        elif line["kind"] != ACCOUNT:
            yield Edge(home, own, "default", own)


def owner_edges(lines: Iterable[ResourceLine], identities: Identities) -> Iterator[Edge]:
    """Yield edges from each stack or group to the resources whose AWS tags name it as owner."""
    for line in lines:
        if line["ended"]:
            continue
        for claim in carriers(line["kinds"], line["tags"]):
            mark = claim.mark
            owner = identities.find(mark.kind, mark.by, str(claim.identity), line["region"])
            if owner is not None and owner is not line:
                yield Edge(owner["graph_id"], line["graph_id"], "owns", line["graph_id"])
