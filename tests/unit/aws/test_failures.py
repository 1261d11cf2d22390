"""Every error of AWS ends in the right state of coverage."""

import socket
from typing import Any

import botocore.client
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from ebbtide.aws import describe_failure, is_not_found, is_refused, says_gone, state_of
from ebbtide.aws.account import Partition, own_session
from ebbtide.aws.calls import call_pages, has_request_id
from ebbtide.base.errors import CallError
from ebbtide.kinds import registry
from ebbtide.model.call import Call


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
        ("InsufficientPrivilegesException", "denied"),
        ("AuthorizationError", "denied"),
        ("RequestExpired", "denied"),
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


@pytest.mark.parametrize(
    ("code", "by_policy"),
    [
        ("AccessDeniedException", True),
        ("UnauthorizedOperation", True),
        ("KmsAccessDeniedException", True),
        ("InsufficientPrivilegesException", True),
        # About the caller's credentials or account, whatever the resource.
        ("ExpiredTokenException", False),
        ("InvalidClientTokenId", False),
        ("OptInRequired", False),
        ("ThrottlingException", False),
        ("ResourceNotFoundException", False),
    ],
)
def test_only_some_denials_may_come_from_the_policy_of_a_resource(
    code: str, by_policy: bool
) -> None:
    assert is_refused(answered(code)) is by_policy


@pytest.mark.parametrize(
    ("kind", "code", "message", "gone"),
    [
        ("aws_emr_cluster", "InvalidRequestException", "Cluster id 'j-1' is not valid.", True),
        ("aws_emr_cluster", "InvalidRequestException", "Marker is wrong.", False),
        ("aws_ec2_placement_group", "InvalidPlacementGroup.Unknown", "", True),
        ("aws_waf_web_acl", "WAFNonexistentItemException", "", True),
        ("aws_codecommit_repository", "EncryptionKeyNotFoundException", "", False),
        ("aws_codepipeline_pipeline", "PipelineVersionNotFoundException", "", False),
        ("aws_memorydb_cluster", "ServiceLinkedRoleNotFoundFault", "", False),
        ("aws_memorydb_cluster", "ClusterNotFoundFault", "", True),
        ("aws_memorydb_cluster", "AccessDenied", "", False),
    ],
)
def test_only_what_is_said_about_the_resource_itself_means_that_it_is_gone(
    kind: str, code: str, message: str, gone: bool
) -> None:
    error = ClientError({"Error": {"Code": code, "Message": message}}, "Describe")
    assert says_gone(registry()[kind], error) is gone


@pytest.mark.parametrize(
    ("metadata", "from_aws"),
    [
        ({"RequestId": "1"}, True),
        ({"RequestId": "", "HTTPHeaders": {"x-amzn-requestid": "1"}}, True),
        ({"HTTPHeaders": {"x-amz-request-id": "1"}}, True),
        ({"HTTPHeaders": {"x-amz-cf-id": "1"}}, False),  # any site behind CloudFront
        ({"HTTPHeaders": {"x-amzn-requestid": ""}}, False),
        ({}, False),
    ],
)
def test_aws_gives_every_request_an_id(metadata: dict[str, Any], from_aws: bool) -> None:
    assert has_request_id(metadata) is from_aws


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
