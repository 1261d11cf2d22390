"""The definitions of all metrics; docs/metrics.md is generated from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

GIBIBYTE = 1024**3

type Unit = Literal["Count", "Bytes", "Percent", "Seconds", "USD"]
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


@dataclass(frozen=True, slots=True)
class ResourceMetric:
    """A metric that counts resources of some kinds, or adds up one of their properties.

    The property is multiplied by `factor`. Only resources whose properties equal `where` count.
    Labels that do not name the place of a resource are properties, too.
    """

    metric: Metric
    kinds: tuple[str, ...]
    property: str | None = None
    factor: int = 1
    where: Mapping[str, str] = field(default_factory=dict)


PLACE = ("account", "region")

RESOURCES = Metric(
    "ResourcesFound", "ebbtide_resources", "Resources in the snapshot", labels=(*PLACE, "kind")
)
STALE = Metric(
    "ResourcesStale",
    "ebbtide_resources_stale",
    "Resources carried over from an earlier snapshot because this run could not read them",
    labels=(*PLACE, "kind"),
)

RESOURCE_METRICS = (
    ResourceMetric(
        Metric(
            "Instances",
            "ebbtide_instances",
            "Instances in any state",
            labels=(*PLACE, "instance_type", "instance_status"),
        ),
        ("instance",),
    ),
    ResourceMetric(
        Metric(
            "InstanceCores",
            "ebbtide_instance_cores",
            "Virtual CPUs of running instances",
            labels=(*PLACE, "instance_type"),
        ),
        ("instance",),
        property="instance_cores",
        where={"instance_status": "running"},
    ),
    ResourceMetric(
        Metric(
            "Volumes",
            "ebbtide_volumes",
            "Block storage volumes",
            labels=(*PLACE, "volume_type", "volume_status"),
        ),
        ("volume",),
    ),
    ResourceMetric(
        Metric(
            "VolumeBytes",
            "ebbtide_volume_bytes",
            "Total size of the block storage volumes",
            "Bytes",
            (*PLACE, "volume_type", "volume_status"),
        ),
        ("volume",),
        property="volume_size",
        factor=GIBIBYTE,
    ),
    ResourceMetric(
        Metric(
            "LoadBalancers",
            "ebbtide_load_balancers",
            "Load balancers of all types",
            labels=(*PLACE, "lb_type"),
        ),
        ("load_balancer",),
    ),
    ResourceMetric(
        Metric("Buckets", "ebbtide_buckets", "Object storage buckets", labels=PLACE), ("bucket",)
    ),
    ResourceMetric(
        Metric("Databases", "ebbtide_databases", "Databases and tables", labels=(*PLACE, "kind")),
        ("database",),
    ),
    ResourceMetric(
        Metric("Snapshots", "ebbtide_snapshots", "Snapshots", labels=(*PLACE, "kind")),
        ("snapshot",),
    ),
)

_CHOICE = ("account", "kind", "rule")
PLANNED = Metric(
    "ResourcesPlanned", "ebbtide_resources_planned", "Resources in the plan", labels=_CHOICE
)
REFUSED = Metric(
    "ResourcesRefused",
    "ebbtide_resources_refused",
    "Selected resources that must stay",
    labels=(*_CHOICE, "code"),
)
UNDECIDED = Metric(
    "ResourcesUndecided",
    "ebbtide_resources_undecided",
    "Selected resources that stay because the evidence is incomplete",
    labels=(*_CHOICE, "code"),
)
CLEANED = Metric(
    "ResourcesCleaned",
    "ebbtide_resources_cleaned",
    "Resources whose deletion is confirmed",
    labels=_CHOICE,
)
HELD = Metric(
    "ResourcesHeld",
    "ebbtide_resources_held",
    "Planned resources that are held",
    labels=_CHOICE,
)
SAVINGS_PLANNED = Metric(
    "SavingsPlanned",
    "ebbtide_savings_planned_monthly",
    "What the planned resources cost a month",
    "USD",
    _CHOICE,
)
WOULD_DELETE = Metric(
    "DeletesSimulated",
    "ebbtide_deletes_simulated",
    "Resources that a dry run would have deleted",
    labels=_CHOICE,
)
SKIPPED = Metric(
    "DeletesSkipped",
    "ebbtide_deletes_skipped",
    "Planned resources that were not touched",
    labels=_CHOICE,
)
FAILED = Metric(
    "DeletesFailed",
    "ebbtide_deletes_failed",
    "Planned resources whose deletion failed, or that the run never came to",
    labels=_CHOICE,
)
LEFT_BEHIND = Metric(
    "DeletesLeftBehind",
    "ebbtide_deletes_left_behind",
    "Resources that outlived the owner they were to go with",
    labels=_CHOICE,
)
PENDING = Metric(
    "DeletesPending",
    "ebbtide_deletes_pending",
    "Deletions that AWS accepted and that the next run confirms",
    labels=_CHOICE,
)
NEWLY_FAILED = Metric(
    "DeletesNewlyFailed",
    "ebbtide_deletes_newly_failed",
    "Failures and refusals that are news: the first one for a reason, or the 10th, 30th, 100th",
    labels=_CHOICE,
)
COVERAGE = Metric(
    "CoverageEntries",
    "ebbtide_coverage",
    "Kinds per region, by how completely they were read",
    labels=(*PLACE, "state"),
)
COVERAGE_PERCENT = Metric(
    "CoveragePercent",
    "ebbtide_coverage_percent",
    "Share of coverage entries that are complete, unavailable, skipped or locked",
    "Percent",
)
ACCOUNTS = Metric("AccountsCollected", "ebbtide_accounts", "Accounts in the snapshot")
ACCOUNTS_INCOMPLETE = Metric(
    "AccountsIncomplete",
    "ebbtide_accounts_incomplete",
    "Accounts that were not read or measured completely",
)

OUTCOME_METRICS = {
    "gone": CLEANED,
    "would_delete": WOULD_DELETE,
    "skipped": SKIPPED,
    "left_behind": LEFT_BEHIND,
    "failed": FAILED,
    "pending": PENDING,
}

# Metrics that are counted per account and added up for the fleet.
SUMMED = (
    RESOURCES,
    STALE,
    *(entry.metric for entry in RESOURCE_METRICS),
    PLANNED,
    REFUSED,
    UNDECIDED,
    HELD,
    SAVINGS_PLANNED,
    *OUTCOME_METRICS.values(),
    NEWLY_FAILED,
    COVERAGE,
)

FLEET = (ACCOUNTS, ACCOUNTS_INCOMPLETE, COVERAGE_PERCENT)

METRICS = {metric.series: metric for metric in (*SUMMED, *FLEET)}

# CloudWatch gets the coverage as a percentage; the entries per state are detail.
NOT_IN_CLOUDWATCH = frozenset({COVERAGE.series})

# What version 0.1 wrote to CloudWatch, besides the resources by kind.
TODAY = tuple(
    metric
    for metric in (*SUMMED, *FLEET)
    if metric not in (HELD, SAVINGS_PLANNED) and metric.series not in NOT_IN_CLOUDWATCH
)
