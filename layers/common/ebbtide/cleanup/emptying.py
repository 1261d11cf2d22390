"""Removes what lies in a resource, if a job asked for that: the objects of a bucket.

What is removed is not in the graph, so it is counted before anything is touched, and nobody empties
what holds more than the limit. Removing is repeatable: a tick lists what is left and goes on.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import batched
from typing import Any

from ebbtide.aws import AccountSession, call_answer
from ebbtide.aws.calls import call_pages
from ebbtide.base.errors import CallError
from ebbtide.base.paths import getter, values
from ebbtide.kinds import registry
from ebbtide.model.call import Call
from ebbtide.model.deletion import Prepare
from ebbtide.plan.model import Planned

# No further call begins after this time; the next tick goes on.
SECONDS = 10.0


@dataclass(slots=True)
class Emptied:
    """What one attempt removed in how many calls, and whether nothing is left."""

    removed: int = 0
    calls: int = 0
    done: bool = False
    error: CallError | None = None


def asked_steps(entry: Planned) -> Iterator[Prepare]:
    """Yield the steps that empty a planned resource and that a job asked for."""
    delete = registry()[entry.subject.kind].delete
    for step in delete.prepare if delete else ():
        if step.asks and step.asks in entry.asked:
            yield step


def objection(
    session: AccountSession, entry: Planned, document: Mapping[str, Any], at_most: int | None
) -> str:
    """Return why a resource is not emptied although a job asked for it; "" if it may be.

    Without `at_most`, nothing is counted. Raises CallError if what it holds cannot be counted.
    """
    count = 0
    for step in asked_steps(entry):
        for state in step.refuses:
            if getter(state.when)(document):
                return f"is not emptied: {state.why}"
        if at_most is None:
            continue
        assert step.found is not None
        for page in call_pages(session, step.found, entry.subject.region, document):
            count += len(page)
            if count > at_most:
                return f"holds more than {at_most} entries (cleanup.limits.per_emptied)"
    return ""


def empty(
    session: AccountSession, entry: Planned, step: Prepare, document: Mapping[str, Any]
) -> Emptied:
    """Remove what a step finds, until nothing is left or the time is up."""
    found = Emptied()
    end = time.monotonic() + SECONDS
    while found.error is None:
        seen, before = 0, found.removed
        for several in _batches(session, entry, step, document):
            seen += len(several)
            _remove(session, entry, step, {**document, "each": several}, found)
            if found.error is not None or time.monotonic() > end:
                return found
        if not seen:
            found.done = True
            return found
        if found.removed == before:
            # All that is left was refused, with codes that usually mean that it takes another pass.
            return found
    return found


def _batches(
    session: AccountSession, entry: Planned, step: Prepare, document: Mapping[str, Any]
) -> Iterator[list[Any]]:
    assert step.found is not None
    for page in call_pages(session, step.found, entry.subject.region, document):
        for several in batched(page, step.batch):
            yield list(several)


def _remove(
    session: AccountSession,
    entry: Planned,
    step: Prepare,
    document: dict[str, Any],
    found: Emptied,
) -> None:
    several = document["each"]
    filled = {**document, "each": several[0]} if step.batch == 1 else document
    found.calls += 1
    try:
        answer = call_answer(session, step.call, entry.subject.region, filled)
    except CallError as error:
        if error.code not in step.absent:
            found.error = error
        return
    errors = values(step.errors, answer) if step.errors else []
    found.removed += len(several) - len(errors)
    for one in errors:
        if one.get("Code") not in step.absent:
            found.error = _inner(session, step.call, entry, one)


def _inner(
    session: AccountSession, call: Call, entry: Planned, error: Mapping[str, Any]
) -> CallError:
    return CallError(
        call.service,
        call.operation,
        str(error.get("Code")),
        str(error.get("Message")),
        session.account,
        entry.subject.region,
    )
