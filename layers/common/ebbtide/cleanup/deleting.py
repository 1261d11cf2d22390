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
from ebbtide.cleanup.read_again import Description
from ebbtide.kinds import registry
from ebbtide.model.kind import Call, Delete, Prepare
from ebbtide.plan.model import Planned

type Ending = Literal["done", "absent", "lost", "again", "waiting", "refused", "failed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of the calls for one resource, with the calls as the ledger keeps them.

    done: AWS accepted them. absent: something was not found, so calling again is useless. lost: AWS
    failed or throttled, or its answer was lost. again: something is in the way. waiting: AWS
    accepted a preparation that takes effect later. refused: AWS protects it. failed: AWS will not
    do it. None of them says that the resource is gone: only a read does.
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
        if prepare.when is not None and not getter(prepare.when)(document):
            continue
        if prepare.each is None:
            yield prepare, dict(document)
        else:
            for value in values(prepare.each, document):
                yield prepare, {**document, "each": value}


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
        "delete": as_text(declared_delete(entry.subject.kind).call, document),
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
    """Make all preparing calls; when they are repeated, those already done count as success."""
    calls = []
    for prepare, filled in preparations(entry.subject.kind, document):
        calls.append(as_text(prepare.call, filled))
        try:
            answer = call_answer(session, prepare.call, entry.subject.region, filled)
            _raise_inner_error(session, entry, prepare, answer)
        except CallError as error:
            if error.code not in prepare.absent:
                return _failed(entry, error, tuple(calls))
    return Outcome("done", calls=tuple(calls))


def delete_resource(
    session: AccountSession, entry: Planned, document: Mapping[str, Any]
) -> Outcome:
    """Make the deleting call; `done` means accepted, only a read confirms that it is gone."""
    delete = declared_delete(entry.subject.kind)
    calls = (as_text(delete.call, document),)
    try:
        answer = call_answer(session, delete.call, entry.subject.region, document)
        _raise_inner_error(session, entry, delete, answer)
    except CallError as error:
        return _failed(entry, error, calls)
    return Outcome("done", calls=calls)


def _raise_inner_error(
    session: AccountSession, entry: Planned, step: Prepare | Delete, answer: Any
) -> None:
    """Raise CallError if the call succeeded, but its answer says that nothing was done."""
    for error in values(step.errors, answer) if step.errors else ():
        raise CallError(
            step.call.service,
            step.call.operation,
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
