"""Writes the report of a run: the last work of the step generate_metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ebbtide.deployment.inputs import RunRequest
from ebbtide.deployment.settings import Settings
from ebbtide.report.data import Document, report_data
from ebbtide.report.history import FORMAT
from ebbtide.report.page import page
from ebbtide.store.run import read_run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

CONTENT_TYPE = "text/html; charset=utf-8"


def write_report(request: RunRequest, bucket: Bucket, settings: Settings) -> str:
    """Write the report of a run, and its row for later reports; return the key of the report.

    Returns "" if the configuration wants none. The run and its snapshot alone determine what is
    written, so a retry writes the same again. Raises MissingError if the snapshot has expired.
    """
    run = read_run(bucket, request.run_id)
    if not run.config.report.enabled:
        return ""
    data = report_data(bucket, run.run_id, region=settings.aws_region)
    bucket.write_json(run.keys.report_row, _row(data))
    bucket.write_text(run.keys.report, page(data), CONTENT_TYPE)
    return run.keys.report


def _row(data: Document) -> Document:
    """Return what later reports show of this run: its row of the history."""
    return {"format": FORMAT, "row": data["history"][-1]}
