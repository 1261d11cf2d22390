"""What one list of a family of kinds brings: who uses what, and the resources themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ebbtide.aws import describe_failure
from ebbtide.base.paths import getter
from ebbtide.cleanup.families import keeps
from ebbtide.collect.calling import Item
from ebbtide.collect.sinks import OnOdd, Written
from ebbtide.collect.to_resource import (
    UNREAD,
    Place,
    build_references,
    build_resource,
    identify,
)
from ebbtide.graph.edges import forms_of, normal
from ebbtide.kinds._forms import is_elsewhere
from ebbtide.model.kind import Kind, Relation
from ebbtide.model.resource import Reference, Resource, Subject, graph_id

# The kind that is named, and one of its identities.
type Name = tuple[str, str]

# Stands for all resources of a kind: what a reference that was not understood could mean.
ANY = "*"


@dataclass(frozen=True, slots=True)
class User:
    """A living resource that names another, and the relation in which it does.

    `joined` has the possible names of each of the resources that it needs, if it does nothing but
    join these; else None.
    """

    graph_id: str
    kind: str
    region: str
    relation: Relation
    joined: frozenset[frozenset[Name]] | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """A resource that may name more than is known: calls about it failed, operation -> error."""

    graph_id: str
    kind: str
    calls: Mapping[str, str]


class Seen(NamedTuple):
    """A resource of a list, with its references to others."""

    resource: Resource
    references: tuple[Reference, ...]


def seen(kind: Kind, item: Item, place: Place) -> Seen:
    """Build the resource of a completed item and its references."""
    resource = build_resource(kind, item, place)
    return Seen(resource, tuple(build_references(kind, item, resource)))


@dataclass(slots=True)
class Index:
    """The users in one slice, by what they name; the reader writes its items here.

    The resources of the kinds in `kept` are kept themselves, too, ended ones included. `is_user`
    says of which kinds the users are wanted.
    """

    kept: frozenset[str] = frozenset()
    is_user: Callable[[str], bool] = lambda _: True
    users: dict[Name, list[User]] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)
    resources: dict[str, list[Seen]] = field(default_factory=dict)

    def write(self, kind: Kind, items: Sequence[Item], place: Place, odd: OnOdd) -> Written:
        taken = []
        for item in items:
            try:
                if kind.name in self.kept:
                    self.resources.setdefault(kind.name, []).append(seen(kind, item, place))
                if not (kind.ended and getter(kind.ended)(item)):
                    self._add(kind, item, place)
            except Exception as error:
                odd(item, error)
                continue
            taken.append(item)
        return Written(taken, len(taken))

    def _add(self, kind: Kind, item: Item, place: Place) -> None:
        known = identify(kind, item, place)
        own = graph_id(place.account, place.region, kind.name, known["id"])
        subject = Subject(
            own, kind.name, known["id"], known["name"], place.account, place.region, known["arn"]
        )
        if UNREAD in item:
            calls = {call: describe_failure(error) for call, error in item[UNREAD].items()}
            self.unread.append(Unread(own, kind.name, calls))
        if not self.is_user(kind.name):
            return
        named: list[tuple[Name, Relation]] = []
        needed: set[frozenset[Name]] = set()
        for reference in build_references(kind, item, subject):
            relation = kind.relations[reference.position]
            if not keeps(relation):
                continue
            value = normal(relation.by, reference.value)
            names: list[Name] = []
            if reference.understood:
                names = [(relation.kind, form) for form in forms_of(value)]
            elif not is_elsewhere(value, place.account, place.region):
                names = [(relation.kind, ANY)]
            named.extend((name, relation) for name in names)
            if relation.strength == "needed" and names:
                needed.add(frozenset(names))
        joined = frozenset(needed) if kind.joins else None
        for name, relation in named:
            user = User(own, kind.name, place.region, relation, joined)
            self.users.setdefault(name, []).append(user)
