"""Computes the metrics of a run; called by the step generate_metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from ebbtide import metrics
from ebbtide.base.clock import now
from ebbtide.base.deadline import Deadline
from ebbtide.deployment.inputs import AccountRequest, RunRequest, SnapshotRequest
from ebbtide.deployment.settings import Settings
from ebbtide.store.bucket import open_bucket

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
settings = Settings.from_env()
bucket = open_bucket(settings.bucket, settings.aws_region)


@logger.inject_lambda_context(clear_state=True)
def aggregate(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Count the metrics of one account."""
    request = AccountRequest.model_validate(event)
    logger.append_keys(run_id=request.run_id, account=request.account)
    return metrics.aggregate_account(request, bucket)


@logger.inject_lambda_context(clear_state=True)
def publish(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Add up all accounts, and write the metrics to the bucket and to CloudWatch."""
    request = SnapshotRequest.model_validate(event)
    logger.append_keys(run_id=request.run_id)
    return metrics.publish_metrics(request, bucket, settings)


@logger.inject_lambda_context(clear_state=True)
def refresh_prices(_event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Ask AWS's Price List for the prices of this month that are still missing."""
    deadline = Deadline.after(context.get_remaining_time_in_millis() / 1000)
    found = metrics.refresh_prices(bucket, settings, deadline, now())
    logger.info("prices refreshed", extra=found)
    return found


@logger.inject_lambda_context(clear_state=True)
def report(event: dict[str, Any], _context: LambdaContext) -> str:
    """Write the report of a run; return its key, or "" if the configuration wants none."""
    # The other two handlers need nothing of it, and it takes time to import.
    from ebbtide.report.writing import write_report

    request = RunRequest.model_validate(event)
    logger.append_keys(run_id=request.run_id)
    return write_report(request, bucket, settings)
