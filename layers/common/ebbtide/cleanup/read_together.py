"""Reads many resources with few calls, right before they are verified one by one.

This only ever brings what AWS describes: a resource that is missing from an answer, that an error
or an odd answer leaves out, or whose details are incomplete, is read by itself. Only that read can
say that it is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import batched
from typing import Any

from ebbtide.aws import AccountSession, call_answers, items_of
from ebbtide.base.errors import CallError
from ebbtide.base.paths import getter
from ebbtide.collect.calling import Caller, Item
from ebbtide.collect.details import batch_call
from ebbtide.collect.listing import complete_items
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


def _by_slice(subjects: Iterable[Subject]) -> dict[tuple[str, str], list[Subject]]:
    """Return what can be read together, where there is more than one."""
    found: dict[tuple[str, str], list[Subject]] = {}
    for one in subjects:
        found.setdefault((one.kind, one.region), []).append(one)
    return {
        (name, region): several
        for (name, region), several in found.items()
        if len(several) > 1 and most_at_once(registry()[name]) > 1
    }


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
