"""What the emulator lacks looks like a service in which there is nothing, and only to readers."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from ebbtide.aws.calls import has_request_id
from ebbtide.kinds import registry
from local.cloud import Cloud

UNREACHABLE = {"mwaa"}  # botocore puts a prefix before the emulator's host


@pytest.mark.parametrize(
    ("service", "operation", "answer"),
    [
        ("apigatewayv2", "get_vpc_links", "Items"),
        ("bedrock-agent", "list_agents", "agentSummaries"),
        ("kafka", "list_clusters_v2", "ClusterInfoList"),
        ("route53", "list_query_logging_configs", "QueryLoggingConfigs"),
        ("sagemaker", "list_domains", "Domains"),
    ],
)
def test_lists_that_it_lacks_are_empty_and_recorded_as_read(
    cloud: Cloud, client: Callable[[str], Any], service: str, operation: str, answer: str
) -> None:
    mark = cloud.mark()
    assert getattr(client(service), operation)().get(answer, []) == []
    (call,) = cloud.calls_since(mark)
    assert call["read_only"] is True
    assert (call["service"], call["error"]) == (service, None)
    assert call["action"].lower() == operation.replace("_", "")


def test_every_list_call_is_answered_with_a_request_id(client: Callable[[str], Any]) -> None:
    asked, without = 0, []
    for kind in registry().values():
        if kind.list is None or kind.each is not None or kind.list.service in UNREACHABLE:
            continue
        arguments = {name: value for name, value in kind.list.args.items() if "{" not in str(value)}
        try:
            answer = getattr(client(kind.list.service), kind.list.operation)(**arguments)
        except ClientError as error:
            answer = error.response
        except ParamValidationError:
            continue  # its arguments need values
        asked += 1
        if not has_request_id(answer["ResponseMetadata"]):
            without.append(f"{kind.list.service}.{kind.list.operation}")
    assert asked > 200
    assert without == []


def test_what_is_missing_in_a_service_that_it_has_is_still_missing(
    client: Callable[[str], Any], refused: Callable[..., str]
) -> None:
    assert refused(client("sqs").get_queue_url, QueueName="none").endswith("NonExistentQueue")
    assert refused(client("lambda").get_function, FunctionName="none") == (
        "ResourceNotFoundException"
    )


def test_changes_that_it_lacks_are_refused(
    client: Callable[[str], Any], refused: Callable[..., str]
) -> None:
    assert refused(client("sagemaker").delete_domain, DomainId="d-1")
