"""Answer pre_cleanup: refuse while a change calendar of Systems Manager is closed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from ebbtide.automation import LateAnswerError, parse

logger = Logger(service="change-freeze")


def answer(event: Mapping[str, Any], _context: object) -> None:
    """Let the run continue if all calendars are open; if they cannot be read, refuse, too."""
    asked = parse(event)
    try:
        if not asked.data.enabled or asked.data.dry_run:
            # A run that changes nothing may run in a freeze.
            asked.answer()
            return
        try:
            objection = why_closed(datetime.now(UTC))
        except (BotoCoreError, ClientError) as error:
            asked.refuse(f"the change calendar cannot be read: {error}")
            raise
        if objection:
            asked.refuse(objection, "ChangeFreeze")
        else:
            asked.answer()
        logger.info("run %s: %s", asked.run_id, objection or "all calendars are open")
    except LateAnswerError as late:
        # The event was delivered twice, or the run has gone on.
        logger.info("run %s: %s", asked.run_id, late)


def why_closed(now: datetime) -> str:
    """Say which freeze forbids a cleanup that begins now; empty if none does.

    A cleanup takes time, so the calendars must also be open for as long as it may last.
    """
    names = os.environ["CALENDARS"].split(",")
    client = boto3.client("ssm")
    for moment in (now, now + timedelta(minutes=int(os.environ["OPEN_FOR_MINUTES"]))):
        # At a time without fractions, as in the examples of the API reference.
        when = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        found = client.get_calendar_state(CalendarNames=names, AtTime=when)
        if found["State"] != "OPEN":
            until = found.get("NextTransitionTime", "an unknown time")
            return f"change freeze: {', '.join(names)} is closed at {when}, until {until}"
    return ""
