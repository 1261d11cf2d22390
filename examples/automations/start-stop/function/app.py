"""Start and stop instances by their schedules, after each run of Ebbtide has collected."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from deciding import Place, Summary, decide, with_schedule
from services import SERVICES

from ebbtide.automation import Asked, parse
from ebbtide.graph import read_manifest

# What it takes to report.
SPARE_MS = 30_000
# How StopInstances answers if the attribute disableApiStop is set.
_PROTECTED = "OperationNotPermitted"
_RETRIES = Config(retries={"mode": "adaptive", "max_attempts": 6})

log = Logger(service="start-stop")


class OutOfTimeError(Exception):
    """The function would be ended before it is done; the message says what is left."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Handle the event post_collect. Delivered twice, it finds nothing left to do."""
    asked = parse(event)
    summary = Summary(asked.run_id, dry_run=os.environ["DRY_RUN"] != "false")
    for place, ids in scheduled(asked).items():
        try:
            serve(place, ids, summary, context)
        except (BotoCoreError, ClientError, OutOfTimeError) as error:
            summary.failed["/".join(place)] = str(error)
    return report(summary)


def scheduled(asked: Asked) -> dict[Place, set[str]]:
    """Return the instances with a schedule of all accounts of the snapshot."""
    found: dict[Place, set[str]] = {}
    for entry in read_manifest(asked.store, asked.data.manifest).accounts:
        # Line by line: unlike asked.graph(), this takes little memory for any number of resources.
        found |= with_schedule(asked.store.read_lines(entry.resources))
    return found


def serve(place: Place, ids: set[str], summary: Summary, context: Any) -> None:
    """Start and stop the instances of one place, each after a look at how it is now.

    Raises OutOfTimeError if the time of the function is almost over.
    """
    service = SERVICES[place.kind]
    client = enter(place).client(service.name, region_name=place.region, config=_RETRIES)
    for instance in service.describe(client, ids):
        if instance.id not in ids:
            continue
        if context.get_remaining_time_in_millis() < SPARE_MS:
            raise OutOfTimeError("no time left for the others; they are done after the next run")
        name = "/".join((*place, instance.id))
        decision = decide(instance, service, datetime.now(UTC))
        if decision.left:
            summary.left_alone[name] = decision.left
        elif decision.action is None:
            summary.as_scheduled += 1
        elif summary.dry_run:
            (summary.would_start if decision.action == "start" else summary.would_stop).append(name)
        else:
            act = service.start if decision.action == "start" else service.stop
            try:
                act(client, instance.id)
            except ClientError as error:
                if act is service.stop and error.response["Error"]["Code"] == _PROTECTED:
                    summary.left_alone[name] = "its stop protection is on"
                else:
                    summary.failed[name] = str(error)
            else:
                (summary.started if decision.action == "start" else summary.stopped).append(name)


def enter(place: Place) -> boto3.session.Session:
    """Assume the role of an account."""
    partition, role = os.environ["PARTITION"], os.environ["ROLE_NAME"]
    keys = boto3.client("sts").assume_role(
        RoleArn=f"arn:{partition}:iam::{place.account}:role/{role}",
        RoleSessionName="ebbtide-start-stop",
    )["Credentials"]
    return boto3.session.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


def report(summary: Summary) -> dict[str, Any]:
    """Log the summary, and report to people what was changed or has failed."""
    told = summary.to_json()
    log.info(told)
    if text := summary.text():
        boto3.client("sns").publish(
            TopicArn=os.environ["TOPIC_ARN"],
            Subject="Ebbtide: instances started and stopped",
            Message=f"After run {summary.run_id}:\n{text}"[:200_000],
        )
    return told
