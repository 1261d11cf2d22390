"""Changes accounts: deletes planned resources, and sets the tags of jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from ebbtide import cleanup
from ebbtide.base.deadline import Deadline
from ebbtide.deployment.inputs import JobRequest, RunRequest, TickRequest
from ebbtide.deployment.settings import Settings
from ebbtide.jobs.setting_tags import set_tags
from ebbtide.store.bucket import open_bucket

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
settings = Settings.from_env()
bucket = open_bucket(settings.bucket, settings.aws_region)


@logger.inject_lambda_context(clear_state=True)
def tick(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Work on one account's cleanup for one tick."""
    request = TickRequest.model_validate(event)
    logger.append_keys(run_id=request.run_id, account=request.account)
    deadline = Deadline.after(context.get_remaining_time_in_millis() / 1000)
    return cleanup.run_tick(request, bucket, settings, deadline)


@logger.inject_lambda_context(clear_state=True)
def tag(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Set the tags of one job."""
    request = JobRequest.model_validate(event)
    logger.append_keys(run_id=request.run_id, job=request.job)
    deadline = Deadline.after(context.get_remaining_time_in_millis() / 1000)
    return set_tags(request, bucket, settings, deadline)


@logger.inject_lambda_context(clear_state=True)
def summarise(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Add up the outcome of the cleanup over all accounts."""
    request = RunRequest.model_validate(event)
    logger.append_keys(run_id=request.run_id)
    return cleanup.summarise_cleanup(request, bucket)
