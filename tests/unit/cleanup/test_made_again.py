"""A resource is told from another one that has its id later."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

import pytest

from ebbtide.cleanup.made_again import CHANGING, birth_of, made_again, made_again_since
from ebbtide.cleanup.read_again import Description
from ebbtide.collect.to_resource import Place, build_resource
from ebbtide.model.kind import Kind
from tests.support.builders import ACCOUNT, REGION, resource
from tests.support.gathering import DELETABLE, for_each
from tests.unit.kinds.test_recorded_answers import document_of

OLD, NEW = "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.5Z"


def described(kind: str, item: dict[str, Any], **rest: Any) -> Description:
    return Description(item, resource(kind, "one", **rest), item)


def stack(at: str, **rest: Any) -> Description:
    return described("aws_cloudformation_stack", {"CreationTime": at, **rest})


def test_another_creation_time_is_another_resource() -> None:
    born = birth_of(stack(OLD))
    assert made_again(born, stack(OLD)) == ""
    assert "made again at 2026-01-01T00:00:00.500000Z" in made_again(born, stack(NEW))
    assert "by arn:aws:iam::1:user/x" in made_again(
        born, stack(NEW, CreatedBy="arn:aws:iam::1:user/x")
    )


def test_a_value_that_is_missing_tells_nothing() -> None:
    assert made_again(birth_of(stack(OLD)), described("aws_cloudformation_stack", {})) == ""
    assert made_again({}, stack(NEW)) == ""


@for_each(DELETABLE)
def test_each_unique_value_tells_two_resources_apart(kind: Kind) -> None:
    for path in kind.unique:
        names = path.split(".")
        items: list[Any] = ["x", "y"]
        for part in reversed(names):
            items = [{part: one} for one in items]
        first, second = (described(kind.name, one) for one in items)
        assert made_again(birth_of(first), first) == ""
        assert made_again(birth_of(first), second), (kind.name, path)


@for_each(DELETABLE)
def test_the_snapshot_tells_them_apart_by_each_unique_value(kind: Kind) -> None:
    """Also by one that lies deeper, and with the names under which the snapshot stores them."""
    place = Place(ACCOUNT, REGION, "aws")
    for path in kind.unique:
        document = copy.deepcopy(document_of(kind.name))
        line = build_resource(kind, document, place).to_line()
        same = described(kind.name, document)
        assert "made again" not in made_again_since({**line, "created": None}, same)
        *above, last = path.split(".")
        inner = document
        for name in above:
            inner = inner[name]
        inner[last] = f"{inner[last]}-2"
        assert made_again_since({**line, "created": None}, same), (kind.name, path)


def test_the_time_of_a_launch_tells_nothing() -> None:
    assert "aws_ec2_instance" in CHANGING
    assert birth_of(described("aws_ec2_instance", {"LaunchTime": OLD})) == {}


@pytest.mark.parametrize(("later", "again"), [(0.0, False), (0.9, False), (5.0, True)])
def test_the_snapshot_may_have_rounded_the_time(later: float, again: bool) -> None:
    old = resource("aws_cloudformation_stack", "one")
    assert old.created is not None
    created = old.created + timedelta(seconds=later)
    found = described("aws_cloudformation_stack", {"CreationTime": created}, created=created)
    assert bool(made_again_since(old.to_line(), found)) == again


def test_a_tag_with_a_time_of_creation_is_no_new_resource() -> None:
    old = resource("aws_cloudformation_stack", "one").to_line()
    item = {"CreationTime": OLD}
    found = described("aws_cloudformation_stack", item, tags={"created": "x"}, age_days=1)
    assert made_again_since(old, found) == ""
    assert made_again_since(None, found) == ""
