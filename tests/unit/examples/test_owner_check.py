"""The example owner-check keeps what has an unknown owner, and what an owner asked to keep."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from pydantic import ValidationError

from tests.support.builders import ACCOUNT
from tests.support.example_functions import Answers, function_of

# Before the functions are imported.
pytestmark = pytest.mark.usefixtures("answers")

HERE = f"{ACCOUNT}/us-east-1"
MACHINE, DISK = f"{HERE}/aws_ec2_instance/i-1", f"{HERE}/aws_ec2_volume/vol-1"
LOOSE, VOLUME = f"{HERE}/aws_ec2_volume/vol-2", f"{HERE}/aws_ec2_volume/vol-3"


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("OWNERS_PARAMETER", "owners")
    monkeypatch.setenv("KEEP_WITHOUT_OWNER", "false")
    with function_of("owner-check") as imported:
        yield imported("app")


def owners(text: str) -> None:
    boto3.client("ssm").put_parameter(Name="owners", Type="String", Value=text, Overwrite=True)


def marks(answers: Answers) -> dict[str, str]:
    given = json.loads(answers.success["token"]).get("marks", [])
    assert {one["mark"] for one in given} <= {"keep"}
    return {one["id"]: one["reason"] for one in given}


@pytest.fixture
def asked(event: Callable[..., Any]) -> Any:
    return event("post_cleanup_plan", "owner-check")


def test_what_has_an_unknown_owner_stays_with_its_parts(
    app: Any, asked: Any, answers: Answers
) -> None:
    owners('{"b": {}}')
    app.answer(asked, None)
    why = "its tag owner=a names nobody in owners"
    assert marks(answers) == {MACHINE: why, DISK: why}


def test_an_owner_keeps_one_resource_or_all(app: Any, asked: Any, answers: Answers) -> None:
    owners('{"a": {"keep": ["vol-1"], "why": "moving"}, "b": {"keep": "all"}}')
    app.answer(asked, None)
    assert marks(answers) == {
        DISK: "a asked to keep it: moving",
        VOLUME: "b asked to keep it",
    }


def test_what_has_no_owner_stays_only_if_asked_for(
    app: Any, asked: Any, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    owners('{"a": {}, "b": {}}')
    monkeypatch.setenv("KEEP_WITHOUT_OWNER", "true")
    app.answer(asked, None)
    assert marks(answers) == {LOOSE: "it has no tag owner"}


def test_an_empty_answer_lets_everything_go(app: Any, asked: Any, answers: Answers) -> None:
    owners('{"a": {}, "b": {}}')
    app.answer(asked, None)
    assert answers.success == {"token": "{}"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [('{"a": {"keeps": []}}', ValidationError), ("not json", ValidationError), (None, ClientError)],
)
def test_without_readable_owners_it_refuses(
    app: Any, asked: Any, answers: Answers, text: str | None, problem: type[Exception]
) -> None:
    if text is not None:
        owners(text)
    with pytest.raises(problem):
        app.answer(asked, None)
    assert answers.success == {}
    assert "the owners cannot be checked" in answers.failure["token"][1]


def test_an_event_that_is_delivered_twice_is_answered_once(
    app: Any, asked: Any, answers: Answers
) -> None:
    owners('{"a": {}, "b": {}}')
    app.answer(asked, None)
    app.answer(asked, None)
    assert list(answers.success) == ["token"] and answers.failure == {}
