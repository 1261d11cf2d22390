"""What of a deleted resource, and of those that it names, is there now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace

from ebbtide.aws import AccountSession
from ebbtide.base.errors import EbbtideError
from ebbtide.cleanup.families import Families
from ebbtide.cleanup.listings import Listings
from ebbtide.cleanup.read_again import Description, Reader, is_readable
from ebbtide.kinds import registry
from ebbtide.model.resource import Resource, Subject
from ebbtide_cli.restoring.access import THREADS
from ebbtide_cli.restoring.model import Restoration
from ebbtide_cli.restoring.stored import RESTORED_TAG, Stored, marks_id


@dataclass(frozen=True, slots=True)
class Present:
    """A resource that is there; `ours` if an earlier attempt to restore made it."""

    subject: Subject
    description: Description
    ours: bool


@dataclass(frozen=True, slots=True)
class Looker:
    """Reads an account as the collection does: each kind by its own calls."""

    session: AccountSession
    reader: Reader
    calls: ThreadPoolExecutor
    lists: ThreadPoolExecutor

    def read(self, subject: Subject) -> Present | None:
        """Return a resource by its id; None if it is not there. Raises CallError if unknown."""
        found = self.reader.read(subject)
        if found is None:
            return None
        return Present(subject, found, RESTORED_TAG in (found.resource.tags or {}))

    def is_gone(self, subject: Subject) -> bool:
        """Return whether AWS says that a resource is not there; what cannot be asked may be."""
        if not is_readable(subject):
            return False
        try:
            return self.reader.read(subject) is None
        except EbbtideError:
            return False

    def find(self, stored: Stored, declared: Restoration, *, adopt: bool) -> Present | None:
        """Return what is there in place of a deleted resource, under its old id or a new one.

        With `adopt`, one of the same name counts as ours, although nothing marks it.
        """
        found = self.read(stored.subject)
        if found is None and not declared.keeps_id:
            found = self.successor(stored.subject, by_name=adopt)
        if found is None:
            return None
        tags = found.description.resource.tags or {}
        return replace(found, ours=adopt or marks_id(tags.get(RESTORED_TAG), stored.subject.id))

    def successor(self, subject: Subject, *, by_name: bool = False) -> Present | None:
        """Return the resource that was restored in place of one that had this id."""
        for one in self._all(subject.kind, subject.region):
            same = by_name and one.name == subject.name
            if same or marks_id((one.tags or {}).get(RESTORED_TAG), subject.id):
                return self.read(one.subject)
        return None

    def _all(self, kind: str, region: str) -> Iterator[Resource]:
        if registry()[kind].list is None and registry()[kind].inside is None:
            return
        families = Families.of((), (kind,), (kind,))
        listings = Listings(self.session, self.calls, self.lists, families)
        for seen in listings.of_kind(kind, region):
            if not seen.resource.ended:
                yield seen.resource


@contextmanager
def looking(session: AccountSession) -> Iterator[Looker]:
    """Yield what reads an account, with the threads that it needs."""
    with ThreadPoolExecutor(THREADS) as calls, ThreadPoolExecutor(1) as lists:
        yield Looker(session, Reader(session, calls), calls, lists)


def replacements(old: Subject, new: Present) -> Mapping[str, str]:
    """Return the names of an old resource -> those of the one in its place, where they differ."""
    found = {old.id: new.subject.id}
    if old.arn and new.subject.arn:
        found[old.arn] = new.subject.arn
    return {before: after for before, after in found.items() if before != after}
