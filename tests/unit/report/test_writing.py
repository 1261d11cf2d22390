"""The report of a run is written at its end, and is the same each time it is written."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
import zstandard
from moto import mock_aws

from ebbtide.base.errors import MissingError
from ebbtide.base.json_lines import encode_line
from ebbtide.deployment.inputs import RunRequest
from ebbtide.deployment.settings import Settings
from ebbtide.report import writing
from ebbtide.report.data import report_data
from ebbtide.report.problems import problems_of
from ebbtide.report.runs import result_of
from ebbtide.report.writing import write_report
from ebbtide.store.bucket import Bucket
from ebbtide.store.keys import CLAIM
from tests.support.memory_s3 import MemoryS3
from tests.support.reported_runs import KEYS, RUN, Estate, priced
from tests.support.snapshots import DEV

SETTINGS = Settings("bucket", DEV, aws_region="us-east-1")
REQUEST = RunRequest(run_id=RUN)
KEY = "runs/run-1/report.html"


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    # The page itself has tests of its own.
    monkeypatch.setattr(writing, "page", lambda data: f"<!doctype html>ü {data['run']['id']}")


@pytest.fixture
def client() -> MemoryS3:
    return MemoryS3()


def filled(client: Any, config: str = "{}") -> Bucket:
    """Return a bucket with a run that has measured, and holds the claim."""
    lines = [priced("aws_ec2_volume", "vol-1", DEV, 8.0)]
    bucket = Bucket(client, "bucket")
    for key, value in Estate({DEV: lines}, config=config).written().objects.items():
        if key.endswith(".jsonl.zst"):
            body = zstandard.compress(b"".join(map(encode_line, value)))
            client.put_object(Bucket="bucket", Key=key, Body=body)
        else:
            bucket.write_json(key, value)
    bucket.write_json(KEYS.metrics("samples.json"), [])
    bucket.write_json(CLAIM, {"run_id": RUN})
    return bucket


@mock_aws
def test_a_browser_shows_the_report_as_html_in_utf_8() -> None:
    client = boto3.client("s3", region_name="us-east-1")
    client.create_bucket(Bucket="bucket")
    assert write_report(REQUEST, filled(client), SETTINGS) == KEY
    found = client.get_object(Bucket="bucket", Key=KEY)
    assert found["ContentType"] == "text/html; charset=utf-8"
    assert found["Body"].read().decode() == "<!doctype html>ü run-1"


def test_writing_it_twice_changes_nothing(client: Any) -> None:
    bucket = filled(client)
    first = [_written(bucket, write_report(REQUEST, bucket, SETTINGS)) for _ in range(2)]
    assert first[0] == first[1]


def _written(bucket: Bucket, key: str) -> tuple[str, Any]:
    return bucket.read_text(key), bucket.read_json("runs/run-1/report.json")


def test_later_reports_show_its_row(client: Any) -> None:
    bucket = filled(client)
    write_report(REQUEST, bucket, SETTINGS)
    noted = bucket.read_json("runs/run-1/report.json")
    assert noted["format"] == 1
    assert (noted["row"]["run"], noted["row"]["monthly"]) == (RUN, 8.0)


def test_the_configuration_may_want_none(client: Any) -> None:
    bucket = filled(client, "report: {enabled: false}")
    assert write_report(REQUEST, bucket, SETTINGS) == ""
    assert list(bucket.keys("runs/run-1/report")) == []


def test_a_snapshot_that_is_missing_leaves_no_report(client: Any) -> None:
    bucket = filled(client)
    bucket.delete(KEYS.manifest)
    with pytest.raises(MissingError):
        write_report(REQUEST, bucket, SETTINGS)
    assert list(bucket.keys(KEY)) == []


def problems(bucket: Bucket) -> list[str]:
    return [one.error for one in problems_of(bucket, result_of(bucket, RUN, in_full=True))]


def test_a_missing_report_is_a_problem_of_a_run_that_has_ended(client: Any) -> None:
    bucket = filled(client)
    # The run is under way: its report is still being written.
    assert problems(bucket) == []
    bucket.delete(CLAIM)
    assert problems(bucket) == ["no report was written; see the log of the report function"]
    write_report(REQUEST, bucket, SETTINGS)
    assert problems(bucket) == []


def test_a_run_of_an_older_version_lacks_no_report(client: Any) -> None:
    bucket = filled(client)
    bucket.delete(CLAIM)
    record = bucket.read_json(KEYS.run)
    del record["config"]["report"]
    bucket.write_json(KEYS.run, record)
    assert problems(bucket) == []


def test_a_run_that_wants_no_report_lacks_none(client: Any) -> None:
    bucket = filled(client, "report: {enabled: false}")
    bucket.delete(CLAIM)
    assert problems(bucket) == []


def test_the_report_itself_names_no_missing_report(client: Any) -> None:
    assert report_data(filled(client), RUN)["problems"] == []
