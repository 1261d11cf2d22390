"""Answer post_cleanup_plan: keep what has an unknown owner, and what its owner asked to keep."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import boto3
from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from ebbtide.automation import LateAnswerError, Mark, PlannedResource, RunPlan, keep, parse
from ebbtide.base.errors import EbbtideError
from ebbtide.plan.approvals import owner_of

logger = Logger(service="owner-check")

# What a reason may contain (docs/events.md).
LONGEST = 300


class Owner(BaseModel):
    """What is known of an owner: which of its resources stay, and why."""

    model_config = ConfigDict(extra="forbid")

    keep: list[str] | Literal["all"] = []
    why: str = ""

    def wants(self, one: PlannedResource) -> bool:
        """Return whether the owner asked to keep a resource, by its id, ARN or graph id."""
        return self.keep == "all" or not {one.id, one.arn, one.graph_id}.isdisjoint(self.keep)


OWNERS = TypeAdapter(dict[str, Owner])


def answer(event: Mapping[str, Any], _context: object) -> None:
    """Answer with the resources to keep; if these are unknown, refuse."""
    asked = parse(event)
    try:
        try:
            marks = list(marks_of(asked.plan(), read_owners()))
        except (BotoCoreError, ClientError, EbbtideError, ValidationError) as error:
            asked.refuse(f"the owners cannot be checked: {error}")
            raise
        asked.answer(marks)
        logger.info("run %s: kept %d resources", asked.run_id, len(marks))
    except LateAnswerError as late:
        # The event was delivered twice, or the run has gone on.
        logger.info("run %s: %s", asked.run_id, late)


def read_owners() -> dict[str, Owner]:
    """Read the parameter that names all owners. Raises ValidationError if it is malformed."""
    found = boto3.client("ssm").get_parameter(Name=os.environ["OWNERS_PARAMETER"])
    return OWNERS.validate_json(found["Parameter"]["Value"])


def marks_of(plan: RunPlan, owners: Mapping[str, Owner]) -> Iterator[Mark]:
    """Yield a mark for each planned resource that should stay."""
    for account in plan.accounts:
        planned = list(plan.of(account))
        entries = {one.graph_id: one.planned for one in planned}
        for one in planned:
            # What goes with an instance or a stack has the owner of that.
            reason = why_kept(one, owner_of(one.graph_id, entries, os.environ["OWNER_TAG"]), owners)
            if reason:
                yield keep(one.graph_id, reason[:LONGEST])


def why_kept(one: PlannedResource, owner: str | None, owners: Mapping[str, Owner]) -> str:
    """Return why a resource stays; empty if its owner does not mind."""
    tag, where = os.environ["OWNER_TAG"], os.environ["OWNERS_PARAMETER"]
    if owner is None:
        return f"it has no tag {tag}" if os.environ["KEEP_WITHOUT_OWNER"] == "true" else ""
    known = owners.get(owner)
    if known is None:
        return f"its tag {tag}={owner} names nobody in {where}"
    if known.wants(one):
        return f"{owner} asked to keep it{f': {known.why}' if known.why else ''}"
    return ""
