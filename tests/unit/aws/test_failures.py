"""Every error of AWS ends in the right state of coverage."""

import socket

import botocore.client
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from ebbtide.aws import describe_failure, is_not_found, state_of
from ebbtide.aws.account import Partition, own_session
from ebbtide.aws.calls import call_pages
from ebbtide.base.errors import CallError
from ebbtide.model.kind import Call


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


def unreachable(monkeypatch: pytest.MonkeyPatch, known: set[str], errno: int) -> None:
    """Nothing can be connected to; only some names are known to the name servers."""

    def refuse(*_: object, **__: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://ec2.nowhere")

    def look_up(name: str, *_: object) -> list[str]:
        if name not in known:
            raise socket.gaierror(errno, "cannot be looked up")
        return [name]

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", refuse)
    monkeypatch.setattr("socket.getaddrinfo", look_up)


WORKING = {"ec2.us-east-1.amazonaws.com"}


@pytest.mark.parametrize(
    ("region", "known", "errno", "state"),
    [
        ("us-east-1", WORKING, socket.EAI_NONAME, "failed"),
        ("xx-moon-1", WORKING, socket.EAI_NONAME, "unavailable"),
        ("xx-moon-1", WORKING, socket.EAI_AGAIN, "failed"),
        ("xx-moon-1", set(), socket.EAI_NONAME, "failed"),
        ("xx-moon-1", {*WORKING, "ec2.xx-moon-1.amazonaws.com"}, socket.EAI_NONAME, "failed"),
    ],
)
def test_only_a_name_that_does_not_exist_means_that_there_is_no_service(
    monkeypatch: pytest.MonkeyPatch, region: str, known: set[str], errno: int, state: str
) -> None:
    session = own_session("111122223333", "aws")
    unreachable(monkeypatch, known, errno)
    with pytest.raises(CallError) as caught:
        list(call_pages(session, Call("ec2", "describe_volumes", "Volumes[]"), region))
    assert state_of(caught.value) == state


def test_global_services_answer_in_their_partitions_home() -> None:
    for partition, region in (("aws", "us-east-1"), ("aws-cn", "cn-northwest-1")):
        assert Partition(partition).global_region == region
    session = own_session("1", "aws")
    assert session.client("iam", "global") is session.client("iam", "us-east-1")
    assert session.place("globalaccelerator", "global") == "us-west-2"
    assert own_session("1", "aws-cn").place("globalaccelerator", "global") == "cn-northwest-1"


@pytest.mark.parametrize(
    ("partition", "service", "offered"),
    [("aws", "cloudfront", True), ("aws-us-gov", "iam", True), ("aws-us-gov", "cloudfront", False)],
)
def test_partitions_differ_in_their_global_services(
    partition: str, service: str, offered: bool
) -> None:
    assert own_session("1", partition).offers(service, "global") is offered
