"""Reads one resource by its own describe call, the only one that can say that it is gone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ebbtide.aws import AccountSession, call_answers, items_of, says_gone
from ebbtide.base.errors import CallError
from ebbtide.base.paths import getter, values
from ebbtide.collect.to_resource import Place, parts_of_id
from ebbtide.model.call import Call
from ebbtide.model.kind import Kind


def find_item(
    session: AccountSession, kind: Kind, place: Place, id: str, known: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return one resource as AWS describes it now, without details, or None if it is gone.

    `known` are the values that the call's templates may use. Raises CallError if neither is
    certain, such as for a kind that has no such call.
    """
    if kind.get is None:
        message = "this kind has no call that reads one resource"
        raise _unreadable(Call(kind.name, "get"), place, "NotReadable", message)
    parts = parts_of_id(kind, id)
    try:
        answers = list(call_answers(session, kind.get, place.region, {**parts, **known}))
    except CallError as error:
        if says_gone(kind, error):
            return None
        raise
    found = [item for answer in answers for item in items_of(kind.get, answer)]
    items = [{**parts, **item} for item in found]
    # Some calls match by prefix.
    item = next((item for item in items if str(getter(kind.id)(item)) == id), None)
    if item is None and kind.get_failures is not None:
        for answer in answers:
            for reason in values(kind.get_failures, answer):
                raise _unreadable(kind.get, place, "IncompleteAnswer", f"{id}: {reason}")
    return item


def _unreadable(call: Call, place: Place, code: str, message: str) -> CallError:
    where = (place.account, place.region)
    return CallError(call.service, call.operation, code, message, *where)


def is_gone(session: AccountSession, kind: Kind, place: Place, document: Mapping[str, Any]) -> bool:
    """Say whether an identified item is certainly gone; its own describe call is asked anew."""
    try:
        return find_item(session, kind, place, str(document["id"]), document) is None
    except CallError:
        return False
