"""The names of metrics that a definition must not take."""

from __future__ import annotations

# Every series begins with it, so that nobody confuses it with those of other programs.
PREFIX = "ebbtide_"
# Ends the series that counts what is left out of a sum because its value is unknown.
UNKNOWN_SUFFIX = "_unknown"

# The series that no search computes; a test compares them with ebbtide.metrics.definitions.
BUILT_IN_SERIES = tuple(
    PREFIX + name
    for name in (
        "account_info",
        "accounts",
        "accounts_incomplete",
        "calls",
        "calls_throttled",
        "calls_waited_seconds",
        "coverage",
        "coverage_percent",
        "data_age_seconds",
        "deletes_failed",
        "deletes_left_behind",
        "deletes_newly_failed",
        "deletes_pending",
        "deletes_simulated",
        "deletes_skipped",
        "metrics_failed",
        "metrics_undecided",
        "reads_failed",
        "resources_cleaned",
        "resources_held",
        "resources_planned",
        "resources_refused",
        "resources_undecided",
        "run_cost_estimate",
        "run_seconds",
        "savings_planned_monthly",
        "savings_planned_monthly_unknown",
        "savings_realised_monthly",
        "savings_realised_monthly_unknown",
    )
)
