"""Sends the digests of a run; invoked by a rule on the event of its end, after the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from ebbtide.base.gc_pauses import fewer_collections
from ebbtide.deployment.events import EventDetail
from ebbtide.deployment.inputs import RunRequest
from ebbtide.deployment.settings import Settings
from ebbtide.digest.sending import send_digests
from ebbtide.store.bucket import open_bucket

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
fewer_collections()
settings = Settings.from_env()
bucket = open_bucket(settings.bucket, settings.aws_region)


@logger.inject_lambda_context(clear_state=True)
def send(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Tell owners and the team about the run that an event of EventBridge is about."""
    detail = EventDetail.model_validate(event.get("detail"))
    request = RunRequest(run_id=detail.run_id)
    logger.append_keys(run_id=request.run_id)
    outcome = send_digests(request, bucket, settings)
    logger.info("digests", extra=outcome)
    return outcome
