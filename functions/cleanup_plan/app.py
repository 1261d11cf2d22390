"""Plans the cleanup; called by the step cleanup_plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from ebbtide import plan
from ebbtide.deployment.inputs import AccountRequest, SnapshotRequest
from ebbtide.deployment.settings import Settings
from ebbtide.store.bucket import open_bucket

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
settings = Settings.from_env()
bucket = open_bucket(settings.bucket, settings.aws_region)


@logger.inject_lambda_context(clear_state=True)
def plan_account(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Plan one account: select, protect and order resources, and give the reasons."""
    request = AccountRequest.model_validate(event)
    logger.append_keys(run_id=request.run_id, account=request.account)
    return plan.plan_account(request, bucket)


@logger.inject_lambda_context(clear_state=True)
def summarise(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Add up the plans, and hold them if they exceed a limit."""
    request = SnapshotRequest.model_validate(event)
    logger.append_keys(run_id=request.run_id)
    return plan.summarise_plans(request, bucket)
