"""Plans a snapshot with another configuration, by the functions of a run, and writes nothing.

Everything happens in an overlay over the bucket: the jobs that mark search the snapshot, then each
account is planned and the plans are summarised, as of the start of the run that is simulated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from ebbtide.base.clock import from_text, to_text
from ebbtide.base.errors import JobError
from ebbtide.config import Config, Job
from ebbtide.deployment.events import WORKFLOWS, events_of, is_after
from ebbtide.deployment.inputs import AccountRequest, JobRequest, SnapshotRequest
from ebbtide.deployment.settings import Settings
from ebbtide.graph.manifest import Manifest
from ebbtide.jobs.running import run_job
from ebbtide.jobs.schedule import FORMAT as SCHEDULE_FORMAT
from ebbtide.jobs.schedule import due_jobs
from ebbtide.plan.model import Plan, read_plan
from ebbtide.plan.steps import plan_account, summarise_plans
from ebbtide.store.keys import CURRENT, SCHEDULE, RunKeys
from ebbtide.store.overlay import Overlay
from ebbtide.store.readable import Readable
from ebbtide.store.run import Run, store_run
from ebbtide.verdict.automation_marks import left_out
from ebbtide.workflow.as_of import as_of

# With this workflow a run is simulated that does not plan itself.
USUAL = "collect_and_cleanup"
# Every cron expression of a job comes true within this time (config/jobs.py).
LONG_AGO = timedelta(days=50 * 366)


@dataclass(frozen=True, slots=True)
class Simulation:
    """The plans of a run that never was; `failed` maps jobs to their errors.

    `not_due` are the jobs whose time had not come in the run that it follows. `not_asked` are the
    automations that may mark and were not asked in it, so that their marks are left out.
    """

    run: Run
    plans: Mapping[str, Plan]
    summary: Mapping[str, Any]
    failed: Mapping[str, str] = field(default_factory=dict)
    not_due: tuple[str, ...] = ()
    not_asked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a run is simulated: its record, the overlay with its marks, and the failed jobs."""

    run: Run
    store: Overlay
    failed: Mapping[str, str]
    not_due: tuple[str, ...]
    not_asked: tuple[str, ...] = ()


def simulate(
    store: Readable,
    manifest: Manifest,
    config: Config,
    run: Run | None,
    accounts: tuple[str, ...] = (),
    *,
    all_due: bool = False,
) -> Simulation:
    """Return the plans that a configuration would have made of a snapshot.

    `run` is the run that planned the snapshot or could have, None if its record is missing. Without
    `accounts`, all of the run are planned. With `all_due`, the time of every job with a cron has
    come; without it, that of a job that the run had as well has come only if it had in the run.
    Raises PlanError if the run found the snapshot too old.
    """
    stage = prepared(store, manifest, config, run, accounts, all_due=all_due)
    made, key = stage.run, _manifest_key(stage.run)
    names = [entry["account"] for entry in stage.store.read_json(made.keys.accounts)]
    for account in names:
        request = AccountRequest(run_id=made.run_id, account=account, manifest=key)
        plan_account(request, stage.store)
    summarise_plans(SnapshotRequest(run_id=made.run_id, manifest=key), stage.store)
    plans = {name: read_plan(stage.store.read_json(made.keys.plan(name))) for name in names}
    summary = stage.store.read_json(made.keys.plan_summary)
    return Simulation(made, plans, summary, stage.failed, stage.not_due, stage.not_asked)


def prepared(
    store: Readable,
    manifest: Manifest,
    config: Config,
    run: Run | None,
    accounts: tuple[str, ...] = (),
    *,
    all_due: bool = False,
) -> Stage:
    """Return the stage of a simulated run, on which its jobs have left their marks."""
    name = manifest.run_id if run is None else run.run_id
    known = run or Run(name, USUAL, from_text(manifest.created), config)
    plans = "cleanup_plan" in known.steps
    workflow, steps = (known.workflow, known.steps) if plans else (USUAL, WORKFLOWS[USUAL])
    chosen = accounts or _accounts(store, known, manifest)
    keys = RunKeys(name)
    hidden = (f"{keys.prefix}jobs/", f"{keys.prefix}plan/", f"{keys.prefix}cleanup/")
    overlay = as_of(store, known, manifest, chosen, hidden)
    overlay.write_json(keys.accounts, [{"account": account} for account in chosen])
    overlay.write_json(SCHEDULE, _everything_due(config, known))
    jobs = due_jobs(overlay, config, steps, known.started)
    not_due = () if all_due or run is None else tuple(_not_due(config, run, jobs))
    due = {
        event: tuple(name for name in names if name not in not_due) for event, names in jobs.items()
    }
    made = replace(known, workflow=workflow, steps=steps, config=config, jobs=due)
    store_run(overlay, made)
    not_asked = tuple(left_out(overlay, made))
    return Stage(made, overlay, dict(_run_jobs(overlay, made, manifest)), not_due, not_asked)


def _accounts(store: Readable, run: Run, manifest: Manifest) -> tuple[str, ...]:
    stored = store.find_json(run.keys.accounts)
    if stored is not None:
        return tuple(entry["account"] for entry in stored)
    return (*(entry.account for entry in manifest.accounts), *manifest.missing)


def _everything_due(config: Config, run: Run) -> dict[str, Any]:
    """Return a schedule by which the time of each job has come."""
    used = to_text(run.started - LONG_AGO)
    jobs = {
        job.name: {"cron": job.cron, "timezone": job.timezone, "used_until": used}
        for job in config.jobs
        if job.active and job.cron is not None
    }
    return {"format": SCHEDULE_FORMAT, "jobs": jobs}


def _not_due(config: Config, run: Run, jobs: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Yield the jobs with a cron that a run had, unchanged, and whose time had not come."""
    for job in config.jobs:
        wanted = job.name in jobs.get(job.event, ())
        ran = job.name in run.jobs.get(job.event, ())
        if job.cron is not None and wanted and job in run.config.jobs and not ran:
            yield job.name


def _run_jobs(overlay: Overlay, run: Run, manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Run the jobs that mark, each on the snapshot of its moment; yield those that fail.

    Jobs at events that the run does not have are not carried out, as in the real one.
    """
    settings = Settings(bucket=overlay.name, account_id=run.own.account)
    for event, names in run.jobs.items():
        if is_after(event, "cleanup_plan") or event not in events_of(run.steps):
            continue
        overlay.write_json(CURRENT, _current(overlay, run, manifest, event))
        for job in (job for job in run.config.jobs if job.name in names and job.action.marks):
            if error := _error_of(overlay, run, job, settings):
                yield job.name, error
    overlay.write_json(CURRENT, {"run_id": manifest.run_id, "manifest": _manifest_key(run)})


def _current(overlay: Overlay, run: Run, manifest: Manifest, event: str) -> dict[str, str]:
    """Return the snapshot that was current at an event: before post_collect the previous one."""
    previous = manifest.previous
    own = run.run_id != manifest.run_id or is_after(event, "collect")
    if own or previous is None or overlay.find_json(previous) is None:
        return {"run_id": manifest.run_id, "manifest": _manifest_key(run)}
    return {"run_id": previous.split("/")[1], "manifest": previous}


def _error_of(overlay: Overlay, run: Run, job: Job, settings: Settings) -> str:
    try:
        run_job(JobRequest(run_id=run.run_id, event=job.event, job=job.name), overlay, settings)
    except JobError as error:
        return str(error)
    return ""


def _manifest_key(run: Run) -> str:
    return run.manifest or run.keys.manifest
