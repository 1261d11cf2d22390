"""Adds up all accounts and writes the metrics to the bucket and to CloudWatch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ebbtide.aws import call_answer, own_session
from ebbtide.base.errors import PlanError
from ebbtide.deployment.inputs import SnapshotRequest
from ebbtide.deployment.settings import Settings
from ebbtide.graph import read_manifest
from ebbtide.metrics.choosing import metrics_of
from ebbtide.metrics.cloudwatch import select
from ebbtide.metrics.combining import combined_samples
from ebbtide.metrics.openmetrics import CONTENT_TYPE, openmetrics_text
from ebbtide.model.call import Call
from ebbtide.store.run import holds_claim, read_run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

# PutMetricData accepts 1,000 metrics and 1 MB per call; 500 stay well below both.
VALUES_PER_CALL = 500
PUT_METRIC_DATA = Call(
    "cloudwatch", "put_metric_data", Namespace="{namespace}", MetricData="{data}"
)


def publish_metrics(request: SnapshotRequest, bucket: Bucket, settings: Settings) -> dict[str, Any]:
    """Write all samples as JSON and OpenMetrics text, and what the budget allows to CloudWatch.

    Every value is timestamped with the start of the run, so a retry adds to the same data point.
    Read these gauges with the statistic Maximum or Average, never with Sum. Raises PlanError if the
    run has lost its claim.
    """
    run = read_run(bucket, request.run_id)
    if not holds_claim(bucket, run.run_id):
        raise PlanError(
            f"run {run.run_id} no longer holds the claim; its metrics are not published"
        )
    manifest = read_manifest(bucket, request.manifest)
    samples = combined_samples(run, bucket, manifest)
    bucket.write_json(run.keys.metrics("samples.json"), [sample.to_json() for sample in samples])
    metrics = metrics_of(run.config)
    text = openmetrics_text(samples, run.started.timestamp(), metrics)
    bucket.write_text(run.keys.metrics("metrics.txt"), text, CONTENT_TYPE)
    # The sums of a limited run are those of its accounts, and would look like a collapse.
    if run.asked.is_limited:
        return {"samples": len(samples), "series": 0}
    chosen = select(samples, metrics, run.config.metrics)
    bucket.write_json(run.keys.cloudwatch, chosen.to_json(run.config.metrics.cloudwatch))
    _put(settings, [value.datum(run.started) for value in chosen.written])
    return {"samples": len(samples), "series": len(chosen.written)}


def _put(settings: Settings, data: list[dict[str, Any]]) -> None:
    own = own_session(settings.account_id, settings.partition)
    for start in range(0, len(data), VALUES_PER_CALL):
        chunk = data[start : start + VALUES_PER_CALL]
        document = {"namespace": settings.metrics_namespace, "data": chunk}
        call_answer(own, PUT_METRIC_DATA, settings.aws_region, document)
