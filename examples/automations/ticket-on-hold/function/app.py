"""Open a ticket when a plan is held, and close it when a later run is not held."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from aws_lambda_powertools import Logger
from state import ChangedError, State, read, write
from tickets import TicketError, Tickets

from ebbtide.automation import Asked, parse
from ebbtide.base.clock import from_text, now, to_text

logger = Logger(service="ticket-on-hold")

# Longer than this function can run (template.yaml): whoever began to open a ticket is gone. Lambda
# repeats a failed call after that time.
GONE_AFTER = timedelta(seconds=60)
# Answers of the ticket system that no repetition changes: the ticket is gone, or closed already.
SETTLED = (400, 404, 409)


def hear(event: Mapping[str, Any], _context: object) -> None:
    """Act on a held plan, or on the end of a cleanup."""
    act = {"cleanup_held": held, "post_cleanup": released}
    asked = parse(event)
    act[asked.event](asked, moment(event))


def held(asked: Asked, at: str) -> None:
    """Open a ticket, or comment on the open one if something about the hold is new."""
    known = read()
    if known is not None and known.state == "opening":
        take_over(known, asked, at)
    elif known is not None and at <= known.at:
        logger.info("run %s: the ticket is newer, or this event was delivered twice", asked.run_id)
    elif known is not None and known.state == "open":
        remark(known, asked, at)
    else:
        begin(known, asked, at)


def begin(known: State | None, asked: Asked, at: str) -> None:
    """Open a ticket. The state says so beforehand, so that no other invocation opens one, too."""
    begun = write(known, State("opening", asked.data.hash, at, to_text(now()), facts_of(asked)))
    finish(begun, asked, Tickets().open(*words(asked), label(begun)))


def take_over(known: State, asked: Asked, at: str) -> None:
    """Finish what another invocation began. Raises ChangedError as long as it may be at work."""
    if from_text(known.since) > now() - GONE_AFTER:
        raise ChangedError("another invocation is opening the ticket")
    key = Tickets().find(label(known))
    if key is None:
        # It was killed, or the ticket system failed, before there was a ticket.
        begin(known, asked, max(at, known.at))
    else:
        finish(known, asked, key)


def finish(begun: State, asked: Asked, key: str) -> None:
    write(begun, replace(begun, state="open", key=key))
    logger.info("run %s: the ticket is %s", asked.run_id, key)


def remark(known: State, asked: Asked, at: str) -> None:
    """Note a later hold, and comment on it if it differs from what the ticket says."""
    facts = facts_of(asked)
    if facts != known.facts:
        try:
            Tickets().comment(known.key, "\n\n".join(words(asked)))
        except TicketError as error:
            if error.status != 404:
                raise
            # Somebody has deleted the ticket.
            begin(known, asked, at)
            return
    write(known, replace(known, hash=asked.data.hash, at=at, facts=facts))


def released(asked: Asked, at: str) -> None:
    """Close the ticket if this later run was carried out and nothing of its plan is held."""
    data, known = asked.data, read()
    if not data.enabled or data.held or data.held_resources or data.held_by:
        return
    if known is None or known.state != "open" or at <= known.at:
        return
    tickets = Tickets()
    try:
        tickets.comment(known.key, f"Nothing of the plan of run {asked.run_id} is held.")
        tickets.close(known.key)
    except TicketError as error:
        if error.status not in SETTLED:
            raise
        logger.warning("%s was closed or deleted by somebody: %s", known.key, error)
    write(known, replace(known, state="closed", at=at))
    logger.info("run %s: closed %s", asked.run_id, known.key)


def moment(event: Mapping[str, Any]) -> str:
    """Return the time of an event in a form in which texts compare as times do."""
    return to_text(from_text(event["time"]))


def label(state: State) -> str:
    """Return the label by which a ticket is found again."""
    return f"ebbtide-{state.hash[:20]}"


def facts_of(asked: Asked) -> str:
    """Return what a ticket says about a hold; it is the same for the same hold an hour later."""
    data = asked.data
    by = ", ".join(data.held_by) or "none"
    return (
        f"Held: {data.held_resources} of {data.selected} planned resources. "
        f"Everything is held: {'yes' if data.held else 'no'}. Automations that hold: {by}."
    )


def words(asked: Asked) -> tuple[str, str]:
    """Return title and text of a ticket."""
    data = asked.data
    lines = [
        facts_of(asked),
        f"Run {asked.run_id}, plan {data.hash}, summary s3://{asked.bucket}/{data.summary}.",
        f"To see it: ebbtide --bucket {asked.bucket} plan show --run {asked.run_id}",
    ]
    if data.approval != "never":
        lines.append(
            f"To approve it: ebbtide --bucket {asked.bucket} plan approve {asked.run_id} --all"
        )
    return f"Ebbtide holds {data.held_resources or data.selected} deletions", "\n".join(lines)
