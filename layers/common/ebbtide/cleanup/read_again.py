"""Reads the current state of a planned resource."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from ebbtide.aws import AccountSession
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

    def read(self, subject: Subject, *, with_use: bool = False) -> Description | None:
        """Return the resource as it is now, or None if it is gone.

        Raises CallError if neither is certain.
        """
        kind = registry()[subject.kind]
        place = Place(subject.account, subject.region, self.session.partition.name)
        known = {**parts_of_id(kind, subject.id), **names_of(subject, place)}
        item = find_item(self.session, kind, place, subject.id, known)
        if item is None:
            return None
        caller = Caller(self.session, kind, place, self.pool, lambda: None)
        completed = complete_items(caller, kind.read_details, [item])
        for error in (caller.first_error, *caller.refused.values()):
            if error is not None:
                raise error
        if not completed:
            return None
        if with_use and self.use is not None:
            completed = self.use.add(caller, completed)
        resource = build_resource(kind, completed[0], place)
        if resource.ended:
            return None
        return Description(completed[0], resource, {**completed[0], **known})


def names_of(subject: Subject, place: Place) -> dict[str, Any]:
    """Return the values that call templates can use without a description."""
    return {
        "id": subject.id,
        "name": subject.name,
        "arn": subject.arn,
        "account": subject.account,
        "region": subject.region,
        "partition": place.partition,
    }
