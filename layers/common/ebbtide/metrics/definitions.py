"""All metrics that Ebbtide has by itself; docs/metrics.md is generated from them.

Those of resources are searches, which ebbtide.config.default_metrics defines as users define theirs
(`metrics.definitions`). The others are built in, because no search sees what they count: the plan,
the cleanup, how completely and when accounts were read, and the run itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ebbtide.config.default_metrics import DEFAULTS
from ebbtide.config.metric_names import (
    PREFIX,
    UNKNOWN_NAME,
    UNKNOWN_SUFFIX,
    cloudwatch_name,
    labels_of_default,
)
from ebbtide.config.metrics import MetricDefinition, MetricUnit

type Unit = MetricUnit
# How the samples of a series become one value for the fleet; None: they cannot.
type Fold = Literal["sum", "max", "min"] | None


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric: `name` in CloudWatch, `series` in OpenMetrics and the JSON samples."""

    name: str
    series: str
    help: str
    unit: Unit = "Count"
    labels: tuple[str, ...] = ()
    fold: Fold = "sum"

    @property
    def unknown(self) -> Metric:
        """The metric that counts what is left out of this one because its value is unknown."""
        return Metric(
            self.name + UNKNOWN_NAME,
            self.series + UNKNOWN_SUFFIX,
            f"Left out, because the value is unknown: {self.help[0].lower()}{self.help[1:]}",
            labels=self.labels,
        )


def _of_default(name: str, definition: MetricDefinition) -> Metric:
    labels = labels_of_default(definition.search)
    series = PREFIX + name
    return Metric(cloudwatch_name(series), series, definition.help, definition.unit, labels)


OF_RESOURCES: Mapping[str, Metric] = {
    name: _of_default(name, definition) for name, definition in DEFAULTS.items()
}
RESOURCES = OF_RESOURCES["resources"]
STALE = OF_RESOURCES["resources_stale"]
MONTHLY_COST = OF_RESOURCES["monthly_cost"]

_CHOICE = ("account", "kind", "rule", "owner")


def _built_in(
    series: str,
    help: str,
    *labels: str,
    unit: Unit = "Count",
    fold: Fold = "sum",
) -> Metric:
    return Metric(cloudwatch_name(PREFIX + series), PREFIX + series, help, unit, labels, fold)


PLANNED = _built_in("resources_planned", "Resources in the plan", *_CHOICE)
REFUSED = _built_in("resources_refused", "Selected resources that must stay", *_CHOICE, "code")
UNDECIDED = _built_in(
    "resources_undecided",
    "Selected resources that stay because the evidence is incomplete",
    *_CHOICE,
    "code",
)
HELD = _built_in("resources_held", "Planned resources that are held", *_CHOICE)
CLEANED = _built_in("resources_cleaned", "Resources whose deletion is confirmed", *_CHOICE)
WOULD_DELETE = _built_in(
    "deletes_simulated", "Resources that a dry run would have deleted", *_CHOICE
)
SKIPPED = _built_in("deletes_skipped", "Planned resources that were not touched", *_CHOICE)
FAILED = _built_in(
    "deletes_failed",
    "Planned resources whose deletion failed, or that the run never came to",
    *_CHOICE,
)
LEFT_BEHIND = _built_in(
    "deletes_left_behind", "Resources that outlived the owner they were to go with", *_CHOICE
)
PENDING = _built_in(
    "deletes_pending", "Deletions that AWS accepted and that the next run confirms", *_CHOICE
)
NEWLY_FAILED = _built_in(
    "deletes_newly_failed",
    "Failures and refusals that are news: the first one for a reason, or the 10th, 30th, 100th",
    *_CHOICE,
)
SAVINGS_PLANNED = _built_in(
    "savings_planned_monthly",
    "List price per month of the planned resources",
    *_CHOICE,
    unit="USD",
)
SAVINGS_REALISED = _built_in(
    "savings_realised_monthly",
    "List price per month of the resources that this run deleted",
    *_CHOICE,
    unit="USD",
)
COVERAGE = _built_in(
    "coverage",
    "Kinds per region, by how completely they were read",
    "account",
    "region",
    "state",
)
READS_FAILED = _built_in(
    "reads_failed",
    "Kinds per region that could not be read completely, by service",
    "account",
    "service",
    "state",
)
CALLS = _built_in("calls", "Requests that the run sent to read the account", "account", "service")
THROTTLED = _built_in("calls_throttled", "Requests that AWS throttled", "account", "service")
WAITED = _built_in(
    "calls_waited_seconds",
    "Time that requests waited for rate limits, in all threads together",
    "account",
    "service",
    unit="Seconds",
)
DATA_AGE = _built_in(
    "data_age_seconds",
    "Time since the oldest of what is known of the account was read",
    "account",
    unit="Seconds",
    fold="max",
)
ACCOUNT_INFO = _built_in(
    "account_info", "1 for each account, with its name", "account", "name", fold="sum"
)
METRICS_UNDECIDED = _built_in(
    "metrics_undecided",
    "Resources of which it is unknown whether they match the search of a metric",
    "account",
    "metric",
)
METRICS_FAILED = _built_in(
    "metrics_failed", "Accounts in which a metric could not be calculated", "metric"
)
ACCOUNTS = _built_in("accounts", "Accounts in the snapshot")
ACCOUNTS_INCOMPLETE = _built_in(
    "accounts_incomplete", "Accounts that were not read or measured completely"
)
COVERAGE_PERCENT = _built_in(
    "coverage_percent",
    "Share of coverage entries that are complete, unavailable, skipped or locked",
    unit="Percent",
    fold="min",
)
RUN_SECONDS = _built_in(
    "run_seconds", "Time from the start of the run to its metrics", unit="Seconds", fold="max"
)
RUN_COST = _built_in(
    "run_cost_estimate", "What the run itself costs (docs/costs.md)", unit="USD", fold="max"
)

OUTCOME_METRICS = {
    "gone": CLEANED,
    "would_delete": WOULD_DELETE,
    "skipped": SKIPPED,
    "left_behind": LEFT_BEHIND,
    "failed": FAILED,
    "pending": PENDING,
}

BUILT_IN = (
    PLANNED,
    REFUSED,
    UNDECIDED,
    HELD,
    *OUTCOME_METRICS.values(),
    NEWLY_FAILED,
    SAVINGS_PLANNED,
    SAVINGS_PLANNED.unknown,
    SAVINGS_REALISED,
    SAVINGS_REALISED.unknown,
    COVERAGE,
    READS_FAILED,
    CALLS,
    THROTTLED,
    WAITED,
    DATA_AGE,
    ACCOUNT_INFO,
    METRICS_UNDECIDED,
)

# Counted per account, and added up for the fleet or folded.
SUMMED = (*OF_RESOURCES.values(), *BUILT_IN)

# Only for all accounts together.
FLEET = (ACCOUNTS, ACCOUNTS_INCOMPLETE, COVERAGE_PERCENT, RUN_SECONDS, RUN_COST, METRICS_FAILED)

METRICS = {metric.series: metric for metric in (*SUMMED, *FLEET)}

# What version 0.1 wrote to CloudWatch, besides the resources by kind, and which of its series have
# another name now.
TODAY = (
    RESOURCES,
    STALE,
    *(
        OF_RESOURCES[name]
        for name in (
            "instances_total",
            "cores_total",
            "volumes_total",
            "volume_bytes",
            "load_balancers_total",
            "buckets_total",
            "databases_total",
            "snapshots_total",
        )
    ),
    PLANNED,
    REFUSED,
    UNDECIDED,
    *OUTCOME_METRICS.values(),
    NEWLY_FAILED,
    ACCOUNTS,
    ACCOUNTS_INCOMPLETE,
    COVERAGE_PERCENT,
)
RENAMED: Mapping[str, str] = {
    "ebbtide_instances": "ebbtide_instances_total",
    "ebbtide_instance_cores": "ebbtide_cores_total",
    "ebbtide_volumes": "ebbtide_volumes_total",
    "ebbtide_load_balancers": "ebbtide_load_balancers_total",
    "ebbtide_buckets": "ebbtide_buckets_total",
    "ebbtide_databases": "ebbtide_databases_total",
    "ebbtide_snapshots": "ebbtide_snapshots_total",
}
