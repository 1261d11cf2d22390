"""Promises of the declarations of how kinds come back (cli/ebbtide_cli/restoring/declared)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape

from ebbtide.base.paths import getter, template_paths
from ebbtide.kinds import registry
from ebbtide.model.call import Call
from ebbtide.model.kind import Kind
from ebbtide_cli import shapes
from ebbtide_cli.restoring.declared.lost import LOST, UNDECLARED
from ebbtide_cli.restoring.model import KEYS, LOWER, MAP, PAIRS, TOKEN, Follow, Lost, Restoration
from ebbtide_cli.restoring.registry import RESTORATIONS, restorable, restoration_of
from tests.support.gathering import DELETABLE, for_each, for_each_of
from tests.unit.kinds.test_recorded_answers import get_document, list_documents, named

_TAGS = {
    "tagged": shapes.Names(dict.fromkeys(("pairs", "lower", "keys", "map"), shapes.Anything()))
}
# What only the snapshot or an earlier call tells.
_DERIVED = {
    "policies": shapes.Anything(),
    "policy": shapes.Anything(),
    "new": shapes.Anything(),
    "found": shapes.Anything(),
    "token": shapes.Anything(),
}


def described(kind: Kind) -> Any:
    """Return the form of a stored description: what the call of its own and its details bring."""
    assert kind.get and kind.delete
    inside = shapes.answer(kind.get)
    inside = shapes.entry(inside) if shapes.is_list(inside) else inside
    parts = re.compile(kind.id_parts).groupindex if kind.id_parts else {}
    found = shapes.with_details(
        shapes.Either((inside, shapes.Names(dict.fromkeys(parts, shapes.Anything())))),
        kind.read_details,
    )
    # AWS's model says what the names of attributes are only in prose.
    deletion = shapes.Names(
        {name: shapes.Anything() for call in kind.delete.calls for name in call.args}
    )
    more = {**_TAGS, **_DERIVED, "deletion": deletion}
    if kind.get_together:
        found = shapes.Either((found, shapes.entry(shapes.answer(kind.get_together))))
    return shapes.with_pseudo(found, **more)


def calls(found: Restoration) -> Iterator[tuple[Call, Follow | None]]:
    for call in (found.call, *found.instead.values(), *((found.find,) if found.find else ())):
        yield call, None
    for follow in found.then:
        yield follow.call, follow


FORMS = {PAIRS: {"Key", "Value"}, LOWER: {"key", "value"}, KEYS: {"TagKey", "TagValue"}, MAP: set()}


def form_of(shape: Shape) -> set[str]:
    """Return the names of the parts of a tag; none for a mapping."""
    if isinstance(shape, MapShape):
        return set()
    assert isinstance(shape, ListShape) and isinstance(shape.member, StructureShape)
    return set(shape.member.members) & {"Key", "Value", "key", "value", "TagKey", "TagValue"}


def check_arguments(shape: Shape | None, value: Any, where: str) -> None:
    """Check that an operation knows each argument, and that none that it requires is missing."""
    if isinstance(value, str) and value in FORMS:
        assert shape is not None and form_of(shape) == FORMS[value], f"{where} takes {shape}"
    if isinstance(value, Mapping):
        if isinstance(shape, MapShape):
            return
        assert isinstance(shape, StructureShape), f"{where} is no structure"
        unknown = set(value) - set(shape.members)
        assert not unknown, f"{where} has no {sorted(unknown)}"
        missing = set(shape.required_members) - set(value)
        assert not missing, f"{where} requires {sorted(missing)}"
        for name, part in value.items():
            check_arguments(shape.members[name], part, f"{where}.{name}")
    elif isinstance(value, list):
        assert isinstance(shape, ListShape), f"{where} is no list"
        for part in value:
            check_arguments(shape.member, part, f"{where}[]")


@for_each_of(RESTORATIONS)
def test_each_call_gives_what_its_operation_takes_and_requires(name: str) -> None:
    for call, _ in calls(RESTORATIONS[name]):
        shape = shapes.operation(call.service, call.operation).input_shape
        check_arguments(shape, dict(call.args), f"{call.service}.{call.operation}")
        if call.items:
            shapes.follow(call.items, shapes.operation(call.service, call.operation).output_shape)


@for_each_of(RESTORATIONS)
def test_each_path_is_one_of_the_description(name: str) -> None:
    kind, found = registry()[name], RESTORATIONS[name]
    form = described(kind)
    conditions = [*found.instead, *filter(None, (found.when, found.new, found.ready))]
    for path in conditions:
        shapes.follow(path, form)
    for call, follow in calls(found):
        known = form
        if follow is not None:
            if follow.when:
                shapes.follow(follow.when, form)
            if follow.each:
                each = shapes.entry(shapes.follow(follow.each, form))
                known = shapes.Either((shapes.Names({"each": each}), form))
        for path in template_paths(dict(call.args)):
            shapes.follow(path, known)


@for_each_of(RESTORATIONS)
def test_what_calls_require_is_in_the_recorded_description(name: str) -> None:
    """A mistake in a condition or a path would leave out what AWS asks for."""
    from ebbtide_cli.restoring.rendering import arguments_of

    kind, found = registry()[name], RESTORATIONS[name]
    listed = next(
        one
        for one in list_documents(kind)
        if not any(getter(state.when)({**one, **named(kind, one)}) for state in kind.never_delete)
    )
    item = get_document(kind, listed)
    document = {
        **item,
        **named(kind, item),
        "deletion": {name: "x" for call in kind.delete.calls for name in call.args},  # type: ignore[union-attr]
        "tagged": {"pairs": [], "lower": [], "keys": [], "map": {}},
        "policies": [],
        "policy": "{}",
        "token": "x",
    }
    call = next((one for when, one in found.instead.items() if getter(when)(document)), found.call)
    shape = shapes.operation(call.service, call.operation).input_shape
    given = arguments_of(call, document, {})
    absent = ABSENT.get(name, frozenset())
    assert shape is None or set(shape.required_members) - set(given) <= absent, given


# What the records lack, although AWS always tells it.
ABSENT: Mapping[str, frozenset[str]] = {
    "aws_scheduler_schedule": frozenset({"FlexibleTimeWindow"}),
}


@for_each(DELETABLE)
def test_each_deletable_kind_says_how_it_comes_back_or_why_not(kind: Kind) -> None:
    found = restoration_of(kind.name)
    text = found.why if isinstance(found, Lost) else found.lost
    assert text and ("restored" in restorable(kind.name))
    assert isinstance(found, Lost) or found.when is None or found.unless


def test_only_deletable_kinds_are_declared_and_each_once() -> None:
    deletable = {kind.name for kind in registry().values() if kind.delete}
    assert set(RESTORATIONS) | set(LOST) <= deletable
    assert not set(RESTORATIONS) & set(LOST)


@for_each_of(RESTORATIONS)
def test_what_gets_another_id_is_found_again(name: str) -> None:
    """An attempt that was interrupted must not make a second resource."""
    found, kind = RESTORATIONS[name], registry()[name]
    if found.keeps_id:
        return
    in_call = PAIRS.strip("{}").split(".")[0]
    marked = any(path.startswith(in_call) for path in template_paths(dict(found.call.args)))
    token = any(path == TOKEN.strip("{}") for path in template_paths(dict(found.call.args)))
    by_name = kind.label is not None
    assert marked or token or found.repeatable or by_name
    assert found.new is not None or not found.then


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("aws_kms_key", "waiting period"),
        ("aws_ec2_volume", "Recycle Bin"),
        ("aws_rds_instance", "last copy"),
        ("aws_sqs_queue", "its messages"),
        ("aws_iam_access_key", "never shows"),
        ("aws_transfer_server", UNDECLARED.why),
    ],
)
def test_the_sentence_says_the_way_and_what_is_lost(kind: str, words: str) -> None:
    assert words in restorable(kind)
