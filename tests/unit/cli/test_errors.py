"""Every error is one line `ebbtide: error: ...` on stderr, with the documented exit code."""

from __future__ import annotations

import inspect

import botocore.exceptions as aws
import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
    UnknownServiceError,
)

from ebbtide.base.errors import ConflictError
from ebbtide.store.bucket_copy import Folder
from ebbtide_cli.aws_errors import _CLASSES
from ebbtide_cli.errors import CONFLICT, INTERRUPTED, SOURCE, USAGE, problem_of
from tests.support.command import Run, run
from tests.support.paths import REPOSITORY
from tests.support.snapshots import Copy

PREFIX = "ebbtide: error: "
# What botocore would say.
RAW = "An error occurred (X) when calling the Y operation"


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
        (EndpointConnectionError(endpoint_url="https://x"), "cannot reach AWS; check the network"),
        (UnknownServiceError(service_name="x", known_service_names="y"), "cannot call AWS: "),
        (refusal("Odd", "It is odd."), "AWS refused GetObject: It is odd (Odd)"),
        (
            refusal("AccessDenied", "User: arn:x is not authorized to perform: s3:GetObject on y"),
            "AWS refused GetObject: the credentials lack the permission s3:GetObject (",
        ),
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


# The situations of users -> the errors that show them, and words of the sentence and its advice.
SITUATIONS: dict[str, tuple[list[Exception], list[str]]] = {
    "no credentials": (
        [aws.NoCredentialsError(), aws.PartialCredentialsError(provider="p", cred_var="v")],
        ["no AWS credentials", "--profile"],
    ),
    "expired": (
        [
            *(refusal(code, RAW) for code in ("ExpiredToken", "ExpiredTokenException")),
            aws.SSOTokenLoadError(error_msg=RAW),
            aws.UnauthorizedSSOTokenError(),
            aws.TokenRetrievalError(provider="sso", error_msg=RAW),
        ],
        ["expired", "sign in again"],
    ),
    "wrong credentials": (
        [refusal(code, RAW) for code in ("InvalidClientTokenId", "SignatureDoesNotMatch")],
        ["does not know the credentials", "--profile"],
    ),
    "credentials that cannot be got": (
        [aws.CredentialRetrievalError(provider="p", error_msg=RAW)],
        ["cannot get AWS credentials", "aws sts get-caller-identity"],
    ),
    "no bucket": ([refusal("NoSuchBucket", RAW)], ["no such bucket", "--bucket"]),
    "access denied": (
        [refusal(code, RAW) for code in ("AccessDenied", "AccessDeniedException", "403")],
        ["lack the permission", "docs/cli.md"],
    ),
    "no network": (
        [
            aws.EndpointConnectionError(endpoint_url=RAW),
            aws.ConnectTimeoutError(endpoint_url=RAW),
            aws.ReadTimeoutError(endpoint_url=RAW),
            aws.ConnectionClosedError(endpoint_url=RAW),
            aws.HTTPClientError(error=RAW),
        ],
        ["cannot reach AWS", "network"],
    ),
    "proxy": ([aws.ProxyConnectionError(proxy_url=RAW)], ["proxy", "HTTPS_PROXY"]),
    "certificate": ([aws.SSLError(endpoint_url="x", error=RAW)], ["not trusted", "AWS_CA_BUNDLE"]),
    "wrong region": (
        [refusal(c, RAW) for c in ("PermanentRedirect", "301", "AuthorizationHeaderMalformed")],
        ["another region", "--region"],
    ),
    "no such region": (
        [aws.InvalidRegionError(region_name=RAW)], ["no such AWS region", "--region"],
    ),
    "throttled": (
        [refusal(code, RAW) for code in ("SlowDown", "Throttling", "ThrottlingException", "503")],
        ["too many requests", "try again"],
    ),
    "no state machine": (
        [refusal("StateMachineDoesNotExist", RAW)], ["state machine", "--stack"],
    ),
    "broken configuration of the AWS CLI": (
        [aws.ConfigParseError(path=RAW), aws.ConfigNotFound(path=RAW)],
        ["configuration of the AWS CLI"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("situation", SITUATIONS)
def test_no_sentence_of_botocore_is_shown(situation: str) -> None:
    errors, words = SITUATIONS[situation]
    for error in errors:
        problem = problem_of(error)
        assert problem is not None and problem.code == SOURCE
        assert [word for word in words if word not in problem.message] == []
        assert RAW not in problem.message
        assert "\n" not in problem.message


def test_every_error_of_botocore_is_expected() -> None:
    """None leads to a traceback, and what stands in the table exists."""
    classes = {
        name: one
        for name, one in vars(aws).items()
        if inspect.isclass(one) and issubclass(one, aws.BotoCoreError)
    }
    listed = {name for names, _ in _CLASSES for name in names}
    assert listed <= {
        *classes,
        *(base.__name__ for one in classes.values() for base in one.__mro__),
    }
    for one in classes.values():
        problem = problem_of(one(profile="x") if one is ProfileNotFound else one.__new__(one))
        assert problem is not None and problem.code == SOURCE


def test_every_exit_code_is_documented_and_reached(ebbtide: Run) -> None:
    page = (REPOSITORY / "docs" / "cli.md").read_text()
    for code in (0, USAGE, SOURCE, CONFLICT, INTERRUPTED):
        assert f"\n| {code} | " in page
    assert ebbtide("search", "all").exit_code == 0
    assert ebbtide("search", "is(nothing)").exit_code == USAGE
    assert run("--folder", "/nowhere", "search", "all").exit_code == SOURCE
    conflict = problem_of(ConflictError("x"))
    assert conflict is not None and conflict.code == CONFLICT
