"""Runs jobs and takes the answers of automations; called when their event is announced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from ebbtide.base.gc_pauses import fewer_collections
from ebbtide.deployment.inputs import AnswerRequest, JobRequest, RunRequest
from ebbtide.deployment.settings import Settings
from ebbtide.jobs.answers import take_answer
from ebbtide.jobs.running import run_job
from ebbtide.jobs.summary import summarise_jobs
from ebbtide.store.bucket import open_bucket

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
fewer_collections()
settings = Settings.from_env()
bucket = open_bucket(settings.bucket, settings.aws_region)


@logger.inject_lambda_context(clear_state=True)
def run(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Run the search of one job, and act on its matches."""
    request = JobRequest.model_validate(event)
    logger.append_keys(run_id=request.run_id, job=request.job)
    return run_job(request, bucket, settings)


@logger.inject_lambda_context(clear_state=True)
def answer(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Check and record how one automation answered, and store its marks."""
    request = AnswerRequest.model_validate(event)
    logger.append_keys(run_id=request.run_id, automation=request.automation)
    return take_answer(request, bucket)


@logger.inject_lambda_context(clear_state=True)
def summarise(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Add up the outcome of the run's jobs."""
    request = RunRequest.model_validate(event)
    logger.append_keys(run_id=request.run_id)
    return summarise_jobs(request, bucket)
