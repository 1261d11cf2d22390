"""The action notify: publish one message about the matches to an SNS topic or the event bus."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ebbtide.base.errors import ConflictError, JobError
from ebbtide.config import Job, Notify
from ebbtide.deployment.events import SOURCE, EventDetail, step_of
from ebbtide.deployment.settings import Settings
from ebbtide.matching.matches import Matches
from ebbtide.store.run import Run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

# A message lists this many matches, the bucket all: an event may have at most 256 KiB.
SHOWN = 20
MATCHED = "job_matched"

# service and region -> a client of the function's own account
type Clients = Callable[[str, str], Any]


def notify(
    bucket: Bucket, run: Run, job: Job, matches: Matches, settings: Settings, clients: Clients
) -> int:
    """Send the message if anything was found; return the number of matches.

    The intention is stored first, so the message is never sent twice. Raises JobError if an earlier
    attempt stored it and ended, because its message may have been sent, or if the bus refuses.
    """
    if not matches.found:
        return 0
    intention = run.keys.job(job.event, f"{job.name}.sending.json")
    try:
        bucket.create_json(intention, {"run_id": run.run_id, "job": job.name})
    except ConflictError as error:
        raise JobError(
            "an earlier attempt ended while sending the message; it may have been sent, so it is "
            "not sent again"
        ) from error
    how = job.action.notify
    assert how is not None
    detail = message(bucket.name, run, job, how, matches).model_dump(mode="json")
    if how.topic is not None:
        _publish(clients, how.topic, job, len(matches.found), detail)
    else:
        _put_event(clients, settings, detail)
    return len(matches.found)


def message(bucket: str, run: Run, job: Job, how: Notify, matches: Matches) -> EventDetail:
    """Build the message: the envelope of all events around the matches, the same for both ways."""
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
        raise JobError(
            f"the event bus refused the message: {refused['ErrorCode']}: {refused['ErrorMessage']}"
        )
