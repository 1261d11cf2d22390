"""Promises about where the command reads, how it ends, and what it writes where."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ebbtide.base.errors import MissingError
from ebbtide.store.bucket_copy import Folder
from tests.support.command import Run, run
from tests.support.paths import REPOSITORY
from tests.support.snapshots import Copy

TEMPLATE = {
    "Resources": {
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "ebbtide-data"}}
    },
    "Outputs": {"BucketName": {"Value": {"Ref": "Bucket"}}},
}
SEARCH = ("search", "is(volume)", "--columns", "id")
ALL = "id=vol-2\nid=vol-1\nid=vol-9\n"


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield


@pytest.fixture
def deployed(cloud: None, copy: Copy) -> None:  # noqa: ARG001
    client: Any = boto3.client("cloudformation")
    client.create_stack(StackName="ebbtide", TemplateBody=json.dumps(TEMPLATE))
    upload(copy, "ebbtide-data")


def upload(copy: Copy, bucket: str) -> None:
    client: Any = boto3.client("s3")
    for path in copy.path.rglob("*"):
        if path.is_file():
            client.upload_file(str(path), bucket, path.relative_to(copy.path).as_posix())


@pytest.mark.usefixtures("deployed")
def test_bucket_stack_and_folder_answer_the_same(ebbtide: Run) -> None:
    assert ebbtide(*SEARCH).stdout == ALL
    assert run(*SEARCH).stdout == ALL
    assert run("--stack", "ebbtide", *SEARCH).stdout == ALL
    assert run("--bucket", "ebbtide-data", "--region", "us-east-1", *SEARCH).stdout == ALL


@pytest.mark.usefixtures("cloud")
def test_an_unknown_stack_or_bucket_is_told() -> None:
    result = run("--stack", "other", *SEARCH)
    assert result.exit_code == 3
    assert "stack not found: other in us-east-1" in result.stderr
    assert run("--bucket", "none", *SEARCH).exit_code == 3
    assert run("--profile", "nobody", "--bucket", "ebbtide-data", *SEARCH).exit_code == 3


@pytest.mark.usefixtures("cloud")
def test_a_stack_that_is_not_ebbtide_is_told() -> None:
    client: Any = boto3.client("cloudformation")
    body = json.dumps({"Resources": TEMPLATE["Resources"]})
    client.create_stack(StackName="ebbtide", TemplateBody=body)
    result = run(*SEARCH)
    assert (result.exit_code, "no output BucketName" in result.stderr) == (3, True)


@pytest.mark.usefixtures("cloud")
def test_a_bucket_before_the_first_run_has_no_snapshot() -> None:
    client: Any = boto3.client("s3")
    client.create_bucket(Bucket="empty")
    result = run("--bucket", "empty", *SEARCH)
    assert (result.exit_code, "no snapshot found in empty" in result.stderr) == (3, True)


def test_without_a_region_aws_cannot_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    result = run(*SEARCH)
    assert (result.exit_code, "region" in result.stderr) == (3, True)


def test_only_one_place_is_read(ebbtide: Run, monkeypatch: pytest.MonkeyPatch, copy: Copy) -> None:
    result = ebbtide("--bucket", "ebbtide-data", *SEARCH)
    assert (result.exit_code, "are mutually exclusive" in result.stderr) == (2, True)
    monkeypatch.setenv("EBBTIDE_BUCKET", "ebbtide-data")
    assert ebbtide(*SEARCH).stdout == ALL
    monkeypatch.setenv("EBBTIDE_FOLDER", str(copy.path))
    result = run(*SEARCH)
    assert (result.exit_code, "EBBTIDE_FOLDER" in result.stderr) == (2, True)
    monkeypatch.delenv("EBBTIDE_BUCKET")
    assert run(*SEARCH).stdout == ALL


def test_a_folder_that_does_not_exist_is_told() -> None:
    result = run("--folder", "/nowhere", *SEARCH)
    assert (result.exit_code, result.stderr) == (3, "ebbtide: error: folder not found: /nowhere\n")


def test_a_copy_of_single_runs_shows_the_newest(ebbtide: Run, copy: Copy) -> None:
    (copy.path / "graph/current.json").unlink()
    (copy.path / "runs/run-3/graph/manifest.json").unlink()
    assert ebbtide("search", "is(volume)", "--explain").stdout.startswith("snapshot of run run-2,")


def test_a_manifest_of_another_version_is_refused(ebbtide: Run, copy: Copy) -> None:
    copy.write_json("runs/run-3/graph/manifest.json", {"format": 99})
    result = ebbtide(*SEARCH)
    assert (result.exit_code, "format 99" in result.stderr) == (3, True)


def test_a_folder_reads_as_a_bucket_does(copy: Copy) -> None:
    folder = Folder(copy.path)
    assert list(folder.keys("graph/")) == ["graph/current.json"]
    assert list(folder.keys("runs/run-1/graph/man")) == ["runs/run-1/graph/manifest.json"]
    assert list(folder.keys("nothing/")) == []
    assert folder.find_json("nothing") is None
    assert folder.read_json("graph/current.json")["run_id"] == "run-3"
    for key in ("nothing", "graph", "graph/current.json/below"):
        with pytest.raises(MissingError, match="does not exist"):
            folder.read_json(key)
        with pytest.raises(MissingError, match="does not exist"):
            next(folder.read_lines(key))
    key = "runs/run-3/graph/111122223333/resources.jsonl.zst"
    lines = list(folder.read_lines(key))
    assert list(folder.read_lines(key, lambda line: b'"vol-1"' in line)) == [
        line for line in lines if line["id"] == "vol-1"
    ]


def program(*arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    """The command in a process of its own."""
    path = os.pathsep.join([str(REPOSITORY / "layers/common"), str(REPOSITORY / "cli")])
    return subprocess.Popen(
        [sys.executable, "-m", "ebbtide_cli", *arguments],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )


def test_a_reader_that_goes_away_ends_it_quietly() -> None:
    with program("kinds", "--format", "json") as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_help_and_version_need_none_of_the_large_libraries() -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from ebbtide_cli.main import app;"
        "CliRunner().invoke(app, ['--help']);"
        "print(sorted({'boto3', 'networkx', 'lark', 'pydantic', 'yaml'} & set(sys.modules)))"
    )
    path = os.pathsep.join([str(REPOSITORY / "layers/common"), str(REPOSITORY / "cli")])
    found = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        check=True,
    )
    assert found.stdout == b"[]\n"
    assert run("--version").stdout.startswith("ebbtide ")


def test_an_interruption_has_its_own_exit_code(
    ebbtide: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Folder, "read_json", interrupted)
    result = ebbtide(*SEARCH)
    assert (result.exit_code, result.stderr) == (130, "Interrupted.\n")
