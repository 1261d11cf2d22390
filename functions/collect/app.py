"""Collects a new snapshot from AWS; called by the step collect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from ebbtide import collect, graph
from ebbtide.base.deadline import Deadline
from ebbtide.base.gc_pauses import fewer_collections
from ebbtide.deployment.inputs import AccountRequest, CollectRequest, RunRequest
from ebbtide.deployment.settings import Settings
from ebbtide.store.bucket import open_bucket

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
fewer_collections()
settings = Settings.from_env()
bucket = open_bucket(settings.bucket, settings.aws_region)


@logger.inject_lambda_context(clear_state=True)
def discover(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """List the accounts and regions, and split them into tasks."""
    request = RunRequest.model_validate(event)
    logger.append_keys(run_id=request.run_id)
    return collect.discover_accounts(request, bucket, settings)


@logger.inject_lambda_context(clear_state=True)
def collect_task(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Read one task: some regions of an account, or some kinds of one region."""
    request = CollectRequest.model_validate(event)
    logger.append_keys(run_id=request.run_id, account=request.task.account)
    deadline = Deadline.after(context.get_remaining_time_in_millis() / 1000)
    return collect.collect_task(request, bucket, settings, deadline)


@logger.inject_lambda_context(clear_state=True)
def merge(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Build one account's graph from the results of its tasks and the previous snapshot."""
    request = AccountRequest.model_validate(event)
    logger.append_keys(run_id=request.run_id, account=request.account)
    return graph.merge_account(request, bucket)


@logger.inject_lambda_context(clear_state=True)
def publish(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Publish the new snapshot as the current one."""
    request = RunRequest.model_validate(event)
    logger.append_keys(run_id=request.run_id)
    return graph.publish_snapshot(request, bucket)
