"""Ensures one run at a time: a conditional write in the bucket decides which run may work.

The state machine calls it, because only the state machine can see whether the run that holds the
claim is still alive.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from ebbtide.base.clock import Clock, from_text, now, to_text
from ebbtide.base.errors import ConflictError, InputError, MissingError
from ebbtide.config import Config
from ebbtide.deployment.events import HOOKABLE_EVENTS, STEPS
from ebbtide.deployment.inputs import (
    RUN_ID,
    Asked,
    ClaimRequest,
    ReleaseRequest,
    RunInput,
    require_known,
)
from ebbtide.deployment.settings import Settings
from ebbtide.deployment.turns import turns_of
from ebbtide.graph.manifest import (
    Manifest,
    current_manifest,
    current_manifest_key,
    read_manifest,
)
from ebbtide.jobs.schedule import due_jobs
from ebbtide.store.keys import CLAIM, RunKeys
from ebbtide.store.later_runs import add_later_run
from ebbtide.store.run import Run, create_run, find_run, load_config
from ebbtide.workflow.starting import parse_input

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
    run returns the same answer, whatever has become of the configuration and the schedule of jobs.
    """
    require_run_id(request.run_id)
    started = from_text(request.started_at)
    earlier = run = _earlier_attempt(bucket, request.run_id, started)
    wait = False
    if run is None:
        stored = load_config(bucket, settings.config_key)
        given = parse_input(request.input, stored.workflows)
        require_unused(bucket, request.run_id, started)
        run, wait = (
            _run(request, started, with_asked(stored, given.asked), settings, given),
            given.wait,
        )
    holder = _claim(request, bucket, run.workflow, clock)
    if holder is None and earlier is None:
        run = create_run(bucket, _with_work(_overtaken(run, bucket, clock), bucket, settings))
    return _answer(run, holder, wait, wait_seconds(clock() - started))


def _earlier_attempt(bucket: Bucket, run_id: str, started: datetime) -> Run | None:
    """Return what an earlier attempt of the same execution has stored."""
    run = find_run(bucket, run_id)
    same = run is not None and to_text(run.execution_started) == to_text(started)
    return run if same else None


def _overtaken(run: Run, bucket: Bucket, clock: Clock) -> Run:
    """Return a run that begins now if one that started later has published its snapshot already.

    It has read nothing yet. What it will read is newer, so its snapshot is to replace the other.
    """
    current = current_manifest(bucket)
    if current is None or from_text(current.created) <= run.started:
        return run
    return replace(run, started=clock(), waited_since=run.started)


def _with_work(run: Run, bucket: Bucket, settings: Settings) -> Run:
    """Return a run with its due jobs and, if it does not collect, the snapshot that it uses."""
    jobs = due_jobs(bucket, run.config, run.steps, run.started)
    if "collect" in run.steps:
        return replace(run, jobs=jobs)
    is_collected = partial(_is_collected, config=run.config, settings=settings)
    manifest = _reuse_snapshot(bucket, run.run_id, run.asked, is_collected)
    return replace(run, jobs=jobs, manifest=manifest)


def _answer(run: Run, holder: dict[str, str] | None, wait: bool, seconds: int) -> dict[str, Any]:
    jobs = {event: list(run.jobs.get(event, ())) for event in HOOKABLE_EVENTS}
    # A run that was under way when the stack was updated has no turns, and asks for this.
    has_jobs = any(jobs.values())
    return {
        "claimed": holder is None,
        "holder": holder,
        "workflow": run.workflow,
        "wait": wait,
        "wait_seconds": seconds,
        "steps": {step: step in run.steps for step in STEPS},
        "cleanup_enabled": run.config.cleanup.enabled,
        "dry_run": run.config.cleanup.dry_run,
        "warnings": list(run.config.warnings),
        "accounts": run.keys.accounts,
        "manifest": run.manifest,
        "automations": _automations(run.config),
        "jobs": jobs,
        "has_jobs": has_jobs,
        "turns": [turn.to_json() for turn in turns_of(run.steps, has_jobs=has_jobs)],
    }


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
    known = None if earlier is None else earlier.get("waited_since", earlier["started"])
    if known is not None and known != to_text(started):
        raise InputError(
            f"a run named {run_id!r} started at {known} and left its records: start "
            "the workflow again with another name"
        )


def with_asked(config: Config, asked: Asked) -> Config:
    """Return the configuration of a run; a dry run that was asked for never becomes a real one."""
    if not asked.dry_run or config.cleanup.dry_run:
        return config
    cleanup = config.cleanup.model_copy(update={"dry_run": True})
    return config.model_copy(update={"cleanup": cleanup})


def _run(
    request: ClaimRequest, started: datetime, config: Config, settings: Settings, given: RunInput
) -> Run:
    return Run(
        request.run_id,
        given.workflow,
        started,
        config,
        own=settings.own,
        asked=given.asked,
        steps=given.steps,
    )


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


def _automations(config: Config) -> dict[str, list[dict[str, str | int]]]:
    return {
        event: [one.for_machine for one in config.automations if one.event == event]
        for event in HOOKABLE_EVENTS
    }


def _is_collected(account: str, config: Config, settings: Settings) -> bool:
    """Return whether the configuration, if it can tell, still has an account collected."""
    accounts = config.collect.accounts
    if accounts == "organization":
        # Only AWS Organizations knows which accounts are in a unit; a run that collects asks it.
        return account not in config.collect.organization.exclude_accounts
    return account == settings.account_id if accounts == "self" else account in accounts


def _reuse_snapshot(
    bucket: Bucket, run_id: str, asked: Asked, is_collected: Callable[[str], bool]
) -> str:
    """Return the key of the current manifest, for a workflow that does not collect.

    An account that is no longer collected stays out of the run, although the snapshot has it.
    Raises InputError if nothing was collected yet, or if the snapshot lacks what was asked for.
    """
    key = current_manifest_key(bucket)
    if key is None:
        raise InputError("no snapshot found; start the workflow collect first")
    manifest: Manifest = read_manifest(bucket, key)
    found = [entry.account for entry in manifest.accounts]
    known = [name for name in found if is_collected(name)]
    where = f"in the snapshot of run {manifest.run_id}, or no longer collected"
    if not known:
        raise InputError(
            f"no account that is collected is in the snapshot of run {manifest.run_id}"
        )
    require_known("account", asked.accounts, known, where)
    regions = (name for entry in manifest.accounts for name in entry.regions)
    require_known("region", asked.regions, regions, where)
    chosen = asked.accounts or known
    accounts = [{"account": account} for account in known if account in chosen]
    bucket.write_json(RunKeys(run_id).accounts, accounts)
    add_later_run(bucket, manifest.run_id, run_id)
    return key
