"""Start and stop instances by their schedules, after each run of Ebbtide has collected."""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime
from typing import Any

import boto3
import orjson
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from deciding import Place, Summary, decide, with_schedule
from services import SERVICES

from ebbtide.automation import Asked, parse
from ebbtide.graph import read_manifest

# What is left when the time is almost over is done after the next run.
SPARE_MS = 30_000
_RETRIES = Config(retries={"mode": "adaptive", "max_attempts": 6})

log = logging.getLogger()
log.setLevel(logging.INFO)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Handle the event post_collect. Delivered twice, it finds nothing left to do."""
    asked = parse(event)
    summary = Summary(asked.run_id, dry_run=os.environ["DRY_RUN"] != "false")
    for place, ids in scheduled(asked).items():
        where = "/".join(place)
        if context.get_remaining_time_in_millis() < SPARE_MS:
            summary.failed[where] = f"no time left for {len(ids)} instances; the next run has it"
            continue
        try:
            serve(place, ids, summary)
        except (BotoCoreError, ClientError) as error:
            summary.failed[where] = str(error)
    return report(summary)


def scheduled(asked: Asked) -> dict[Place, list[str]]:
    """Return the instances with a schedule of all accounts of the snapshot."""
    found: dict[Place, list[str]] = {}
    for entry in read_manifest(asked.store, asked.data.manifest).accounts:
        # Line by line: unlike asked.graph(), this takes little memory for any number of resources.
        found |= with_schedule(asked.store.read_lines(entry.resources))
    return found


def serve(place: Place, ids: list[str], summary: Summary) -> None:
    """Start and stop the instances of one place, each after a look at how it is now."""
    service = SERVICES[place.kind]
    client = enter(place).client(service.name, region_name=place.region, config=_RETRIES)
    for instance in service.describe(client, ids):
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
    """Log the summary, and tell people if anything was changed or has failed."""
    told = summary.to_json()
    log.info("%s", orjson.dumps(told).decode())
    if text := summary.text():
        boto3.client("sns").publish(
            TopicArn=os.environ["TOPIC_ARN"],
            Subject="Ebbtide: instances started and stopped",
            Message=f"After run {summary.run_id}:\n{text}"[:200_000],
        )
    return told
