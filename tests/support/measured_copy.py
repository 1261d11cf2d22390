"""Adds metrics to the runs of a copied bucket, as the function that publishes them does."""

from __future__ import annotations

from typing import Any

from ebbtide.config import Config
from ebbtide.metrics.cloudwatch import select
from ebbtide.metrics.definitions import METRICS
from ebbtide.metrics.sample import Sample
from ebbtide.store.keys import RunKeys
from tests.support.snapshots import DEV, PROD, REGION, TIMES, Copy

VOLUME, INSTANCE = "aws_ec2_volume", "aws_ec2_instance"


def samples_of(number: int) -> list[Sample]:
    """The samples of the run with this number; each run found one volume more."""
    dev = {"account": DEV, "region": REGION}
    planned = {"account": DEV, "kind": VOLUME, "rule": "volumes"}
    return [
        Sample("ebbtide_resources", {**dev, "kind": VOLUME}, number),
        Sample("ebbtide_resources", {**dev, "kind": INSTANCE}, 1),
        Sample("ebbtide_resources", {**dev, "account": PROD, "kind": VOLUME}, 1),
        Sample("ebbtide_resources_planned", planned, 2),
        Sample("ebbtide_savings_planned_monthly", planned, 8.5),
        Sample("ebbtide_accounts", {}, 2),
        Sample("ebbtide_accounts_incomplete", {}, 0),
        Sample("ebbtide_coverage_percent", {}, 99.5),
    ]


def write_metrics(copy: Copy, config: Config | None = None) -> Copy:
    """Write the metrics of the three runs, and what of them went to CloudWatch."""
    metrics = (config or Config()).metrics
    for number, run_id in enumerate(TIMES, start=1):
        samples = samples_of(number)
        values: list[Any] = [sample.to_json() for sample in samples]
        copy.write_json(RunKeys(run_id).metrics("samples.json"), values)
        told = select(samples, METRICS, metrics).to_json(metrics.cloudwatch)
        copy.write_json(RunKeys(run_id).cloudwatch, told)
    return copy
