"""Writes docs/metrics.md from the definitions of the metrics; --check only compares."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from ebbtide.metrics.definitions import FLEET, NOT_IN_CLOUDWATCH, RESOURCES, SUMMED, Metric
from tools.generated import write_or_check

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "metrics.md"
INTRODUCTION = f"""\
# Metrics

<!-- Written by tools/metrics_table.py from layers/common/ebbtide/metrics/definitions.py. -->

Every run that has the step `generate_metrics` counts what it found, planned and did, and writes it
to three places:

- `runs/<run_id>/metrics/samples.json`: every value with all its labels;
- `runs/<run_id>/metrics/metrics.txt`: the same as OpenMetrics text;
- CloudWatch, in the namespace of the output `MetricsNamespace`: the sum of each metric over all
  accounts, without any dimension, and `{RESOURCES.name}` once more per kind, with the dimension
  `Kind`. `metrics.by_kind: false` leaves out the latter, `metrics.cloudwatch: false` all of it.

All metrics are gauges: the state at one run. Every value carries the time at which its run started,
so that a repeated step writes the same data point twice: read them with the statistic Maximum or
Average, never with Sum. In CloudWatch a sum to which nothing contributed is written as 0, so that
alarms have data. There is no dimension for account or region in CloudWatch because each combination
would be billed as a metric of its own; all detail is in the bucket.

A resource counts once in the metrics of plan and cleanup, for the first rule that selected it. The
label `code` is one of [rules.md](rules.md#why-a-selected-resource-stays). A workflow without
cleanup writes the metrics of plan and cleanup as 0. An account whose figures could not be added up
is missing in the sums; `AccountsCollected` still counts it.
"""


def text_of() -> str:
    """The whole page."""
    return "\n".join(
        [
            INTRODUCTION,
            "## Summed over all accounts\n",
            *table(SUMMED),
            "",
            "## Of the whole fleet\n",
            *table(FLEET),
        ]
    )


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
