"""Ensures one run at a time: a conditional write in the bucket decides which run may work.

The state machine calls it, because only the state machine can see whether the run that holds the
claim is still alive.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ebbtide.base.clock import Clock, from_text, now, to_text
from ebbtide.base.errors import ConflictError, InputError, MissingError
from ebbtide.config import Config
from ebbtide.deployment.events import HOOKABLE_EVENTS, STEPS, WORKFLOWS
from ebbtide.deployment.inputs import RUN_ID, ClaimRequest, ReleaseRequest
from ebbtide.deployment.settings import Settings
from ebbtide.graph.manifest import Manifest, current_manifest_key, read_manifest
from ebbtide.jobs.schedule import due_jobs
from ebbtide.store.keys import CLAIM, RunKeys
from ebbtide.store.later_runs import add_later_run
from ebbtide.store.run import Run, load_config, store_run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket, Stored

# A claim that keeps changing hands would be a defect, so a few attempts are plenty.
CLAIM_ROUNDS = 5
# Between two looks at the holder of the claim: a share of the time that the run has waited so far.
SHORTEST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
SHARE_OF_WAIT = 8


def claim_run(
    request: ClaimRequest, bucket: Bucket, settings: Settings, clock: Clock = now
) -> dict[str, Any]:
    """Take the claim for this run, or return the run that holds it.

    Raises InputError or ConfigError before anything is written. Idempotent: a retry for the same
    run returns the same answer.
    """
    require_run_id(request.run_id)
    workflow, wait = parse_input(request.input)
    started = from_text(request.started_at)
    require_unused(bucket, request.run_id, started)
    config = load_config(bucket, settings.config_key)
    holder = _claim(request, bucket, workflow, clock)
    answer: dict[str, Any] = {
        "claimed": holder is None,
        "holder": holder,
        "workflow": workflow,
        "wait": wait,
        "wait_seconds": wait_seconds(clock() - started),
        "steps": {step: step in WORKFLOWS[workflow] for step in STEPS},
        "cleanup_enabled": config.cleanup.enabled,
        "dry_run": config.cleanup.dry_run,
        "warnings": list(config.warnings),
        "accounts": RunKeys(request.run_id).accounts,
        "manifest": "",
        "automations": _automations(config),
        "jobs": {event: [] for event in HOOKABLE_EVENTS},
        "has_jobs": False,
    }
    if holder is None:
        jobs = due_jobs(bucket, config, workflow, started)
        if "collect" not in WORKFLOWS[workflow]:
            answer["manifest"] = _reuse_snapshot(bucket, request.run_id)
        manifest = answer["manifest"]
        run = Run(request.run_id, workflow, started, config, jobs, manifest, settings.own)
        store_run(bucket, run)
        answer["jobs"] |= {event: list(names) for event, names in jobs.items()}
        answer["has_jobs"] = any(jobs.values())
    return answer


def require_run_id(name: str) -> None:
    """Raise InputError unless the execution's name can be a run id."""
    if not re.fullmatch(RUN_ID, name):
        raise InputError(
            f"the execution is named {name!r}, which cannot be a run id: start it again with a name"
            " of 1 to 80 letters (A-Z, a-z), digits, '_', '.' and '-'"
        )


def require_unused(bucket: Bucket, run_id: str, started: datetime) -> None:
    """Raise InputError if another run has used the id and left its records.

    Step Functions accepts the name of an execution again after 90 days (StartExecution in its API
    reference), and records live longer. A retry or a redrive of the same execution keeps its start.
    """
    earlier = bucket.find_json(RunKeys(run_id).run)
    if earlier is not None and earlier["started"] != to_text(started):
        raise InputError(
            f"a run named {run_id!r} started at {earlier['started']} and left its records: start "
            "the workflow again with another name"
        )


def parse_input(given: Any) -> tuple[str, bool]:
    """Return the workflow, and whether to wait for a run under way; raises InputError.

    An input that is an event, from EventBridge or its scheduler, starts the full workflow.
    """
    if given is None or (isinstance(given, dict) and {"detail-type", "source"} <= set(given)):
        given = {}
    if not isinstance(given, dict):
        raise InputError('the input must be a JSON object such as {"workflow": "collect"}')
    unknown = sorted(set(given) - {"workflow", "wait"})
    if unknown:
        raise InputError(f"unknown input: {', '.join(unknown)}; the keys are workflow and wait")
    workflow = given.get("workflow", "collect_and_cleanup")
    if workflow not in WORKFLOWS:
        raise InputError(f"unknown workflow {workflow!r}; use one of {', '.join(WORKFLOWS)}")
    wait = given.get("wait", False)
    if not isinstance(wait, bool):
        raise InputError(f"wait must be true or false, not {wait!r}")
    return workflow, wait


def wait_seconds(waited: timedelta) -> int:
    """Return how long a run that has waited this long for the claim waits before it looks again."""
    wait = min(max(SHORTEST_WAIT, waited / SHARE_OF_WAIT), LONGEST_WAIT)
    return int(wait.total_seconds())


def release_run(request: ReleaseRequest, bucket: Bucket) -> dict[str, bool]:
    """Release the claim if this run holds it; return whether it did. Safe to repeat."""
    try:
        claim = bucket.read(CLAIM)
        if claim.value["run_id"] != request.run_id:
            return {"released": False}
        bucket.delete_if(CLAIM, claim.etag)
    except (MissingError, ConflictError):
        return {"released": False}
    return {"released": True}


def _claim(
    request: ClaimRequest, bucket: Bucket, workflow: str, clock: Clock
) -> dict[str, str] | None:
    """Return None if this run got the claim, else the run that holds it."""
    wanted = {
        "run_id": request.run_id,
        "execution": request.execution,
        "workflow": workflow,
        "claimed_at": to_text(clock()),
    }
    for _ in range(CLAIM_ROUNDS):
        try:
            bucket.create_json(CLAIM, wanted)
            return None
        except ConflictError:
            pass  # another run holds the claim
        try:
            held = bucket.read(CLAIM)
        except MissingError:
            continue  # released in the meantime, so it is free again
        if held.value["run_id"] == request.run_id or _taken_over(request, bucket, wanted, held):
            return None
        return {
            "run_id": held.value["run_id"],
            "execution": held.value["execution"],
            "etag": held.etag,
        }
    raise ConflictError(f"s3://{bucket.name}/{CLAIM} keeps changing hands")


def _taken_over(
    request: ClaimRequest, bucket: Bucket, wanted: dict[str, str], held: Stored
) -> bool:
    """Replace a dead run's claim, unless somebody else has replaced or released it first."""
    if request.take_over != held.etag:
        return False
    try:
        bucket.replace_json(CLAIM, wanted, held.etag)
    except ConflictError:
        return False
    return True


def _automations(config: Config) -> dict[str, list[dict[str, str]]]:
    return {
        event: [
            {
                "name": automation.name,
                "on_timeout": automation.on_timeout,
                "on_error": automation.on_error,
            }
            for automation in config.automations
            if automation.event == event
        ]
        for event in HOOKABLE_EVENTS
    }


def _reuse_snapshot(bucket: Bucket, run_id: str) -> str:
    """Return the key of the current manifest, for a workflow that does not collect.

    Raises InputError if nothing was collected yet.
    """
    key = current_manifest_key(bucket)
    if key is None:
        raise InputError("no snapshot found; start the workflow collect first")
    manifest: Manifest = read_manifest(bucket, key)
    accounts = [{"account": entry.account} for entry in manifest.accounts]
    bucket.write_json(RunKeys(run_id).accounts, accounts)
    add_later_run(bucket, manifest.run_id, run_id)
    return key
