"""Takes and releases the claim, and leads the run from turn to turn in between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from ebbtide import workflow
from ebbtide.aws import own_session
from ebbtide.deployment.inputs import AnnounceRequest, ClaimRequest, ReleaseRequest
from ebbtide.deployment.settings import Settings
from ebbtide.store.bucket import open_bucket

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
settings = Settings.from_env()
bucket = open_bucket(settings.bucket, settings.aws_region)
session = own_session(settings.account_id, settings.partition, threads=1)


@logger.inject_lambda_context(clear_state=True)
def claim(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Take the claim for a run, or return the run that holds it."""
    request = ClaimRequest.model_validate(event)
    logger.append_keys(run_id=request.run_id)
    answer = workflow.claim_run(request, bucket, settings)
    for warning in answer["warnings"]:
        logger.warning("configuration", extra={"problem": warning})
    return answer


@logger.inject_lambda_context(clear_state=True)
def announce(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Announce the next events of a run, and return what it has to do after them."""
    request = AnnounceRequest.model_validate(event)
    logger.append_keys(run_id=request.run_id)
    client = session.client("events", settings.aws_region)
    return workflow.announce_events(request, settings, client)


@logger.inject_lambda_context(clear_state=True)
def release(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Release the claim of a run."""
    request = ReleaseRequest.model_validate(event)
    logger.append_keys(run_id=request.run_id)
    return workflow.release_run(request, bucket)
