"""Answer post_cleanup_plan: keep what owners have asked to keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError
from kept import Table

from ebbtide.automation import LateAnswerError, Mark, RunPlan, keep, parse
from ebbtide.base.clock import now, to_text
from ebbtide.base.errors import EbbtideError

logger = Logger(service="owner-digest")


def answer(event: Mapping[str, Any], _context: object) -> None:
    """Answer with a mark for each request that counts; if these are unknown, refuse."""
    asked = parse(event)
    try:
        try:
            marks = marks_of(asked.plan(), Table())
        except (BotoCoreError, ClientError, EbbtideError) as error:
            asked.refuse(f"the requests of owners cannot be read: {error}")
            raise
        asked.answer(marks)
        logger.info("run %s: kept %d resources", asked.run_id, len(marks))
    except LateAnswerError as late:
        # The event was delivered twice, or the run has gone on.
        logger.info("run %s: %s", asked.run_id, late)


def marks_of(plan: RunPlan, table: Table) -> list[Mark]:
    """Return a mark, with its end, for each planned resource that its owner asked to keep."""
    marks, moment = [], now()
    for account in plan.accounts:
        kept = table.kept(account, moment)
        # Without requests, the plan of the account need not be read.
        for one in plan.of(account) if kept else ():
            request = kept.get(one.graph_id)
            if request is not None:
                why = f"{request.owner or 'somebody'} asked to keep it until "
                reason = f"{why[:250]}{to_text(request.until)}"
                marks.append(keep(one.graph_id, reason, request.until))
    return marks
