"""Start and stop runs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ebbtide.base.clock import now
from ebbtide.deployment.inputs import REGION_NAME, RUN_ID
from ebbtide.report.progress import steps_left
from ebbtide.report.runs import RunResult, result_of
from ebbtide.report.words import listed
from ebbtide.store.keys import CLAIM, RunKeys
from ebbtide.store.readable import Readable
from ebbtide_cli.accounts import account_names, ids_of
from ebbtide_cli.errors import UsageError
from ebbtide_cli.machine import Machine, machine_of
from ebbtide_cli.options import split_names
from ebbtide_cli.output import inform, say, warn
from ebbtide_cli.sources import Source
from ebbtide_cli.workflow_names import own_workflow, require_covered


@dataclass(frozen=True, slots=True)
class StartRequest:
    """A run to start, as typed: accounts are ids or names, and each text may hold several."""

    workflow: str
    name: str | None = None
    accounts: Sequence[str] = ()
    regions: Sequence[str] = ()
    dry_run: bool = False
    wait: bool = False


def start_run(source: Source, request: StartRequest) -> str:
    """Start a run and return its id. Raises UsageError for what no run would accept."""
    run_id = request.name or f"{request.workflow}-{now():%Y%m%d-%H%M%S}"
    if re.fullmatch(RUN_ID, run_id) is None:
        raise UsageError(
            f"invalid name {run_id!r}; give 1 to 80 letters (A-Z, a-z), digits, '_', '.' and '-'"
        )
    regions = split_names(request.regions)
    for region in regions:
        if re.fullmatch(REGION_NAME, region) is None:
            raise UsageError(f"invalid region {region!r}; give one such as eu-central-1, or global")
    store = source.open()
    machine = machine_of(source, store)
    own = own_workflow(store, request.workflow)
    accounts = ids_of(account_names(store), split_names(request.accounts), known_only=False)
    require_covered(own, accounts, regions)
    if store.find_json(RunKeys(run_id).run) is not None:
        raise UsageError(f"there is already a run named {run_id}; give another --name")
    holder = _under_way(store, machine)
    given: dict[str, Any] = {"workflow": request.workflow}
    asked = {"accounts": accounts, "regions": regions}
    given |= {name: value for name, value in asked.items() if value}
    flags = {"dry_run": request.dry_run, "wait": request.wait}
    given |= {name: True for name, value in flags.items() if value}
    machine.start(run_id, given)
    waits = request.wait or (own is not None and own.overlap == "wait")
    if holder is not None and not waits:
        warn(f"run {holder} is under way, so this one will be skipped; --wait would let it wait")
    elif holder is not None:
        inform(f"Run {holder} is under way; this one begins when it has ended.")
    return run_id


def _under_way(store: Readable, machine: Machine) -> str | None:
    """Return the run that holds the claim and is under way; a stopped one leaves its claim."""
    claim = store.find_json(CLAIM)
    if claim is None:
        return None
    execution = machine.find(claim["run_id"])
    return claim["run_id"] if execution is not None and execution.is_under_way else None


def current_run(store: Readable, machine: Machine) -> str:
    """Return the run under way, or else the newest one. Raises UsageError if there is none."""
    holder = _under_way(store, machine)
    if holder is not None:
        return holder
    newest = next(machine.executions(), None)
    if newest is None:
        raise UsageError("there is no run yet; `ebbtide runs start` starts one")
    return newest.run_id


def stop_run(source: Source, run_id: str) -> None:
    """Stop a run, and say what it leaves. Raises UsageError if it is not under way."""
    store = source.open()
    machine = machine_of(source, store)
    execution = machine.find(run_id)
    if execution is None:
        raise UsageError(f"run not found: {run_id}; `ebbtide runs list` lists the runs")
    if not execution.is_under_way:
        outcome = execution.outcome.replace("_", " ")
        raise UsageError(f"run {run_id} is not under way: {outcome}; there is nothing to stop")
    machine.stop(run_id)
    result = result_of(store, run_id, in_full=True)
    say(f"Stopped run {run_id}.")
    for line in remains(list(steps_left(store, run_id)), result):
        say(line)


def remains(left: list[str], result: RunResult) -> list[str]:
    """Return what a stopped run leaves undone, and what the next run does about it."""
    if result.run is None:
        return ["It had not begun: nothing was read or changed."]
    found = [f"Not done: {listed(left)}."] if left else []
    if "collect" in left:
        found.append("The last snapshot stays current. The next run collects everything again.")
    statuses = [
        progress["status"]
        for state in result.cleanup_states.values()
        for progress in state["resources"].values()
    ]
    deleting = statuses.count("deleting") + statuses.count("pending")
    if statuses and "cleanup" in left:
        untouched = sum(one in ("planned", "preparing", "prepared") for one in statuses)
        found += [
            f"Cleanup: {statuses.count('gone')} gone, {deleting} being deleted by AWS, "
            f"{untouched} not deleted.",
            "AWS completes what it has accepted, and the current tick may still make calls for up "
            "to 5 minutes.",
            "The next run that cleans up confirms these deletions, and plans the rest again.",
        ]
    found.append("The next run takes over the claim; there is nothing to reset.")
    return found
