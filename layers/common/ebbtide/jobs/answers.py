"""Takes the answers of awaited automations: checks their marks, stores them, says what follows."""

from __future__ import annotations

from dataclasses import asdict
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from ebbtide.base.durations import describe
from ebbtide.base.errors import InputError
from ebbtide.config import Automation
from ebbtide.deployment.inputs import AnswerRequest
from ebbtide.jobs.answer_marks import AnswerError, marks_of_answer
from ebbtide.jobs.protections import prolong
from ebbtide.jobs.records import require_claim
from ebbtide.store.run import Run, read_run
from ebbtide.verdict.automation_marks import FORMAT, StoredAnswerMarks, automation_of
from ebbtide.verdict.stored_marks import Protection

if TYPE_CHECKING:
    from ebbtide.jobs.answer_marks import Given
    from ebbtide.store.bucket import Bucket

# The record quotes this many characters of what somebody else wrote, and this many marks.
LONGEST_CAUSE = 1_000
SHOWN = 20


def take_answer(request: AnswerRequest, bucket: Bucket) -> dict[str, Any]:
    """Record how an automation answered, with its marks; return what the run does.

    The record is written last; marks without it do not count. A repeated call does the same again:
    the input, the snapshot and the time of the run are fixed. Raises InputError if the run has no
    such automation, PlanError if another run has taken over.
    """
    run = read_run(bucket, request.run_id)
    automation = _automation(run, request)
    require_claim(bucket, run)
    record: dict[str, Any] = {
        "format": FORMAT,
        "run_id": run.run_id,
        "automation": automation.name,
        "event": automation.event,
        "outcome": request.ended,
        "reaction": None,
        "error": None,
        "why": None,
        "manifest": None,
        "clean": 0,
        "keep": 0,
        "accounts": {},
        "first": [],
    }
    if request.ended == "answered":
        try:
            record |= _store(bucket, run, automation, marks_of_answer(request, automation, bucket))
        except AnswerError as error:
            record |= _failed(automation, "InvalidAnswer", str(error))
    elif request.ended == "timed_out":
        why = f"no answer within {describe(automation.timeout)}"
        record |= {"reaction": automation.on_timeout, "error": request.error, "why": why}
    else:
        record |= _failed(automation, request.error, request.cause)
    bucket.write_json(run.keys.automation(automation.event, automation.name), record)
    return _answer(automation, record)


def _automation(run: Run, request: AnswerRequest) -> Automation:
    for one in run.config.automations:
        if (one.event, one.name) == (request.event, request.automation):
            return one
    raise InputError(f"run {run.run_id} has no automation {request.automation} at {request.event}")


def _failed(automation: Automation, error: str, why: str) -> dict[str, Any]:
    return {
        "outcome": "failed",
        "reaction": automation.on_error,
        "error": error,
        # It may quote the answer, and passes through the state machine, whose states are limited.
        "why": why[:LONGEST_CAUSE] or "no reason was given",
    }


def _store(bucket: Bucket, run: Run, automation: Automation, given: Given) -> dict[str, Any]:
    """Write the marks of each account; return the fields of the record about them."""
    for account, marks in given.accounts.items():
        stored: StoredAnswerMarks = {
            "format": FORMAT,
            "run_id": run.run_id,
            "automation": automation.name,
            "event": automation.event,
            "manifest": given.manifest,
            "clean": {one.id: one.reason for one in marks if one.mark == "clean"},
            "keep": {one.id: one.reason for one in marks if one.mark == "keep"},
        }
        bucket.write_json(
            run.keys.automation_marks(account, automation.event, automation.name), stored
        )
        lasting: dict[str, Protection] = {
            one.id: {"reason": one.reason, "until": one.ends, "run_id": run.run_id}
            for one in marks
            if one.ends
        }
        if lasting:
            prolong(bucket, account, automation_of(automation.name), lasting, run.started)
    counts = {
        account: {mark: sum(one.mark == mark for one in marks) for mark in ("clean", "keep")}
        for account, marks in given.accounts.items()
    }
    every = chain.from_iterable(given.accounts.values())
    return {
        "manifest": given.manifest or None,
        "clean": sum(one["clean"] for one in counts.values()),
        "keep": sum(one["keep"] for one in counts.values()),
        "accounts": counts,
        "first": [asdict(one) for one in islice(every, SHOWN)],
    }


def _answer(automation: Automation, record: dict[str, Any]) -> dict[str, Any]:
    """Return what the announcement needs: whether the run is held, or ends."""
    reaction = record["reaction"]
    outcome = {"hold": "held"}.get(reaction, "done" if reaction is None else "failed")
    return {
        "automation": automation.name,
        "outcome": outcome,
        "error": record["error"],
        "held_by": [automation.name] if reaction == "hold" else [],
        "ends_run": reaction == "fail",
        "why": f"automation {automation.name} at {automation.event}: {record['why'] or 'done'}",
    }
