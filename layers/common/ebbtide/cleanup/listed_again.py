"""Lists a whole kind of one slice again."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import replace

from ebbtide.aws import AccountSession
from ebbtide.collect.calling import Caller, Item
from ebbtide.collect.listing import Listing
from ebbtide.collect.to_resource import Place, build_resource
from ebbtide.kinds import registry
from ebbtide.model.kind import Kind
from ebbtide.model.resource import Resource


def list_again(session: AccountSession, pool: Executor, kind: Kind, place: Place) -> list[Resource]:
    """Return all resources of a kind in one slice, without their tags.

    Raises CallError if they could not be listed completely.
    """
    items = _items(session, pool, kind, place)
    return [build_resource(kind, item, place) for item in items]


def _items(session: AccountSession, pool: Executor, kind: Kind, place: Place) -> list[Item]:
    parents = None
    if kind.each is not None:
        parents = _items(session, pool, registry()[kind.each], place)
    needed = replace(kind, details=tuple(one for one in kind.details if one.into != kind.tags))
    caller = Caller(session, needed, place, pool, lambda: None)
    found = [item for page in Listing(caller).pages(parents) for item in page]
    if caller.first_error is not None:
        raise caller.first_error
    return found
