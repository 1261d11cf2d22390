"""The names and labels of metrics that a configuration may name, or that it must not take."""

from __future__ import annotations

from collections.abc import Mapping

# Every series begins with it, so that nobody confuses it with those of other programs.
PREFIX = "ebbtide_"
# Ends the series that counts what is left out of a sum because its value is unknown, and its name
# in CloudWatch.
UNKNOWN_SUFFIX, UNKNOWN_NAME = "_unknown", "Unknown"
_CHOICE = ("account", "kind", "rule", "owner")

# The labels of each series that no search computes; a test compares them with
# ebbtide.metrics.definitions.
BUILT_IN_SERIES: Mapping[str, tuple[str, ...]] = {
    PREFIX + "account_info": ("account", "name"),
    PREFIX + "accounts": (),
    PREFIX + "accounts_incomplete": (),
    PREFIX + "calls": ("account", "service"),
    PREFIX + "calls_throttled": ("account", "service"),
    PREFIX + "calls_waited_seconds": ("account", "service"),
    PREFIX + "coverage": ("account", "region", "state"),
    PREFIX + "coverage_percent": (),
    PREFIX + "data_age_seconds": ("account",),
    PREFIX + "deletes_failed": _CHOICE,
    PREFIX + "deletes_left_behind": _CHOICE,
    PREFIX + "deletes_newly_failed": _CHOICE,
    PREFIX + "deletes_pending": _CHOICE,
    PREFIX + "deletes_simulated": _CHOICE,
    PREFIX + "deletes_skipped": _CHOICE,
    PREFIX + "metrics_failed": ("metric",),
    PREFIX + "metrics_undecided": ("account", "metric"),
    PREFIX + "reads_failed": ("account", "service", "state"),
    PREFIX + "resources_cleaned": _CHOICE,
    PREFIX + "resources_held": _CHOICE,
    PREFIX + "resources_planned": _CHOICE,
    PREFIX + "resources_refused": (*_CHOICE, "code"),
    PREFIX + "resources_undecided": (*_CHOICE, "code"),
    PREFIX + "run_cost_estimate": (),
    PREFIX + "run_seconds": (),
    PREFIX + "savings_planned_monthly": _CHOICE,
    PREFIX + "savings_planned_monthly_unknown": _CHOICE,
    PREFIX + "savings_realised_monthly": _CHOICE,
    PREFIX + "savings_realised_monthly_unknown": _CHOICE,
}

# CloudWatch gets the coverage as a percentage; the entries per state are detail.
NOT_IN_CLOUDWATCH = frozenset({PREFIX + "coverage", PREFIX + "account_info"})

# Names in CloudWatch that do not follow from the name of the metric.
_NAMES: Mapping[str, str] = {
    "accounts": "AccountsCollected",
    "resources": "ResourcesFound",
    "resources_stale": "ResourcesStale",
    "cores_total": "InstanceCores",
    "savings_planned_monthly": "SavingsPlanned",
    "savings_planned_monthly_unknown": "SavingsPlannedUnknown",
    "savings_realised_monthly": "SavingsRealised",
    "savings_realised_monthly_unknown": "SavingsRealisedUnknown",
}


def cloudwatch_name(series: str) -> str:
    """Return the name in CloudWatch: that of ebbtide_volumes_total is Volumes."""
    name = series.removeprefix(PREFIX)
    if name in _NAMES:
        return _NAMES[name]
    return "".join(part.capitalize() for part in name.removesuffix("_total").split("_"))


def labels_of_default(search: str) -> tuple[str, ...]:
    """Return the labels of a default metric; a test compares them with those of its parsed search.

    The parser of searches takes 0.1 s to load.
    """
    groups = search.removeprefix("aggregate(").partition(": ")[0].split(", ")
    return tuple(group.rpartition(" as ")[2] for group in groups)
