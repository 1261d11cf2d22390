"""Reads the current state of a planned resource."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from ebbtide.aws import AccountSession, call_answer, is_not_found
from ebbtide.base.errors import CallError
from ebbtide.base.paths import getter
from ebbtide.collect.calling import Caller, Item
from ebbtide.collect.listing import complete_items
from ebbtide.collect.to_resource import Place, build_resource, parts_of_id
from ebbtide.kinds import registry
from ebbtide.model.kind import Kind
from ebbtide.model.resource import Resource, Subject


@dataclass(frozen=True, slots=True)
class Description:
    """A resource as AWS describes it now.

    `item` is the answer with its details; `document` adds the names that call templates use.
    """

    item: Item
    resource: Resource
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads single resources of one account; `pool` runs the calls for their details."""

    session: AccountSession
    pool: Executor

    def read(self, subject: Subject) -> Description | None:
        """Return the resource as it is now, or None if it is gone.

        Raises CallError if neither is certain.
        """
        kind = registry()[subject.kind]
        place = Place(subject.account, subject.region, self.session.partition.name)
        known = {**parts_of_id(kind, subject.id), **names_of(subject, place)}
        if kind.get is None:
            raise CallError(
                kind.name,
                "get",
                "NotReadable",
                "this kind has no call that reads one resource",
                *_where(subject),
            )
        try:
            found = call_answer(self.session, kind.get, subject.region, known)
        except CallError as error:
            if _means_gone(kind, error):
                return None
            raise
        items = _exact_match(kind, subject, found)
        caller = Caller(self.session, kind, place, self.pool, lambda: None)
        completed = complete_items(caller, kind.read_details, items)
        if caller.first_error is not None:
            raise caller.first_error
        if not completed:
            return None
        resource = build_resource(kind, completed[0], place)
        if resource.ended:
            return None
        return Description(completed[0], resource, {**completed[0], **known})


def _exact_match(kind: Kind, subject: Subject, found: Any) -> list[Item]:
    """Return the item with the subject's id, if any: some calls match by prefix."""
    answered = found if isinstance(found, list) else [] if found is None else [found]
    parts = parts_of_id(kind, subject.id)
    items = [{**parts, **item} for item in answered]
    return [item for item in items if str(getter(kind.id)(item)) == subject.id][:1]


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


def _where(subject: Subject) -> tuple[str, str]:
    return subject.account, subject.region


def _means_gone(kind: Kind, error: CallError) -> bool:
    codes = kind.delete.gone if kind.delete else ()
    return error.code in codes or is_not_found(error)
