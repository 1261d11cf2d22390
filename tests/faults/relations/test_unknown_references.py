"""A reference that exists but is not understood leaves what it could mean undecided."""

from __future__ import annotations

from typing import Any

import pytest

from ebbtide.graph.edges import Identities, resolve
from ebbtide.model.resource import Resource
from tests.faults.relations import estate
from tests.faults.relations.estate import arn
from tests.faults.relations.reading import Reading, plan_of, read
from tests.support.builders import REGION, codes, ids


def api(uri: str) -> Reading:
    """Read an HTTP API whose integration has a URI."""
    found = {"ApiId": "a1b2c3d4e5", "Name": "shop", "ProtocolType": "HTTP"}
    return read(
        ["aws_apigatewayv2_api"],
        {
            "apigatewayv2.GetApis": {"Items": [found]},
            "apigatewayv2.GetIntegrations": {
                "Items": [{"IntegrationId": "1", "IntegrationUri": uri}]
            },
        },
    )


def uri_of(function: str) -> str:
    path = "lambda:path/2015-03-31/functions"
    return f"arn:aws:apigateway:{REGION}:{path}/{arn('lambda', f'function:{function}')}/invocations"


def mapping(function: str) -> Reading:
    """Read an event source mapping of a function."""
    found = {"UUID": "11111111-2222-3333-4444-555555555555", "FunctionArn": function}
    return read(
        ["aws_lambda_event_source_mapping"],
        {"lambda.ListEventSourceMappings": {"EventSourceMappings": [found]}},
    )


def test_a_name_with_a_variable_leaves_functions_undecided() -> None:
    plan = plan_of(api(uri_of("${stageVariables.function}")), estate.function())
    assert codes(plan.undecided) == {"function": "reference_unknown"}
    assert "stageVariables" in plan.undecided[0].reason


def test_a_name_in_another_form_is_a_reference() -> None:
    # The relation expects ARNs.
    plan = plan_of(mapping("function"), estate.function())
    assert codes(plan.refused) == {"function": "blocked"}


@pytest.mark.parametrize(
    ("value", "user"),
    [
        ("https://shop.example.com/items", api),
        (uri_of("deleted"), api),
        (arn("lambda", "function:deleted:prod"), mapping),
        (f"arn:aws:lambda:{REGION}:444455556666:function:function", mapping),
        ("arn:aws:lambda:eu-west-1:111122223333:function:function", mapping),
        (arn("sns", "function"), mapping),
    ],
    ids=["an address", "deleted", "qualified", "other account", "other region", "other kind"],
)
def test_what_certainly_means_another_leaves_nothing_undecided(value: str, user: Any) -> None:
    plan = plan_of(user(value), estate.function())
    assert ids(plan.planned) == {"function"}


def test_the_unknown_reference_is_kept_with_its_resource() -> None:
    reading = api(uri_of("${stageVariables.function}"))
    (unknown,) = kept(reading)
    assert (unknown.kind, unknown.region, unknown.holds) == (
        "aws_lambda_function",
        REGION,
        "target",
    )


def kept(reading: Reading) -> tuple[Any, ...]:
    """Return the unknown references of a reading's first resource, by way of its line."""
    lines = {one.graph_id: one.to_line() for one in reading.resources}
    _, unresolved = resolve(reading.references, lines, Identities(lines.values()))
    assert unresolved == 1
    (line,) = lines.values()
    again = Resource.from_line(line)
    assert again.to_line() == line
    return again.unknown_references
