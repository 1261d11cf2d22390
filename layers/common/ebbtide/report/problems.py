"""What went wrong in a run, per account and region, with AWS's error."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ebbtide.report.gaps import STALE, gaps_in
from ebbtide.report.runs import Record, RunResult
from ebbtide.report.words import missing_permission
from ebbtide.store.keys import RunKeys
from ebbtide.store.readable import Readable

# Endings of resources that somebody may have to do something about.
_BAD_ENDINGS = ("failed", "skipped", "left_behind")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that went wrong; no account, regions or subjects means all of the run or account.

    `subjects` are kinds, graph ids, or names of jobs or automations.
    """

    step: str
    state: str
    error: str
    account: str | None = None
    regions: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()

    @property
    def permission(self) -> str:
        return missing_permission(self.error)


def problems_of(store: Readable, result: RunResult) -> Iterator[Problem]:
    """Yield the problems of a run in the order of its steps; `result` was read in full."""
    yield from _collecting(store, result)
    if result.plan is not None:
        yield from _planning(result.plan)
    for account, state in result.cleanup_states.items():
        yield from _cleaning(account, state)
    if result.lacks_report:
        error = "no report was written; see the log of the report function"
        yield Problem("generate_metrics", "failed", error)
    for answer in result.automations:
        if answer["outcome"] != "answered":
            ended = "held" if answer["reaction"] == "hold" else str(answer["outcome"])
            error = f"{answer['why']} ({answer['error']}, at {answer['event']})"
            yield Problem("automations", ended, error, subjects=(str(answer["automation"]),))
    for job in result.jobs:
        if job.get("error"):
            yield Problem("jobs", "failed", str(job["error"]), subjects=(str(job["job"]),))
    if result.cloudwatch is not None:
        yield from _publishing(result.cloudwatch)
    yield from _measuring(store, result)


def _collecting(store: Readable, result: RunResult) -> Iterator[Problem]:
    if result.manifest is None:
        return
    for account in result.manifest.missing:
        yield Problem("collect", "missing", "the account has never been read", account)
    for entry in result.manifest.accounts:
        if entry.stale_since is not None and entry.account not in result.accounts:
            continue  # this run was not started for it
        for gap in gaps_in(store, entry):
            if gap.state == "not_asked":
                continue
            error = gap.error
            if gap.state == STALE:
                error = f"the account could not be merged; {error}"
            yield Problem("collect", gap.state, error, gap.account, gap.regions, gap.kinds)


def _planning(summary: Record) -> Iterator[Problem]:
    for account in summary["unplanned_accounts"]:
        error = "no plan was made; see the log of the plan function"
        yield Problem("cleanup_plan", "failed", error, account)
    for reason in summary["exceeded"]:
        yield Problem("cleanup_plan", "held", reason)


def _cleaning(account: str, state: Record) -> Iterator[Problem]:
    found: dict[tuple[str, str, str], list[str]] = {}
    for name, progress in state["resources"].items():
        if progress["status"] in _BAD_ENDINGS:
            region = name.split("/", 3)[1]
            key = (progress["status"], progress["reason"], region)
            found.setdefault(key, []).append(name)
    for (status, reason, region), names in found.items():
        yield Problem("cleanup", status, reason, account, (region,), tuple(names))


def _publishing(told: Record) -> Iterator[Problem]:
    left = [group for group in told["groups"] if group["left_out"]]
    if left:
        names = tuple(cloudwatch_group(group) for group in left)
        count = sum(group["left_out"] for group in left)
        error = (
            f"{count} of {told['wanted']} metrics are not in CloudWatch: all would cost "
            f"{told['wanted_monthly']:.2f} USD a month, and metrics.cloudwatch.budget_usd is "
            f"{told['budget']:g}"
        )
        yield Problem("generate_metrics", "left_out", error, subjects=names)
    if told["unknown"]:
        error = "metrics.cloudwatch names what no metric has"
        yield Problem("generate_metrics", "unknown", error, subjects=tuple(told["unknown"]))


def cloudwatch_group(group: Record) -> str:
    """Return a metric, and the labels by which it is wanted: `ResourcesFound by kind`."""
    by = f" by {', '.join(group['by'])}" if group["by"] else ""
    return f"{group['metric']}{by}"


def _measuring(store: Readable, result: RunResult) -> Iterator[Problem]:
    """Yield the metrics that failed, each with the account in which it did."""
    found = store.find_json(RunKeys(result.run_id).failed_metrics) or {"accounts": {}}
    for account, failed in found["accounts"].items():
        for metric, error in failed.items():
            yield Problem("generate_metrics", "failed", error, account, subjects=(metric,))
