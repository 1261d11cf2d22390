"""The data that calls of `ebbtide` read and change, in a folder and in the bucket of a stack."""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from ebbtide.config import parse_config
from tests.package.calls import BUCKET, FOLDER, NO_BUCKET, NO_FOLDER, NO_STACK, STACK
from tests.support.decisions import write_held_plan
from tests.support.measured_copy import write_metrics
from tests.support.planned_copy import RULES, write_plan
from tests.support.snapshots import TIMES, Copy, write_copy

NAME = "ebbtide-data"
CONFIG = """\
jobs:
  - name: old-volumes
    event: post_collect
    search: is(volume) and age > 30d
    action: {clean: {reason: old}}
  - name: wipe
    event: cleanup_plan
    search: is(instance)
    action: {clean: {reason: friday}}
    active: false
cleanup: {approval: beyond_limits}
"""
TEMPLATE = {
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
    "Outputs": {"BucketName": {"Value": NAME}},
}
CREDENTIALS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """A mocked AWS, in which each test creates its own bucket and stack."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The complete environment of a call, so that the variables of the tests do not reach it."""
    return {
        "PATH": os.defpath,
        "HOME": str(tmp_path),
        "COLUMNS": "200",
        "NO_COLOR": "1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }


@pytest.fixture
def folder(tmp_path: Path) -> Copy:
    """A copy of a bucket with three runs, two plans, two jobs and metrics."""
    copy = write_copy(tmp_path / "copy")
    write_plan(copy, "run-3", parse_config(RULES))
    copy.write_text("config/ebbtide.yaml", CONFIG)
    write_held_plan(copy, "run-2", TIMES["run-3"])
    return write_metrics(copy)


@pytest.fixture
def places(
    endpoint: str, folder: Copy, environment: dict[str, str], tmp_path: Path
) -> dict[str, str]:
    """Map each option that names a source to a value; for stacks see `all_places`."""
    environment["AWS_ENDPOINT_URL"] = endpoint
    # Each test starts with an empty cloud.
    request = urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST")
    urllib.request.urlopen(request).close()
    _upload(folder, client("s3", endpoint))
    return {
        FOLDER: str(folder.path),
        BUCKET: NAME,
        NO_FOLDER: str(tmp_path / "absent"),
        NO_BUCKET: "absent-bucket",
    }


@pytest.fixture
def all_places(endpoint: str, places: dict[str, str]) -> dict[str, str]:
    """The places and a stack; a separate fixture, because mocking CloudFormation takes seconds."""
    template = json.dumps(TEMPLATE)
    client("cloudformation", endpoint).create_stack(StackName="ebbtide", TemplateBody=template)
    return places | {STACK: "ebbtide", NO_STACK: "absent"}


def client(service: Any, endpoint: str) -> Any:
    """Return a client of the mocked AWS."""
    untyped: Any = boto3.session.Session(region_name="us-east-1", **CREDENTIALS)
    return untyped.client(service, endpoint_url=endpoint)


def _upload(copy: Copy, s3: Any) -> None:
    s3.create_bucket(Bucket=NAME)
    for path in copy.path.rglob("*"):
        if path.is_file():
            key = path.relative_to(copy.path).as_posix()
            s3.put_object(Bucket=NAME, Key=key, Body=path.read_bytes())
