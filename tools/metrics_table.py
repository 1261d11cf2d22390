"""Write docs/metrics.md from the definitions of the metrics; --check only compares."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from ebbtide.config.metric_names import NOT_IN_CLOUDWATCH
from ebbtide.metrics.cloudwatch import DEFAULT_SERIES
from ebbtide.metrics.definitions import (
    FLEET,
    SUMMED,
    Metric,
)
from tools.generated import write_or_check

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "metrics.md"
INTRODUCTION = """\
# Metrics

<!-- Written by tools/metrics_table.py from layers/common/ebbtide/metrics/definitions.py. -->

Every run with the step `generate_metrics` counts the resources it found, planned and deleted, and
writes the figures to three places:

- `runs/<run_id>/metrics/samples.json`: every value with all its labels;
- `runs/<run_id>/metrics/metrics.txt`: the same values as OpenMetrics text;
- CloudWatch, in the namespace of the output `MetricsNamespace`: the ten sums below, which its free
  tier covers, and what else [metrics.cloudwatch](metrics-destinations.md#cloudwatch) asks for.

[metrics-destinations.md](metrics-destinations.md) is about these places, the dashboard, Prometheus,
Athena and what they cost.

All of these are gauges: they show the state at one run. Each value has the start time of its run as
its timestamp, so a repeated step writes the same data point twice: use the statistic Maximum or
Average, never Sum.

Metrics of resources are searches; [metric-searches.md](metric-searches.md) has all of them, and
shows how to define your own. What has an unknown value counts in a series of its own, which ends in
`_unknown`, and not as 0.

A resource counts in the account that owns it. What another account shares, such as the VPC of a
shared subnet, and what AWS itself offers, such as its prefix lists, is in the snapshot but in no
metric of resources.

In the metrics of plan and cleanup, each resource counts once, for the first rule that selected it.
[rules.md](rules.md#why-a-selected-resource-stays) lists the values of the label `code`. A workflow
without cleanup writes the metrics of plan and cleanup as 0. If the figures of an account could not
be calculated, the sums do not include it; `AccountsCollected` still counts it.
"""


def text_of() -> str:
    """Return the whole page: the introduction and a table per group of metrics."""
    return "\n".join(
        [
            INTRODUCTION,
            *free_sums(),
            "## Summed over all accounts\n",
            *table(SUMMED),
            "",
            "## Only for all accounts together\n",
            *table(FLEET),
        ]
    )


def free_sums() -> Iterator[str]:
    """Yield the section about what goes to CloudWatch by default."""
    yield "## In CloudWatch by default\n"
    yield f"{', '.join(f'`{name}`' for name in DEFAULT_SERIES)}:"
    yield "each the sum over all accounts, without dimensions. Alarms and the dashboard use them.\n"


def table(metrics: Iterable[Metric]) -> Iterator[str]:
    yield "| CloudWatch | OpenMetrics and JSON | unit | labels | meaning |"
    yield "| --- | --- | --- | --- | --- |"
    for metric in metrics:
        name = "" if metric.series in NOT_IN_CLOUDWATCH else f"`{metric.name}`"
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        yield f"| {name} | `{metric.series}` | {metric.unit} | {labels} | {metric.help} |"


def main(arguments: list[str]) -> int:
    text = text_of().rstrip("\n") + "\n"
    return write_or_check(__doc__, {TARGET: text}, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
