"""Every error of AWS ends in the right state of coverage."""

import botocore.client
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from ebbtide.aws import describe_failure, is_not_found, state_of
from ebbtide.aws.account import Partition, own_session
from ebbtide.aws.calls import call_pages
from ebbtide.errors import CallError
from ebbtide.kind import Call


def answered(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Operation")


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("AccessDenied", "denied"),
        ("AccessDeniedException", "denied"),
        ("UnauthorizedOperation", "denied"),
        ("AuthFailure", "denied"),
        ("InvalidClientTokenId", "denied"),
        ("ExpiredTokenException", "denied"),
        ("OptInRequired", "denied"),
        ("Throttling", "throttled"),
        ("ThrottlingException", "throttled"),
        ("RequestLimitExceeded", "throttled"),
        ("TooManyRequestsException", "throttled"),
        ("SlowDown", "throttled"),
        ("InternalError", "failed"),
        ("ValidationError", "failed"),
        ("InvalidVolume.NotFound", "failed"),
    ],
)
def test_codes_end_in_states(code: str, state: str) -> None:
    assert state_of(answered(code)) == state
    assert describe_failure(answered(code)) == f"{code}: no"


def test_time_and_network_end_in_states() -> None:
    assert state_of(TimeoutError("late")) == "timed_out"
    assert state_of(EndpointConnectionError(endpoint_url="x")) == "failed"
    assert state_of(ValueError("a defect")) == "failed"


@pytest.mark.parametrize(
    ("code", "gone"),
    [
        ("InvalidVolume.NotFound", True),
        ("NoSuchEntity", True),
        ("ResourceNotFoundException", True),
        ("AWS.SimpleQueueService.NonExistentQueue", True),
        ("AccessDenied", False),
        ("DependencyViolation", False),
    ],
)
def test_only_some_codes_mean_that_it_does_not_exist(code: str, gone: bool) -> None:
    assert is_not_found(answered(code)) is gone


def unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """No name resolves, and nothing can be connected to."""

    def refuse(*_: object, **__: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://ec2.nowhere")

    def unknown(*_: object, **__: object) -> None:
        raise OSError("Name or service not known")

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", refuse)
    monkeypatch.setattr("socket.getaddrinfo", unknown)


@pytest.mark.parametrize(
    ("region", "state"), [("us-east-1", "failed"), ("xx-moon-1", "unavailable")]
)
def test_a_region_without_the_service_is_not_a_network_failure(
    monkeypatch: pytest.MonkeyPatch, region: str, state: str
) -> None:
    session = own_session("111122223333", "aws")
    unreachable(monkeypatch)
    with pytest.raises(CallError) as caught:
        list(call_pages(session, Call("ec2", "describe_volumes", "Volumes[]"), region))
    assert state_of(caught.value) == state


def test_global_services_answer_in_their_partitions_home() -> None:
    for partition, region in (("aws", "us-east-1"), ("aws-cn", "cn-north-1")):
        assert Partition(partition).global_region == region
    session = own_session("1", "aws")
    assert session.client("iam", "global") is session.client("iam", "us-east-1")
    assert session.place("globalaccelerator", "global") == "us-west-2"
    assert own_session("1", "aws-cn").place("globalaccelerator", "global") == "cn-north-1"


@pytest.mark.parametrize(
    ("partition", "service", "offered"),
    [("aws", "cloudfront", True), ("aws-us-gov", "iam", True), ("aws-us-gov", "cloudfront", False)],
)
def test_partitions_differ_in_their_global_services(
    partition: str, service: str, offered: bool
) -> None:
    assert own_session("1", partition).offers(service, "global") is offered
