"""Every error is one line `ebbtide: error: ...` on stderr, with the documented exit code."""

from __future__ import annotations

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
    UnknownServiceError,
)

from ebbtide.store.bucket_copy import Folder
from ebbtide_cli.errors import SOURCE, problem_of
from tests.support.command import Run, run
from tests.support.snapshots import Copy

PREFIX = "ebbtide: error: "


def refusal(code: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "GetObject")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["search"], "missing argument 'QUERY'"),
        (["serch"], "no such command 'serch'. Did you mean 'search'?"),
        (["--nothing"], "no such option: --nothing"),
        (["kinds", "volume", "more"], "got unexpected extra argument"),
        (["kinds", "--format", "xml"], "invalid value for '--format' / '-f': 'xml' is not one of"),
        (["kinds", "aws_ec2_volum"], "unknown kind 'aws_ec2_volum' (did you mean 'aws_ec2_volume'"),
        (["history", "--run", "a", "--after", "2d"], "--run is mutually exclusive with --after"),
    ],
)
def test_wrong_usage_is_one_error_on_stderr(words: list[str], message: str) -> None:
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(PREFIX + message)
    assert result.stderr.count(PREFIX) == 1


def test_wrong_usage_names_the_help_of_its_command() -> None:
    assert run("jobs", "add").stderr.endswith("\nTry 'ebbtide jobs add --help' for help.\n")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (NoCredentialsError(), "no AWS credentials found; give --profile"),
        (NoRegionError(), "no AWS region configured; give --region"),
        (ProfileNotFound(profile="nobody"), "AWS profile not found: nobody; check --profile"),
        (EndpointConnectionError(endpoint_url="https://x"), "cannot reach AWS: "),
        (UnknownServiceError(service_name="x", known_service_names="y"), "cannot call AWS: "),
        (refusal("ExpiredToken", "Old."), "AWS refused GetObject: Old (ExpiredToken); renew"),
        (refusal("SlowDown"), "AWS refused GetObject: SlowDown"),
        (PermissionError(13, "Permission denied", "x.json"), "cannot open x.json: Permission"),
    ],
)
def test_errors_of_libraries_become_sentences(
    error: Exception, message: str, ebbtide: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise error

    monkeypatch.setattr(Folder, "read_json", failing)
    result = ebbtide("search", "is(volume)")
    assert (result.exit_code, result.stdout) == (SOURCE, "")
    assert result.stderr.startswith(PREFIX + message)


def test_a_damaged_file_is_an_error_of_the_source(ebbtide: Run, copy: Copy) -> None:
    (copy.path / "graph/current.json").write_text("{")
    result = ebbtide("search", "is(volume)")
    assert (result.exit_code, result.stderr.startswith(f"{PREFIX}damaged data: ")) == (3, True)


def test_a_defect_keeps_its_traceback(ebbtide: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Folder, "read_json", broken)
    with pytest.raises(ZeroDivisionError):
        ebbtide("search", "is(volume)")
    assert problem_of(ZeroDivisionError()) is None
