"""Lists kinds again before deletions; everything that is looked for in a tick shares the lists."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import suppress
from dataclasses import dataclass, field

from ebbtide.aws import AccountSession, is_denied_by_organization
from ebbtide.base.errors import IncompleteError
from ebbtide.base.paths import getter
from ebbtide.cleanup.families import Families, reads_tags
from ebbtide.cleanup.users import Index, Name, Seen, Unread, User, seen
from ebbtide.collect.calling import Caller, Item
from ebbtide.collect.listing import Listing
from ebbtide.collect.slice_reader import SliceReader
from ebbtide.collect.to_resource import Place
from ebbtide.kinds import registry
from ebbtide.model.kind import Kind
from ebbtide.model.resource import GLOBAL, graph_id

# A list serves the verifications that begin within this time of its beginning.
LIFETIME_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Listed:
    """What one list of a family brought.

    `errors` has the kinds that were not all read, and `untagged` those whose tags are not known.
    """

    users: Mapping[Name, Sequence[User]]
    unread: Sequence[Unread]
    errors: Mapping[str, str]
    resources: Mapping[str, Sequence[Seen]] = field(default_factory=dict)
    untagged: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Listings:
    """Lists families of kinds in the background; all threads of a tick share the lists.

    `readers` runs whole listings, which wait for the calls in `calls`: in one pool, all threads
    could be waiting. `regions` are those of the plan, and `locked` those that a policy of the
    organization denied when it was made: the plan rests on earlier evidence there, so it is enough
    that the policy still denies the list.
    """

    session: AccountSession
    calls: Executor
    readers: Executor
    families: Families
    regions: tuple[str, ...] = ()
    locked: frozenset[str] = frozenset()
    seconds: Callable[[], float] = time.monotonic
    # What the plan still deletes.
    going: frozenset[str] = frozenset()
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _listed: dict[tuple[str, str], tuple[float, Future[Listed]]] = field(default_factory=dict)

    def start_round(self, going: frozenset[str]) -> None:
        """List anew, and note what the plan still deletes."""
        self.going = going
        self.forget()

    def forget(self) -> None:
        """Forget the lists, so that what is asked for next is listed again."""
        with self._lock:
            self._listed.clear()

    def begin_users(self, kind: str, region: str) -> Future[Listed] | None:
        """Return a list of this kind in a region; None if it names nothing that is planned."""
        if not self.families.is_user(kind) or kind not in self.families.by_kind:
            return None
        return self._begin(self.families, kind, region)

    def begin(self, kind: str, region: str) -> Future[Listed]:
        """Return a list that keeps the resources of this kind in a region.

        Raises IncompleteError if the kind cannot be listed.
        """
        # A kind that nobody announced has a list of its own.
        families = self.families if kind in self.families.kept else Families.of((), (kind,))
        if kind not in families.by_kind:
            raise IncompleteError(f"{kind} cannot be listed")
        return self._begin(families, kind, region)

    def _begin(self, families: Families, kind: str, region: str) -> Future[Listed]:
        family = families.by_kind[kind]
        key = family[0].name if families is self.families else f"{kind} itself", region
        with self._lock:
            began, listed = self._listed.get(key, (0.0, None))
            now = self.seconds()
            if listed is None or now - began > LIFETIME_SECONDS:
                listed = self.readers.submit(self._read, families, family, region, self.going)
                self._listed[key] = now, listed
            return listed

    def _read(
        self, families: Families, family: Sequence[Kind], region: str, going: frozenset[str]
    ) -> Listed:
        place = self.place(region)
        index = Index(families.kept, families.is_user)
        # Users that go themselves keep nothing, so that it does not matter what they use.
        whole = families.kept | {kind.each for kind in family}

        def spared(kind: Kind, item: Item) -> bool:
            if kind.name in whole:
                return False
            # What has an odd form is read, and recorded as odd.
            with suppress(Exception):
                id = str(getter(kind.id)(item))
                return graph_id(place.account, place.region, kind.name, id) in going
            return False

        reader = SliceReader(
            self.session, place, self.calls, index, family, lambda: None, spared=spared
        )
        for group in reader.groups():
            reader.read(group)
        read = [reader.coverage(kind) for kind in family]
        return Listed(
            index.users,
            index.unread,
            {one.kind: f"{one.state} ({one.error})" for one in read if not one.proves_absence},
            index.resources,
            {one.kind: one.unknown_tags for one in read if one.unknown_tags},
        )

    def place(self, region: str) -> Place:
        return Place(self.session.account, region, self.session.partition.name)

    def why_incomplete(self, listed: Listed, kind: str, region: str) -> str:
        """Return why a list does not hold all resources of a kind; "" if it does."""
        why = listed.errors.get(kind, "")
        if why and region in self.locked and is_denied_by_organization(why):
            return ""
        return why and f"{kind} could not be listed in {region}: {why}"

    def of_kind(self, kind: str, region: str) -> Sequence[Seen]:
        """Return all resources of a kind in a region, children of all parents included.

        Raises IncompleteError if anything could not be read.
        """
        listed = self.begin(kind, region).result()
        why = self.why_incomplete(listed, kind, region)
        if why:
            raise IncompleteError(why)
        return listed.resources.get(kind, ())

    def below(self, name: str, region: str, parent: Item) -> list[Seen]:
        """Return the children of one parent. Raises CallError if they could not be read."""
        place = self.place(region)
        kind = next(one for one in Families.of((), (name,)).by_kind[name] if one.name == name)
        caller = Caller(self.session, kind, place, self.calls, lambda: None)
        pages = Listing(caller).pages([dict(parent)])
        found = [seen(kind, item, place) for page in pages for item in page]
        if caller.first_error is not None:
            raise caller.first_error
        return found

    def regions_of(self, kind: Kind, region: str) -> Iterable[str]:
        """Return where resources of a kind can be that belong to one in `region`."""
        if kind.scope == "global":
            return (GLOBAL,)
        both = kind.scope == "both"
        if region == GLOBAL:
            return tuple(one for one in self.regions if both or one != GLOBAL)
        return (region, GLOBAL) if both else (region,)

    def has_tags(self, kind: str) -> bool:
        """Return whether lists bring the tags of a kind."""
        return kind in self.families.tagged or not reads_tags(registry()[kind])
