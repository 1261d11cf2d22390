"""Parse an event in each form in which it reaches an automation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import orjson
from pydantic import ValidationError

from ebbtide.automation.asked import Asked, Session
from ebbtide.base.errors import InputError
from ebbtide.deployment.event_data import DATA
from ebbtide.deployment.events import SOURCE, EventDetail

_OF_AWAITED = ("automation", "task_token")
_FORMS = (
    "give an event of EventBridge, its detail, a record or a message of SQS, or one of these as "
    "JSON text"
)


def parse(event: object, session: Session | None = None) -> Asked:
    """Return what an event of a run says or asks; `session` makes clients, as that of boto3 does.

    Accepts an event of EventBridge, its `detail`, a record or a message of SQS, and each of these
    as JSON text. Raises InputError if it is none, with what is wrong.
    """
    envelope = _envelope(_decoded(event))
    detail = dict(_detail(envelope))
    awaited = {name: detail.pop(name, None) for name in _OF_AWAITED}
    try:
        parsed = EventDetail.model_validate(detail)
    except ValidationError as error:
        raise InputError(f"not an event of Ebbtide: {_first(error)}") from error
    model = DATA.get(parsed.event)
    if model is None:
        raise InputError(f"unknown event {parsed.event}; this version knows {', '.join(DATA)}")
    try:
        data = model.model_validate(parsed.data)
    except ValidationError as error:
        raise InputError(f"data of {parsed.event} is wrong: {_first(error)}") from error
    return Asked(parsed, data, session or _own_session(envelope.get("region")), **awaited)


def _own_session(region: str | None) -> Session:
    """Return a session of the own role, in the event's region if nothing names one."""
    from ebbtide.aws.account import new_session

    session = new_session()
    if session.region_name is None and region is not None:
        session = new_session(region_name=region)
    return cast(Session, session)


def _decoded(event: object) -> Mapping[str, Any]:
    if isinstance(event, str | bytes):
        try:
            event = orjson.loads(event)
        except orjson.JSONDecodeError as error:
            raise InputError(f"the event is not JSON: {error}") from error
    if not isinstance(event, Mapping):
        raise InputError(f"an event is an object, not {type(event).__name__}; {_FORMS}")
    return event


def _envelope(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Take an event out of a record of SQS, and out of the message of a topic in it."""
    if "Records" in event:
        raise InputError("this is a batch of records; parse each of event['Records']")
    for body in ("body", "Body", "Message"):
        if body in event:
            return _envelope(_decoded(event[body]))
    return event


def _detail(event: Mapping[str, Any]) -> Mapping[str, Any]:
    if "detail" in event and "detail-type" in event:
        if event.get("source") != SOURCE:
            raise InputError(f"the event comes from {event.get('source')!r}, not from {SOURCE}")
        return _decoded(event["detail"])
    if "run_id" in event and "event" in event:
        return event
    raise InputError(f"this is no event of Ebbtide: {_FORMS}")


def _first(error: ValidationError) -> str:
    one = error.errors()[0]
    return f"{'.'.join(map(str, one['loc'])) or 'it'}: {one['msg']}"
