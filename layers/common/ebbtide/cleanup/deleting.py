"""Makes the calls that prepare and delete one resource, and classifies the answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ebbtide.aws import AccountSession, call_answer, says_gone
from ebbtide.aws.failures import (
    is_denied,
    is_denied_by_organization,
    is_throttled,
    is_uncertain,
)
from ebbtide.base.errors import CallError
from ebbtide.base.forms import plain
from ebbtide.base.paths import getter, render, values
from ebbtide.cleanup.emptying import Emptied, empty
from ebbtide.cleanup.read_again import Description
from ebbtide.kinds import registry
from ebbtide.model.call import Call
from ebbtide.model.deletion import Delete, Prepare
from ebbtide.plan.model import Planned

type Ending = Literal["done", "absent", "lost", "again", "partly", "waiting", "refused", "failed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of the calls for one resource, with the calls as the ledger keeps them.

    done: AWS accepted them. absent: something was not found, so calling again is useless. lost: AWS
    failed or throttled, or its answer was lost. again: something is in the way. partly: it holds
    less than before, and is emptied further. waiting: AWS accepted a preparation that takes effect
    later. refused: AWS protects it. failed: AWS will not do it. None of them says that the resource
    is gone: only a read does.
    """

    ending: Ending
    reason: str = ""
    calls: tuple[dict[str, Any], ...] = ()


def declared_delete(kind: str) -> Delete:
    delete = registry()[kind].delete
    assert delete is not None  # the plan refuses kinds without one
    return delete


def as_text(call: Call, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a call with its arguments filled in, as ledger and restore descriptions keep it."""
    return {
        "service": call.service,
        "operation": call.operation,
        "arguments": plain(render(call.args, document)),
    }


def preparations(
    kind: str, document: Mapping[str, Any]
) -> Iterator[tuple[Prepare, dict[str, Any]]]:
    """Yield the preparing calls that apply to a resource now, each with the values for it."""
    for prepare in declared_delete(kind).prepare:
        for filled in occasions(prepare, document):
            yield prepare, filled


def occasions(prepare: Prepare, document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the values for each call that a preparation still has to make.

    What only a job may ask for is none of them; see `emptying`.
    """
    if prepare.asks:
        return
    if prepare.when is not None and not getter(prepare.when)(document):
        return
    if prepare.each is None:
        yield dict(document)
    else:
        for value in values(prepare.each, document):
            yield {**document, "each": value}


def deleting_call(kind: str, document: Mapping[str, Any]) -> Call:
    """Return the call that deletes a resource of this description."""
    delete = declared_delete(kind)
    found = (call for when, call in delete.instead.items() if getter(when)(document))
    return next(found, delete.call)


def restore_description(entry: Planned, description: Description, at: str) -> dict[str, Any]:
    """Return the description of a resource, its deletion and the calls that undo preparation."""
    document = description.document
    undo = [
        as_text(prepare.undo, filled)
        for prepare, filled in preparations(entry.subject.kind, document)
        if prepare.undo is not None
    ]
    return {
        **kept_description(entry, description, at),
        "delete": as_text(deleting_call(entry.subject.kind, document), document),
        "undo_preparation": list(reversed(undo)),
    }


def kept_description(entry: Planned, description: Description | None, at: str) -> dict[str, Any]:
    """Return what to store about a resource before it goes.

    `description` is None if the resource could not be read; the snapshot's copy must do then.
    """
    return {
        "format": 1,
        "graph_id": entry.subject.graph_id,
        "arn": entry.subject.arn,
        "described_at": at,
        "rules": list(entry.rules),
        "reason": entry.reason,
        "goes_with": entry.goes_with,
        "tags": dict(entry.tags),
        "description": None if description is None else plain(description.item),
    }


def prepare_resource(
    session: AccountSession, entry: Planned, document: Mapping[str, Any]
) -> Outcome:
    """Make the preparing calls, up to one whose effect is to be awaited.

    A later description shows what has taken effect; that is not called again.
    """
    calls: list[dict[str, Any]] = []
    for prepare in declared_delete(entry.subject.kind).prepare:
        for filled in occasions(prepare, document):
            calls.append(as_text(prepare.call, filled))
            try:
                _call(session, entry, prepare.call, prepare.errors, filled)
            except CallError as error:
                if error.code not in prepare.absent:
                    return _failed(entry, error, tuple(calls))
        if prepare.asks in entry.asked:
            emptied = empty(session, entry, prepare, document)
            calls.append(_as_counted(prepare, document, emptied))
            if emptied.error is not None:
                return _failed(entry, emptied.error, tuple(calls))
            if not emptied.done:
                ending: Ending = "partly" if emptied.removed else "again"
                return Outcome(ending, f"removed {emptied.removed}, more are left", tuple(calls))
        if prepare.until is not None and not getter(prepare.until)(document):
            reason = f"waits, after {prepare.call.operation}, until {prepare.until}"
            return Outcome("waiting", reason, tuple(calls))
    return Outcome("done", calls=tuple(calls))


def _as_counted(prepare: Prepare, document: Mapping[str, Any], emptied: Emptied) -> dict[str, Any]:
    """Return what was removed as a number: the ledger could not hold the names of all objects."""
    assert prepare.found is not None
    listed = as_text(prepare.found, document)
    call = {"service": prepare.call.service, "operation": prepare.call.operation}
    counts = {"calls": emptied.calls, "removed": emptied.removed}
    return {**call, "arguments": listed["arguments"], **counts}


def delete_resource(
    session: AccountSession, entry: Planned, document: Mapping[str, Any]
) -> Outcome:
    """Make the deleting call; `done` means accepted, only a read confirms that it is gone."""
    delete = declared_delete(entry.subject.kind)
    call = deleting_call(entry.subject.kind, document)
    calls = (as_text(call, document),)
    try:
        _call(session, entry, call, delete.errors, document)
    except CallError as error:
        return _failed(entry, error, calls)
    return Outcome("done", calls=calls)


def _call(
    session: AccountSession,
    entry: Planned,
    call: Call,
    errors: str | None,
    document: Mapping[str, Any],
) -> None:
    """Make a call; raise CallError as well if it succeeds, but its answer reports an error."""
    answer = call_answer(session, call, entry.subject.region, document)
    for error in values(errors, answer) if errors else ():
        raise CallError(
            call.service,
            call.operation,
            str(error.get("Code")),
            str(error.get("Message")),
            session.account,
            entry.subject.region,
        )


def _failed(entry: Planned, error: CallError, calls: tuple[dict[str, Any], ...]) -> Outcome:
    kind = registry()[entry.subject.kind]
    delete = declared_delete(entry.subject.kind)
    reason = str(error)
    if error.code in delete.blocked:
        return Outcome("again", reason, calls)
    if error.code in delete.refused:
        return Outcome("refused", f"refused by AWS: {reason}", calls)
    if is_throttled(error) or is_uncertain(error):
        return Outcome("lost", reason, calls)
    if says_gone(kind, error):
        return Outcome("absent", reason, calls)
    return Outcome("failed", f"{_denial(error)}{reason}", calls)


def _denial(error: CallError) -> str:
    """Return who has to allow a call that was denied, as the beginning of a reason."""
    if is_denied_by_organization(error.message):
        return "denied by a service control policy of the organization: "
    return "the cleaner role lacks a permission: " if is_denied(error) else ""
