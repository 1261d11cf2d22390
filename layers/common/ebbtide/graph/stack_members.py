"""Find the resources of CloudFormation stacks from CloudFormation's own lists; pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Self

from ebbtide.model.lines import ResourceLine
from ebbtide.model.resource import GLOBAL, Edge, Subject, graph_id
from ebbtide.model.stack_types import (
    STACK,
    StackType,
    comparable,
    copies_of,
    document_of,
    stack_types,
    types_of,
)
from ebbtide.model.stacks import Member, MemberList

type Lines = Mapping[str, ResourceLine]
type Lists = Mapping[str, MemberList]


def lists_of(lines: Lines, read: Iterable[MemberList], previous: Lists) -> dict[str, MemberList]:
    """Return the list of each living stack; a stack without any gets one that says so.

    A list that could not be read keeps the last known members, which most likely still belong to
    the stack; what else does is unknown.
    """
    found = {one.stack: one for one in read}
    lists = {}
    for name, line in lines.items():
        if line["kind"] != STACK or line["ended"]:
            continue
        known = found.get(name) or previous.get(name) or MemberList(name, "", error="not read")
        if known.error is not None and not known.members and name in previous:
            known = replace(known, members=previous[name].members)
        lists[name] = known
    return lists


@dataclass(slots=True)
class PhysicalIds:
    """Finds living resources of some kinds by type of CloudFormation and physical id."""

    _found: dict[tuple[str, str, str], list[tuple[str, ResourceLine]]]

    def __init__(self, lines: Iterable[ResourceLine], kinds: Collection[str]) -> None:
        self._found = defaultdict(list)
        for line in lines:
            if line["kind"] not in kinds or line["ended"]:
                continue
            for physical in _forms(line):
                key = (line["kind"], line["region"], comparable(physical))
                self._found[key].append((physical, line))

    def find(self, type: StackType, physical_id: str, region: str) -> list[ResourceLine]:
        """Return the resources that a member of a stack in `region` may be, each once.

        Where several ids differ only in case, those that are equal come alone.
        """
        near = [
            entry
            for place in (region, GLOBAL)
            for entry in self._found.get((type.kind, place, comparable(physical_id)), ())
        ]
        exact = [line for physical, line in near if physical == physical_id]
        lines = exact or [line for _, line in near]
        return list({line["graph_id"]: line for line in lines}.values())


def _forms(line: ResourceLine) -> set[str]:
    document = document_of(Subject.of_line(line), line["properties"])
    return {physical for type in types_of(line["kind"]) for physical in type.ids(document)}


def _kinds_in(lists: Lists) -> frozenset[str]:
    names = {member.type for one in lists.values() for member in one.members}
    return frozenset(type.kind for name in names if (type := stack_types().get(name)) is not None)


def resolved(lists: Lists, lines: Lines, edges: Iterable[Edge]) -> dict[str, MemberList]:
    """Return the lists with the resource of each member that can be told.

    `edges` are those of the references: of several resources with the same physical id, such as
    the stages of two APIs, the one that is related to the rest of the stack is meant.
    """
    physical = PhysicalIds(lines.values(), _kinds_in(lists))
    found = {name: _resolved(one, lines[name]["region"], physical) for name, one in lists.items()}
    if not any(member.matches > 1 for one in found.values() for member in one.members):
        return found
    related: dict[str, set[str]] = defaultdict(set)
    for edge in edges:
        related[edge.target].add(edge.source)
        related[edge.source].add(edge.target)
    return {
        name: _by_relation(one, lines[name]["region"], physical, related)
        for name, one in found.items()
    }


def _resolved(one: MemberList, region: str, physical: PhysicalIds) -> MemberList:
    wanted = Counter((member.type, member.physical_id) for member in one.members)
    members = []
    taken: Counter[tuple[str, str]] = Counter()
    for member in one.members:
        candidates = _candidates(member, region, physical)
        key = (member.type, member.physical_id)
        if len(candidates) == wanted[key]:
            # The records of a name for IPv4 and IPv6 have the same physical id: both are meant.
            members.append(_as(member, candidates[taken[key]]["graph_id"]))
            taken[key] += 1
        else:
            members.append(replace(member, resource=None, matches=len(candidates)))
    return replace(one, members=tuple(members))


def _by_relation(
    one: MemberList, region: str, physical: PhysicalIds, related: Mapping[str, set[str]]
) -> MemberList:
    own = {member.resource for member in one.members if member.resource is not None}
    members = []
    for member in one.members:
        near = [
            line["graph_id"]
            for line in (_candidates(member, region, physical) if member.matches > 1 else ())
            if own & related[line["graph_id"]]
        ]
        members.append(_as(member, near[0]) if len(near) == 1 else member)
    return replace(one, members=tuple(members))


def _as(member: Member, resource: str) -> Member:
    return replace(member, resource=resource, matches=1)


def _candidates(member: Member, region: str, physical: PhysicalIds) -> list[ResourceLine]:
    type = stack_types().get(member.type)
    return [] if type is None else physical.find(type, member.physical_id, region)


def member_edges(lists: Lists, lines: Lines) -> Iterator[Edge]:
    """Yield an edge of ownership from each stack to each resource that its list names."""
    for name, one in lists.items():
        for member in one.members:
            for owned in _with_copies(member, lines):
                if owned != name:
                    yield Edge(name, owned, "owns", name)


def _with_copies(member: Member, lines: Lines) -> Iterator[str]:
    line = lines.get(member.resource or "")
    type = stack_types().get(member.type)
    if line is None or type is None:
        return
    yield line["graph_id"]
    for region in copies_of(type, line["properties"]):
        copy = graph_id(line["account"], region, line["kind"], line["id"])
        if copy in lines:
            yield copy


def confirmed(edges: Iterable[Edge], lists: Lists, lines: Lines) -> Iterator[Edge]:
    """Yield the edges from tags, except those that the list of the named stack denies.

    Tags outlive the stack's ownership, and groups pass them on to what they start. A list counts
    only if it was read and every member of the resource's kind in it was found.
    """
    claims: dict[str, _Claims] = {}
    for edge in edges:
        one = lists.get(edge.source)
        if one is not None and one.error is None:
            if edge.source not in claims:
                claims[edge.source] = _Claims.of(one)
            if claims[edge.source].deny(edge.target, lines[edge.target]["kind"]):
                continue
        yield edge


@dataclass(frozen=True, slots=True)
class _Claims:
    """What a complete list claims: these resources, and perhaps others of these kinds."""

    resources: frozenset[str | None]
    unfound: frozenset[str]

    @classmethod
    def of(cls, one: MemberList) -> Self:
        unfound = (stack_types().get(m.type) for m in one.members if m.resource is None)
        return cls(
            frozenset(member.resource for member in one.members),
            frozenset(type.kind for type in unfound if type is not None),
        )

    def deny(self, resource: str, kind: str) -> bool:
        return resource not in self.resources and kind not in self.unfound
