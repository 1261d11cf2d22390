"""The deployment's bucket answers directly as it does over the protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from ebbtide.base.errors import ConflictError, MissingError
from ebbtide.store.bucket import Bucket
from tests.integration.workflow import BUCKET, REGION, Workflow
from tests.support import direct_s3


@pytest.fixture
def buckets(workflow: Workflow) -> tuple[Bucket, Bucket]:
    """The bucket of the deployment, and one that is asked over the protocol."""
    client = boto3.client("s3", region_name=REGION)
    client.create_bucket(Bucket="by-protocol")
    return workflow.bucket, Bucket(client, "by-protocol")


def outcome(act: Callable[[], Any], name: str) -> Any:
    try:
        return act()
    except (ConflictError, MissingError) as error:
        return type(error), str(error).replace(name, BUCKET)


def outcomes(bucket: Bucket) -> list[Any]:
    """What one operation after the other returns or raises."""
    old = bucket.write_json("runs/1/a.json", {"a": 1})
    before = bucket.read_stored_text("runs/1/a.json")
    acts: list[Callable[[], Any]] = [
        lambda: old,
        lambda: bucket.read("runs/1/a.json"),
        lambda: bucket.create_json("runs/1/a.json", {}),
        lambda: bucket.create_json("runs/2/b.json", [2]),
        lambda: bucket.replace_json("runs/1/a.json", {"a": 2}, old),
        lambda: bucket.replace_json("runs/1/a.json", {"a": 3}, old),
        lambda: bucket.replace_json("runs/none.json", {}, old),
        lambda: bucket.replace_text("runs/1/a.json", "late", before, "text/plain"),
        lambda: bucket.replace_text("t", "new", bucket.read_stored_text("t"), "text/plain", "me"),
        lambda: bucket.read_bytes("t", 2),
        lambda: bucket.delete_if("runs/1/a.json", old),
        lambda: bucket.write_lines("lines.zst", [{"n": n} for n in range(3)]),
        lambda: list(bucket.read_lines("lines.zst")),
        lambda: bucket.read("none"),
        lambda: list(bucket.line_blocks("none")),
        lambda: bucket.find_json("none"),
        lambda: list(bucket.keys("runs/")),
        lambda: list(bucket.keys("none/")),
        lambda: list(bucket.folders("runs/")),
        lambda: bucket.delete("runs/2/b.json"),
        lambda: bucket.delete("none"),
        lambda: list(bucket.keys("r")),
    ]
    return [outcome(act, bucket.name) for act in acts]


def test_every_operation_answers_as_over_the_protocol(buckets: tuple[Bucket, Bucket]) -> None:
    direct, by_protocol = map(outcomes, buckets)
    assert direct == by_protocol


def test_content_type_is_kept(buckets: tuple[Bucket, Bucket]) -> None:
    client = boto3.client("s3", region_name=REGION)
    for bucket in buckets:
        bucket.write_text("page", "<html>", "text/html")
        found = client.head_object(Bucket=bucket.name, Key="page")
        assert (found["ContentType"], found["ContentLength"]) == ("text/html", 6)


def test_long_list_is_complete(workflow: Workflow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direct_s3, "PAGE", 2)
    names = ["many/1", "many/2", "many/3"]
    for name in names:
        workflow.bucket.write_text(name, "")
    assert list(workflow.bucket.keys("many/")) == names


def test_bucket_of_another_mocked_cloud_is_gone(workflow: Workflow) -> None:
    direct_s3.serve("never-created")
    elsewhere = Bucket(workflow.bucket._client, "never-created")
    with pytest.raises(Exception, match="NoSuchBucket"):
        elsewhere.read("a")
