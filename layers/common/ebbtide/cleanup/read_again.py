"""Reads the current state of a planned resource."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from ebbtide.aws import AccountSession
from ebbtide.cleanup.read_together import Together, names_of
from ebbtide.collect.calling import Caller, Item
from ebbtide.collect.last_use import UseReader
from ebbtide.collect.listing import complete_items
from ebbtide.collect.own_call import find_item
from ebbtide.collect.to_resource import Place, build_resource, parts_of_id
from ebbtide.kinds import registry
from ebbtide.model.resource import Resource, Subject


@dataclass(frozen=True, slots=True)
class Description:
    """A resource as AWS describes it now.

    `item` is the answer with its details; `document` adds the names that call templates use.
    """

    item: Item
    resource: Resource
    document: Mapping[str, Any]


def is_readable(subject: Subject) -> bool:
    """Return whether a call reads the resource by itself; a value of a record set has none."""
    return registry()[subject.kind].get is not None


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads single resources of one account; `pool` runs the calls for their details.

    `use` reads the last use of those that are read with it.
    """

    session: AccountSession
    pool: Executor
    use: UseReader | None = None

    def read(
        self, subject: Subject, *, with_use: bool = False, item: Item | None = None
    ) -> Description | None:
        """Return the resource as it is now, or None if it is gone.

        `item` is what `together` has just read of it. Raises CallError if neither is certain.
        """
        kind = registry()[subject.kind]
        place = Place(subject.account, subject.region, self.session.partition.name)
        known = {**parts_of_id(kind, subject.id), **names_of(subject, place)}
        caller = Caller(self.session, kind, place, self.pool, lambda: None)
        if item is None:
            item = self._completed(caller, subject.id, known)
        if item is None:
            return None
        if with_use and self.use is not None:
            (item,) = self.use.add(caller, [item])
        resource = build_resource(kind, item, place)
        if resource.ended:
            return None
        return Description(item, resource, {**item, **known})

    def together(self, subjects: Iterable[Subject]) -> Mapping[str, Item]:
        """Return, by graph id, the items of those that few calls describe; see Together."""
        return Together(self.session, self.pool).read(subjects)

    def _completed(self, caller: Caller, id: str, known: Mapping[str, Any]) -> Item | None:
        item = find_item(self.session, caller.kind, caller.place, id, known)
        if item is None:
            return None
        completed = complete_items(caller, caller.kind.read_details, [item])
        for error in (caller.first_error, *caller.refused.values()):
            if error is not None:
                raise error
        return completed[0] if completed else None
