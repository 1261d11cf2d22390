"""Reads many resources with few calls, right before they are verified one by one.

This only ever brings what AWS describes: a resource that is missing from an answer, that an error
or an odd answer leaves out, or whose details are incomplete, is read by itself. Only that read can
say that it is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import batched, islice
from typing import Any

from ebbtide.aws import AccountSession, call_answers, call_pages, items_of
from ebbtide.base.errors import CallError
from ebbtide.base.paths import getter
from ebbtide.collect.calling import Caller, Item
from ebbtide.collect.details import batch_call
from ebbtide.collect.listing import complete_items
from ebbtide.collect.own_call import find_item
from ebbtide.collect.to_resource import UNKNOWN_TAGS, UNREAD, Place
from ebbtide.kinds import registry
from ebbtide.model.ids_at_once import most_at_once
from ebbtide.model.kind import Kind
from ebbtide.model.resource import Subject


@dataclass(frozen=True, slots=True)
class Together:
    """Reads resources of one account together; `pool` makes the calls."""

    session: AccountSession
    pool: Executor

    def read(self, subjects: Iterable[Subject]) -> dict[str, Item]:
        """Return the completed items of those that AWS describes, by graph id."""
        found: dict[str, Item] = {}
        for (name, region), several in _by_slice(subjects).items():
            kind = registry()[name]
            place = Place(several[0].account, region, self.session.partition.name)
            # Whatever is odd about several must not stop the reading of each by itself.
            try:
                found |= self._of_slice(kind, place, several)
            except Exception:
                continue
        return found

    def _of_slice(self, kind: Kind, place: Place, several: list[Subject]) -> dict[str, Item]:
        if kind.get_together is not None:
            return self._with_one_list(kind, place, several)
        parts = list(batched(several, most_at_once(kind)))
        answered = self.pool.map(lambda part: self._described(kind, place, part), parts)
        items = [item for part in answered for item in part]
        caller = Caller(self.session, kind, place, self.pool, lambda: None)
        wanted = {one.id: one.graph_id for one in several}
        return {
            wanted[_id(kind, item)]: item
            for item in complete_items(caller, kind.read_details, items)
            if _is_complete(kind, item)
        }

    def _described(self, kind: Kind, place: Place, part: Sequence[Subject]) -> list[Item]:
        """Return those of a part that one call describes, each once."""
        assert kind.get is not None
        call = batch_call(kind.get, [names_of(one, place) for one in part])
        try:
            answers = list(call_answers(self.session, call, place.region, {}))
        except CallError:
            return []
        wanted, found = {one.id for one in part}, dict[str, Item]()
        for item in (item for answer in answers for item in items_of(call, answer)):
            found.setdefault(_id(kind, item), item)
        return [item for id, item in found.items() if id in wanted]

    def _with_one_list(self, kind: Kind, place: Place, several: list[Subject]) -> dict[str, Item]:
        """Describe each by itself, and take its details from a list of many."""
        listed = self._listed(kind, place, several)
        known = [one for one in several if one.id in listed]
        described = self.pool.map(lambda one: self._found(kind, place, one), known)
        found = {
            one.graph_id: {**listed[one.id], **item}
            for one, item in zip(known, described, strict=True)
            if item is not None
        }
        names = [detail.into for detail in kind.read_details]
        return {name: item for name, item in found.items() if all(one in item for one in names)}

    def _listed(self, kind: Kind, place: Place, several: list[Subject]) -> dict[str, Item]:
        """Return those that the first pages of a list name, by id; one page for each at most."""
        assert kind.get_together is not None
        wanted, found = {one.id for one in several}, dict[str, Item]()
        pages = call_pages(self.session, kind.get_together, place.region)
        for page in islice(pages, len(several)):
            found |= {_id(kind, item): item for item in page if _id(kind, item) in wanted}
            if len(found) == len(wanted):
                break
        return found

    def _found(self, kind: Kind, place: Place, one: Subject) -> Item | None:
        try:
            return find_item(self.session, kind, place, one.id, names_of(one, place))
        except CallError:
            return None


def _by_slice(subjects: Iterable[Subject]) -> dict[tuple[str, str], list[Subject]]:
    """Return what can be read together, where there is more than one."""
    found: dict[tuple[str, str], list[Subject]] = {}
    for one in subjects:
        found.setdefault((one.kind, one.region), []).append(one)
    return {
        (name, region): several
        for (name, region), several in found.items()
        if len(several) > 1 and can_be_read_together(registry()[name])
    }


def can_be_read_together(kind: Kind) -> bool:
    """Return whether reading several of a kind takes fewer calls than reading each."""
    return kind.get_together is not None or most_at_once(kind) > 1


def _id(kind: Kind, item: Item) -> str:
    return str(getter(kind.id)(item))


def _is_complete(kind: Kind, item: Item) -> bool:
    return UNREAD not in item and not (kind.tags and item.get(kind.tags) is UNKNOWN_TAGS)


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
