"""Preparations that take time: made once, awaited by reading again, and then followed by the rest.

`awaited` of a record (tests/data/kinds) tells, for each step with `until`, what a resource looks
like `before` the call, `during` its effect, and `after` it. Without `during`, nothing shows that
the call was made before it took effect.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.validate import ParamValidator

from ebbtide.base.errors import CallError
from ebbtide.base.paths import getter, render
from ebbtide.cleanup import deleting
from ebbtide.cleanup.deleting import Outcome, occasions, prepare_resource, restore_description
from ebbtide.cleanup.read_again import Description
from ebbtide.kinds import parts_of, registry
from ebbtide.model.call import Call
from ebbtide.model.deletion import Prepare
from ebbtide.model.kind import Kind
from ebbtide.plan import Planned
from ebbtide_cli.shapes import operation
from tests.support.builders import ACCOUNT, REGION, resource
from tests.support.gathering import DELETABLE, for_each
from tests.unit.kinds.test_recorded_answers import document_of, stored

SESSION: Any = SimpleNamespace(account=ACCOUNT)
STATES = ("before", "during", "after")


def awaited(kind: Kind) -> tuple[Prepare, ...]:
    assert kind.delete
    return tuple(step for step in kind.delete.prepare if step.until is not None)


WAITING = [kind.name for kind in registry().values() if kind.delete and awaited(kind)]


def examples(kind: str) -> Iterator[tuple[Prepare, Mapping[str, dict[str, Any]]]]:
    """Yield each awaited step with the descriptions before, during and after it."""
    steps, records = awaited(registry()[kind]), stored(kind).get("awaited", [])
    assert len(steps) == len(records), "record `awaited`: before, during and after of each step"
    document = document_of(kind)
    for step, record in zip(steps, records, strict=True):
        yield step, {state: {**document, **record[state]} for state in STATES if state in record}


def invalid(call: Call, document: Mapping[str, Any]) -> str:
    shape = operation(call.service, call.operation).input_shape
    report = ParamValidator().validate(render(dict(call.args), document), shape)
    return f"{call.operation}: {report.generate_report()}" if report.has_errors() else ""


@for_each(DELETABLE)
def test_rendered_calls_are_accepted(kind: Kind) -> None:
    assert kind.delete
    for step in kind.delete.prepare:
        for filled in occasions(step, document_of(kind.name)):
            for call in filter(None, (step.call, step.undo)):
                assert not invalid(call, filled)


@pytest.mark.parametrize("kind", WAITING)
def test_rendered_calls_are_accepted_where_they_are_needed(kind: str) -> None:
    for step, found in examples(kind):
        needed = list(occasions(step, found["before"]))
        assert needed, "the recorded `before` needs no call"
        for filled in needed:
            for call in filter(None, (step.call, step.undo)):
                assert not invalid(call, filled)


@pytest.mark.parametrize("kind", WAITING)
def test_what_is_awaited_is_called_once(kind: str) -> None:
    for step, found in examples(kind):
        assert step.until is not None and step.source
        for state, document in found.items():
            assert bool(getter(step.until)(document)) == (state == "after"), state
            assert bool(list(occasions(step, document))) == (state == "before"), state


@pytest.mark.parametrize("kind", WAITING)
def test_nothing_further_is_called_before_it_took_effect(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    made: list[str] = []
    monkeypatch.setattr(deleting, "call_answer", lambda _, call, *__: made.append(call.operation))
    for step, found in examples(kind):
        for state in found.keys() & {"before", "during"}:
            outcome = prepare_resource(SESSION, entry(kind), found[state])
            assert outcome.ending == "waiting" and str(step.until) in outcome.reason
            assert bool(outcome.calls) == (state == "before")
        assert set(made) == {step.call.operation}
        made.clear()


@pytest.mark.parametrize("kind", WAITING)
def test_once_all_took_effect_the_preparation_is_done(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    made: list[str] = []
    monkeypatch.setattr(deleting, "call_answer", lambda _, call, *__: made.append(call.operation))
    document = document_of(kind)
    for _, found in examples(kind):
        document |= found["after"]
    assert prepare_resource(SESSION, entry(kind), document).ending == "done"


@pytest.mark.parametrize("kind", WAITING)
def test_what_undoes_it_is_stored_as_it_was_before(kind: str) -> None:
    for step, found in examples(kind):
        if step.undo is None:
            continue
        document = found["before"]
        description = Description(document, resource(kind, "one"), document)
        stored_undo = restore_description(entry(kind), description, "now")["undo_preparation"]
        wanted = [render(dict(step.undo.args), one) for one in occasions(step, document)]
        mine = [one for one in stored_undo if one["operation"] == step.undo.operation]
        assert len(mine) == len(wanted) > 0


def entry(kind: str) -> Planned:
    return Planned(resource(kind, "one").subject, "delete", ("expired",), "expired")


def answered(monkeypatch: pytest.MonkeyPatch, kind: str, errors: str) -> Outcome:
    """Prepare a resource whose first call is answered with an error that is no failure."""
    step = next(
        step
        for step in registry()[kind].delete.prepare  # type: ignore[union-attr]
        if step.errors and not step.asks
    )
    name, _, rest = errors.partition("[]")
    inner: dict[str, Any] = {"Code": "SomethingElse", "Message": "a message"}
    if rest.startswith(".{"):
        inner = {"ErrorCode": "SomethingElse", "ErrorMessage": "a message"}
    elif rest:
        inner = {rest.strip("."): inner}
    monkeypatch.setattr(deleting, "call_answer", lambda *_: {name: [inner]})
    monkeypatch.setattr(deleting, "declared_delete", lambda _: _Only(step))
    monkeypatch.setattr(deleting, "as_text", lambda call, _: {"operation": call.operation})
    monkeypatch.setattr(deleting, "occasions", lambda *_: iter([{}]))
    return prepare_resource(SESSION, entry(kind), {})


class _Only:
    """A deletion with one preparation."""

    gone = blocked = refused = ()

    def __init__(self, step: Prepare) -> None:
        self.prepare = (step,)


def test_errors_in_the_answer_of_a_preparation_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    telling = {
        kind.name: step.errors
        for kind in registry().values()
        for step in (kind.delete.prepare if kind.delete else ())
        if step.errors and not step.asks
    }
    assert "aws_eventbridge_rule" in telling
    for kind, errors in telling.items():
        with monkeypatch.context() as patch:
            outcome = answered(patch, kind, errors)
        assert outcome.ending == "failed" and "SomethingElse" in outcome.reason


def test_an_error_while_preparing_ends_it_before_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> Any:
        raise CallError("s", "o", "SomethingElse", "a message", ACCOUNT, REGION)

    monkeypatch.setattr(deleting, "call_answer", refuse)
    kind = "aws_batch_job_queue"
    (_, found), *_ = examples(kind)
    assert prepare_resource(SESSION, entry(kind), found["before"]).ending == "failed"


# How notes say that AWS deletes nothing that holds something.
ONLY_EMPTY = re.compile(r"Only an empty|AWS refuses while it has ")


@for_each(DELETABLE)
def test_what_aws_deletes_only_when_empty_says_whether_a_job_may_empty_it(kind: Kind) -> None:
    assert kind.delete
    note = kind.delete.note
    if not ONLY_EMPTY.match(note):
        return
    asked = any(step.asks == "empty" for step in kind.delete.prepare)
    assert ("unless a job asks to empty it" in note) == asked
    told = "A job cannot ask to empty it: " in note
    assert asked + told + bool(parts_of(kind.name)) >= 1 and not (asked and told)
