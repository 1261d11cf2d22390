"""What AWS's answer to a deleting or preparing call means for the resource."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ebbtide.aws import is_not_found
from ebbtide.aws.failures import is_throttled
from ebbtide.base.errors import CallError
from ebbtide.cleanup import deleting
from ebbtide.cleanup.deleting import Outcome, delete_resource, prepare_resource
from ebbtide.kinds import registry
from ebbtide.model.kind import Kind
from ebbtide.plan import Planned
from tests.support.builders import ACCOUNT, REGION, resource
from tests.support.gathering import DELETABLE, for_each

SESSION: Any = SimpleNamespace(account=ACCOUNT)


def entry(kind: str) -> Planned:
    return Planned(resource(kind, "one").subject, "delete", ("expired",), "expired")


def error(code: str) -> CallError:
    return CallError("service", "operation", code, "a message", ACCOUNT, REGION)


def deleted(monkeypatch: pytest.MonkeyPatch, kind: str, answer: Any) -> Outcome:
    def call(*_: Any) -> Any:
        if isinstance(answer, CallError):
            raise answer
        return answer

    monkeypatch.setattr(deleting, "call_answer", call)
    monkeypatch.setattr(deleting, "as_text", lambda call, _: {"operation": call.operation})
    return delete_resource(SESSION, entry(kind), {})


@for_each(DELETABLE)
def test_each_declared_code_has_its_ending(kind: Kind) -> None:
    delete = kind.delete
    assert delete is not None
    expected = dict.fromkeys(delete.refused, "refused")
    expected |= dict.fromkeys(delete.blocked, "again")
    expected |= dict.fromkeys(delete.gone, "gone")
    with pytest.MonkeyPatch.context() as patch:
        for code, ending in expected.items():
            assert deleted(patch, kind.name, error(code)).ending == ending, code


@pytest.mark.parametrize("code", ["Throttling", "ThrottlingException", "RequestLimitExceeded"])
def test_what_is_throttled_is_tried_again(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    assert is_throttled(error(code))
    found = deleted(monkeypatch, "aws_ec2_volume", error(code))
    assert (found.ending, found.calls) == ("again", ({"operation": "delete_volume"},))
    assert "a message" in found.reason


def test_an_unknown_code_fails_with_what_aws_says(monkeypatch: pytest.MonkeyPatch) -> None:
    found = deleted(monkeypatch, "aws_ec2_volume", error("SomethingElse"))
    assert found.ending == "failed"
    assert "SomethingElse" in found.reason and "a message" in found.reason


def test_an_undeclared_not_found_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    found = error("ResourceNotFoundException")
    assert is_not_found(found)
    assert deleted(monkeypatch, "aws_ec2_volume", found).ending == "gone"


def test_an_accepted_call_is_done_unless_the_answer_names_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inner = [kind for kind in registry().values() if kind.delete and kind.delete.errors]
    assert inner
    for kind in inner:
        assert kind.delete is not None
        name, _, rest = str(kind.delete.errors).partition("[].")
        code = (*kind.delete.blocked, "SomethingElse")[0]
        answer = {name: [{rest: {"Code": code, "Message": "a message"}}]}
        expected = "again" if kind.delete.blocked else "failed"
        assert deleted(monkeypatch, kind.name, answer).ending == expected
        assert deleted(monkeypatch, kind.name, {}).ending == "done"
    assert deleted(monkeypatch, "aws_ec2_volume", {}).ending == "done"


def test_a_preparation_ends_at_the_first_error_that_does_not_mean_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = next(
        (kind, number, one)
        for kind in registry().values()
        if kind.delete and len(kind.delete.prepare) > 1
        for number, one in enumerate(kind.delete.prepare)
        if one.absent and number < len(kind.delete.prepare) - 1
    )
    kind, number, failing = found
    assert kind.delete is not None
    every = kind.delete.prepare
    monkeypatch.setattr(deleting, "occasions", lambda *_: iter([{}]))
    monkeypatch.setattr(deleting, "as_text", lambda call, _: {"operation": call.operation})
    for code, ending, calls in (
        (failing.absent[0], "done", len(every)),
        ("SomethingElse", "failed", number + 1),
        ("Throttling", "again", number + 1),
    ):

        def call(_session: Any, made: Any, *_: Any, code: str = code) -> Any:
            if made is failing.call:
                raise error(code)
            return {}

        monkeypatch.setattr(deleting, "call_answer", call)
        outcome = prepare_resource(SESSION, entry(kind.name), {})
        assert (outcome.ending, len(outcome.calls)) == (ending, calls)
