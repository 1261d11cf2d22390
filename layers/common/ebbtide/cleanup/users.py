"""Lists the resources that name planned ones, each kind once per region and round."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field

from ebbtide.aws import AccountSession, describe_failure
from ebbtide.base.paths import getter
from ebbtide.cleanup.families import Families, Family
from ebbtide.collect.calling import Item
from ebbtide.collect.sinks import OnOdd, Written
from ebbtide.collect.slice_reader import SliceReader
from ebbtide.collect.to_resource import UNREAD, Place, build_references, identify
from ebbtide.graph.edges import forms_of, normal
from ebbtide.kinds._forms import is_elsewhere
from ebbtide.model.kind import Kind, Relation
from ebbtide.model.resource import Subject, graph_id

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


@dataclass(slots=True)
class Index:
    """The users in one slice, by what they name; the reader writes its items here."""

    users: dict[Name, list[User]] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)

    def write(self, kind: Kind, items: Sequence[Item], place: Place, odd: OnOdd) -> Written:
        taken = []
        for item in items:
            try:
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
        named: list[tuple[Name, Relation]] = []
        needed: set[frozenset[Name]] = set()
        for reference in build_references(kind, item, subject):
            relation = kind.relations[reference.position]
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


@dataclass(frozen=True, slots=True)
class Users:
    """The users that were found in one slice; `errors` has the kinds that were not all read."""

    found: Mapping[Name, Sequence[User]]
    unread: Sequence[Unread]
    errors: Mapping[str, str]


@dataclass(slots=True)
class UserListing:
    """Lists families of kinds in the background; all threads of a round share the lists.

    `readers` runs whole listings, which wait for the calls in `calls`: in one pool, all threads
    could be waiting.
    """

    session: AccountSession
    calls: Executor
    readers: Executor
    families: Families
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _listed: dict[tuple[str, str], Future[Users]] = field(default_factory=dict)

    def forget(self) -> None:
        """Forget the lists, so that what is asked for next is listed again."""
        with self._lock:
            self._listed.clear()

    def begin(self, kind: str, region: str) -> Future[Users] | None:
        """Return the users of this kind in a region, listed now unless they already are.

        Returns None if the kind names nothing that is planned, or cannot be listed.
        """
        family = self.families.by_user.get(kind)
        if family is None:
            return None
        key = family[0].name, region
        with self._lock:
            if key not in self._listed:
                self._listed[key] = self.readers.submit(self._read, family, region)
            return self._listed[key]

    def _read(self, family: Family, region: str) -> Users:
        place = Place(self.session.account, region, self.session.partition.name)
        index = Index()
        reader = SliceReader(self.session, place, self.calls, index, family, lambda: None)
        for group in reader.groups():
            reader.read(group)
        read = [reader.coverage(kind) for kind in family]
        return Users(
            index.users,
            index.unread,
            {one.kind: f"{one.state} ({one.error})" for one in read if not one.proves_absence},
        )
