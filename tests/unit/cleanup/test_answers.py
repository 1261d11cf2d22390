"""What AWS's answer to a deleting or preparing call means for the resource."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from ebbtide.aws import is_not_found
from ebbtide.aws.failures import is_throttled, is_uncertain
from ebbtide.base.errors import CallError
from ebbtide.cleanup import deleting
from ebbtide.cleanup.deleting import Outcome, delete_resource, prepare_resource
from ebbtide.kinds import registry
from ebbtide.model.call import Call
from ebbtide.model.kind import Kind
from ebbtide.plan import Planned
from tests.faults.deletion.service_models import operation
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
    expected |= dict.fromkeys(delete.gone, "absent")
    with pytest.MonkeyPatch.context() as patch:
        for code, ending in expected.items():
            assert deleted(patch, kind.name, error(code)).ending == ending, code


@pytest.mark.parametrize("code", ["Throttling", "ThrottlingException", "RequestLimitExceeded"])
def test_what_is_throttled_is_lost(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    assert is_throttled(error(code))
    found = deleted(monkeypatch, "aws_ec2_volume", error(code))
    assert (found.ending, found.calls) == ("lost", ({"operation": "delete_volume"},))
    assert "a message" in found.reason


def test_an_unknown_code_fails_with_what_aws_says(monkeypatch: pytest.MonkeyPatch) -> None:
    found = deleted(monkeypatch, "aws_ec2_volume", error("SomethingElse"))
    assert found.ending == "failed"
    assert "SomethingElse" in found.reason and "a message" in found.reason


def test_an_undeclared_not_found_only_ends_the_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    found = error("ResourceNotFoundException")
    assert is_not_found(found)
    assert deleted(monkeypatch, "aws_ec2_volume", found).ending == "absent"


def test_what_is_not_found_about_something_else_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    found = deleted(monkeypatch, "aws_memorydb_cluster", error("ServiceLinkedRoleNotFoundFault"))
    assert found.ending == "failed"


@pytest.mark.parametrize("status", [500, 502, 503])
def test_an_error_of_the_server_leaves_open_what_happened(
    monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    found = CallError("s", "o", "SomethingElse", "a message", ACCOUNT, REGION, status)
    assert deleted(monkeypatch, "aws_ec2_volume", found).ending == "lost"


@for_each(DELETABLE)
def test_each_server_error_of_the_models_leaves_open_what_happened(kind: Kind) -> None:
    assert kind.delete is not None
    declared = {*kind.delete.blocked, *kind.delete.refused}
    for call in (kind.delete.call, *(one.call for one in kind.delete.prepare)):
        for code, is_of_server in modelled_errors(call):
            if code not in declared:
                assert is_uncertain(error(code)) is is_of_server, (call.operation, code)


def modelled_errors(call: Call) -> Iterator[tuple[str, bool]]:
    """Yield the errors of a call of which botocore says whether AWS or the caller is at fault."""
    for shape in operation(call).error_shapes:
        known = shape.metadata.get("error", {})
        status = int(known.get("httpStatusCode", 500 if shape.metadata.get("fault") else 0))
        code = str(known.get("code", shape.name))
        if status and not is_throttled(error(code)):
            yield code, status >= 500


@pytest.mark.parametrize(
    ("message", "who"),
    [
        (
            "User: x is not authorized to perform: y with an explicit deny in a service control "
            "policy",
            "denied by a service control policy of the organization: ",
        ),
        ("User: x is not authorized to perform: y", "the cleaner role lacks a permission: "),
    ],
)
def test_a_denial_says_who_has_to_allow_it(
    monkeypatch: pytest.MonkeyPatch, message: str, who: str
) -> None:
    found = CallError("ec2", "delete_volume", "UnauthorizedOperation", message, ACCOUNT, REGION)
    outcome = deleted(monkeypatch, "aws_ec2_volume", found)
    assert (outcome.ending, outcome.reason) == ("failed", f"{who}{found}")


def test_an_accepted_call_is_done_unless_the_answer_names_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inner = [
        kind
        for kind in registry().values()
        if kind.delete and re.fullmatch(r"\w+\[\]\.\w+", kind.delete.errors or "")
    ]
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
        ("Throttling", "lost", number + 1),
        ("InternalError", "lost", number + 1),
        ("ReadTimeoutError", "lost", number + 1),
        ("ResourceNotFoundException", "absent", number + 1),
    ):

        def call(_session: Any, made: Any, *_: Any, code: str = code) -> Any:
            if made is failing.call:
                raise error(code)
            return {}

        monkeypatch.setattr(deleting, "call_answer", call)
        outcome = prepare_resource(SESSION, entry(kind.name), {})
        assert (outcome.ending, len(outcome.calls)) == (ending, calls)
