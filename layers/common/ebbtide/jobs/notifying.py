"""The action notify: one message about what was found, to an SNS topic or on the event bus."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ebbtide.base.errors import ConflictError, JobError
from ebbtide.config import Job, Notify
from ebbtide.deployment.events import SOURCE, EventDetail, step_of
from ebbtide.deployment.settings import Settings
from ebbtide.jobs.matches import JobMatches
from ebbtide.store.run import Run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

# A message holds so many of them; the bucket holds all. An event may be 256 KiB long.
SHOWN = 20
MATCHED = "job_matched"

# service and region -> a client of the function's own account
type Clients = Callable[[str, str], Any]


def notify(
    bucket: Bucket, run: Run, job: Job, matches: JobMatches, settings: Settings, clients: Clients
) -> int:
    """Send the message, if anything was found; returns of how many resources it tells.

    The intention is stored first, so that it is never sent twice. Raises JobError when an earlier
    attempt stored it and ended: then nobody knows whether the message went out.
    """
    if not matches.found:
        return 0
    intention = run.keys.job(job.event, f"{job.name}.sending.json")
    try:
        bucket.create_json(intention, {"run_id": run.run_id, "job": job.name})
    except ConflictError as error:
        raise JobError(
            "an earlier attempt was about to send the message when it ended; it may have been "
            "sent, and is not sent again"
        ) from error
    how = job.action.notify
    assert how is not None
    detail = message(bucket.name, run, job, how, matches).model_dump(mode="json")
    if how.topic is not None:
        _publish(clients, how.topic, job, len(matches.found), detail)
    else:
        _put_event(clients, settings, detail)
    return len(matches.found)


def message(bucket: str, run: Run, job: Job, how: Notify, matches: JobMatches) -> EventDetail:
    """The same for both ways: the envelope of all events, around what was found."""
    found = matches.found
    return EventDetail(
        run_id=run.run_id,
        workflow=run.workflow,
        event=MATCHED,
        step=step_of(job.event),
        bucket=bucket,
        data={
            "job": job.name,
            "at": job.event,
            "name": how.event,
            "search": job.search,
            "matched": len(found),
            "undecided": matches.undecided,
            "first": [one.to_line() for one in found[:SHOWN]],
            "matches": run.keys.job(job.event, f"{job.name}.jsonl.zst"),
        },
    )


def _publish(clients: Clients, topic: str, job: Job, count: int, detail: dict[str, Any]) -> None:
    region = topic.split(":")[3]
    clients("sns", region).publish(
        TopicArn=topic,
        Subject=f"Ebbtide: job {job.name} found {count}",
        Message=json.dumps(detail, indent=2),
        MessageAttributes={"job": {"DataType": "String", "StringValue": job.name}},
    )


def _put_event(clients: Clients, settings: Settings, detail: dict[str, Any]) -> None:
    entry = {
        "Source": SOURCE,
        "DetailType": MATCHED,
        "EventBusName": settings.event_bus,
        "Detail": json.dumps(detail),
    }
    answer = clients("events", settings.aws_region).put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        refused = answer["Entries"][0]
        raise JobError(f"the event bus refused: {refused['ErrorCode']}: {refused['ErrorMessage']}")
