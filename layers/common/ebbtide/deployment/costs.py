"""What a run costs, estimated from what it counted; docs/costs.md explains the model.

Prices are those of us-east-1 and arm64 in US dollars, free tiers not subtracted.
"""

from __future__ import annotations

from dataclasses import dataclass

TRANSITION = 0.025 / 1000
GB_SECOND = 0.0000133334
REQUEST = 0.20 / 1_000_000
PUT, GET = 0.005 / 1000, 0.0004 / 1000
EVENT = 1.00 / 1_000_000
# CloudWatch's GetMetricData, per metric that is asked for (collect.last_use).
METRIC_ASKED = 0.01 / 1000
MB_IN_GB = 1024

COLLECT_GB = 1769 / MB_IN_GB
GRAPH_GB = 3008 / MB_IN_GB
REPORT_GB = 1769 / MB_IN_GB
RUN_GB = 1.0
# Seconds in which a task starts and makes its clients, a function of the graph works on an account,
# a function of the run starts, and adds up one account, and the report reads one.
TASK_START, GRAPH_SECONDS, RUN_START, PER_ACCOUNT, REPORTED = 1.8, 2.0, 2.0, 0.02, 0.3
TRANSITIONS_A_TICK = 3


@dataclass(frozen=True, slots=True)
class Counters:
    """What a run counted; what it did not do is 0.

    `accounts` are those that it covered, `call_seconds` the total duration of the calls of the
    step collect, which run `threads` at a time, and `ticks` the ticks of all cleanups.
    """

    accounts: int = 0
    tasks: int = 0
    call_seconds: float = 0.0
    threads: int = 16
    metrics_asked: int = 0
    planned_accounts: int = 0
    measured_accounts: int = 0
    ticks: int = 0
    steps: int = 0


def cost_of(counters: Counters) -> float:
    """Return the estimated dollars of one run; an idle stack costs metrics and storage besides."""
    return (
        _collect(counters)
        + _graphs(counters)
        + _cleanup(counters)
        + _report(counters)
        + _transitions(counters) * TRANSITION
        + counters.steps * (RUN_START + counters.accounts * PER_ACCOUNT) * RUN_GB * GB_SECOND
        + 3 * counters.steps * EVENT
    )


def _collect(counters: Counters) -> float:
    seconds = counters.tasks * TASK_START + counters.call_seconds / max(1, counters.threads)
    objects = counters.tasks * 4 * PUT + counters.tasks * 4 * GET
    asked = counters.metrics_asked * METRIC_ASKED
    return seconds * COLLECT_GB * GB_SECOND + counters.tasks * REQUEST + objects + asked


def _graphs(counters: Counters) -> float:
    """Merging, planning and measuring accounts."""
    merged = counters.accounts if counters.tasks else 0
    works = merged + counters.planned_accounts + counters.measured_accounts
    each = GRAPH_SECONDS * GRAPH_GB * GB_SECOND + REQUEST + 9 * GET + 2 * PUT
    return works * each


def _cleanup(counters: Counters) -> float:
    return counters.ticks * (RUN_START * RUN_GB * GB_SECOND + REQUEST)


def _report(counters: Counters) -> float:
    accounts = counters.measured_accounts
    if not accounts:
        return 0.0
    seconds = RUN_START + accounts * REPORTED
    return seconds * REPORT_GB * GB_SECOND + REQUEST + 2 * PUT + (190 + 6 * accounts) * GET


def _transitions(counters: Counters) -> int:
    """Return the transitions: two for each child of a map, and 7 for each step."""
    maps = counters.tasks + counters.planned_accounts + counters.measured_accounts
    maps += counters.accounts if counters.tasks else 0
    return 2 * maps + 7 * counters.steps + TRANSITIONS_A_TICK * counters.ticks
