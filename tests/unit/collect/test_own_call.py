"""The own describe call decides whether a resource is gone, and only if its answer says so."""

from __future__ import annotations

import re
from typing import Any
from unittest.mock import patch

import botocore.client
import pytest
from botocore.exceptions import ClientError

from ebbtide.aws import own_session
from ebbtide.aws.account import AccountSession
from ebbtide.base.errors import CallError
from ebbtide.collect.own_call import find_item, is_gone
from ebbtide.collect.to_resource import Place
from ebbtide.kinds import registry
from ebbtide.model.kind import Kind
from ebbtide_cli.shapes import operation
from tests.support.answering import from_aws
from tests.support.builders import ACCOUNT, REGION

PLACE = Place(ACCOUNT, REGION, "aws")
ARN = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/shop"
ECS = [kind for kind in registry().values() if kind.get and kind.get_failures]


def asked(kind: str, id: str, answer: Any) -> tuple[Any, bool]:
    """Return what find_item and is_gone say about a resource, given the answer of its call."""

    def call(_: Any, name: str, _arguments: Any) -> Any:
        if isinstance(answer, tuple):
            raise ClientError({"Error": {"Code": answer[0], "Message": answer[1]}}, name)
        return from_aws(answer)

    session, declared = own_session(ACCOUNT, "aws"), registry()[kind]
    with (
        patch.object(botocore.client.BaseClient, "_make_api_call", call),
        patch.object(AccountSession, "reaches", lambda *_: True),
    ):
        known = {"id": id, "name": "shop", "clusterName": "shop"}
        try:
            found = find_item(session, declared, PLACE, id, known)
        except CallError as error:
            found = error.code
        return found, is_gone(session, declared, PLACE, known)


def failure(reason: str) -> dict[str, Any]:
    return {"clusters": [], "failures": [{"arn": ARN, "reason": reason}]}


@pytest.mark.parametrize(
    ("answer", "found", "gone"),
    [
        pytest.param(failure("MISSING"), None, True, id="missing"),
        pytest.param(failure("ACCESS_DENIED"), "IncompleteAnswer", False, id="another reason"),
        pytest.param(("AccessDeniedException", "no"), "AccessDeniedException", False, id="denied"),
        pytest.param(("ClusterNotFoundException", "no"), None, True, id="not found"),
    ],
)
def test_cluster_is_gone_only_if_ecs_says_so(answer: Any, found: Any, gone: bool) -> None:
    assert asked("aws_ecs_cluster", ARN, answer) == (found, gone)


def test_cluster_with_another_name_is_another() -> None:
    one = {"clusterArn": ARN, "clusterName": "shop"}
    assert asked("aws_ecs_cluster", ARN, {"clusters": [one]}) == (one, False)
    other = {"clusters": [{"clusterArn": f"{ARN}-2"}]}
    assert asked("aws_ecs_cluster", ARN, other) == (None, True)


@pytest.mark.parametrize(
    ("code", "message", "found", "gone"),
    [
        ("InvalidRequestException", "Named query q does not exist.", None, True),
        ("InvalidRequestException", "Too many.", "InvalidRequestException", False),
    ],
)
def test_named_query_is_gone_only_if_athena_says_so(
    code: str, message: str, found: Any, gone: bool
) -> None:
    assert asked("aws_athena_named_query", "q", (code, message)) == (found, gone)


def test_kind_without_such_a_call_is_never_gone() -> None:
    without = [kind.name for kind in registry().values() if kind.list and kind.get is None]
    assert without
    for name in without:
        assert asked(name, "r", {}) == ("NotReadable", False)


# Members of answers that name what is missing, and those that say why an answer is incomplete.
WORDS = re.compile(r"failures$|errors?$|unprocessed|notfound|ErrorDetails$", re.IGNORECASE)
# Only what is missing, or a state of the resource itself.
HARMLESS = {
    ("aws_codebuild_project", "projectsNotFound"),
    ("aws_lambda_event_source_mapping", "FilterCriteriaError"),
    ("aws_lambda_event_source_mapping", "BisectBatchOnFunctionError"),
    ("aws_lambda_function", "TagsError"),
    ("aws_q_business_application", "error"),
}


def named_failures(kind: Kind) -> set[tuple[str, str]]:
    assert kind.get is not None
    shape = operation(kind.get.service, kind.get.operation).output_shape
    return {(kind.name, name) for name in shape.members if WORDS.search(name)} if shape else set()


def test_every_call_whose_answer_names_failures_has_them_read() -> None:
    found = {
        name for kind in registry().values() if kind.get for name in named_failures(kind) - HARMLESS
    }
    assert {kind for kind, _ in found} == {kind.name for kind in ECS}
    assert len(ECS) == 6
