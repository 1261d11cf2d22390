"""What a job asks for in words is in the plan, for its own matches alone."""

from __future__ import annotations

from typing import Any

import pytest

from ebbtide.config import Config
from ebbtide.kinds import registry
from ebbtide.model.resource import Resource
from ebbtide.plan import Plan, make_plan, read_plan
from ebbtide.verdict.marks import CleanMarks, Marks
from tests.support.builders import NOW, codes, delete_edge, ids, inventory, resource
from tests.support.gathering import Group, for_each

ASKING = Group(lambda kind: bool(kind.delete and any(s.asks for s in kind.delete.prepare)))
REPOSITORY, IMAGE = "aws_ecr_repository", "aws_ecr_image"


def plan(one: Resource, *others: Resource, empty: bool, rule: bool = False, **protect: Any) -> Plan:
    job = {
        "name": "sweep",
        "event": "cleanup_plan",
        "action": {"clean": {"reason": "old", "empty": empty}},
        "search": f"is({one.kind})",
    }
    config = Config.model_validate(
        {"jobs": [job], "rules": {"expired": {"enabled": True}}, "protect": protect}
    )
    marks = (
        ()
        if rule
        else (CleanMarks("sweep", "cleanup_plan", "old", "all", "m", (), (one.graph_id,), {}),)
    )
    world = inventory([one, *others], [delete_edge(one, other) for other in others])
    return make_plan(world, config, run_id="run", manifest="m", now=NOW, marks=Marks(marks))


def of(kind: str, id: str = "one") -> Resource:
    region = "global" if registry()[kind].scope == "global" else "us-east-1"
    tags = {"expiration": "1d"} if registry()[kind].tags else {}
    return resource(kind, id, region=region, tags=tags)


@for_each(ASKING)
def test_the_word_of_a_job_is_planned_and_survives_the_bucket(kind: Any) -> None:
    for empty in (True, False):
        made = plan(of(kind.name), empty=empty)
        assert [entry.asked for entry in made.planned] == [("empty",) if empty else ()]
        assert read_plan(made.to_json()) == made
    assert plan(of(kind.name), empty=True).hash != plan(of(kind.name), empty=False).hash


@for_each(ASKING)
def test_a_rule_asks_for_nothing(kind: Any) -> None:
    """The job asks, but does not match: what another rule selects is not emptied."""
    made = plan(of(kind.name), empty=True, rule=True)
    assert [entry.asked for entry in made.planned] == [()]


def test_a_plan_of_an_earlier_version_asks_for_nothing() -> None:
    stored = plan(of("aws_s3_bucket"), empty=False).to_json()
    for entry in stored["planned"]:
        del entry["asked"]
    assert [entry.asked for entry in read_plan(stored).planned] == [()]


def test_other_kinds_are_not_emptied() -> None:
    (entry,) = plan(of("aws_sqs_queue"), empty=True).planned
    assert entry.asked == ()


@pytest.mark.parametrize("empty", [True, False])
def test_images_keep_a_repository_only_if_it_is_not_emptied(*, empty: bool) -> None:
    made = plan(of(REPOSITORY), of(IMAGE, "shop/sha256:1"), empty=empty)
    assert ids(made.planned) == ({"one"} if empty else set())
    assert codes(made.refused) == ({} if empty else {"one": "blocked"})


def test_a_protected_image_keeps_the_repository_that_would_be_emptied() -> None:
    made = plan(of(REPOSITORY), of(IMAGE, "shop/sha256:1"), empty=True, ids=["shop/sha256:1"])
    assert codes(made.refused) == {"one": "blocked"}


@pytest.mark.parametrize("images", [0, 1, 3])
def test_a_plan_says_what_is_known_of_the_contents(images: int) -> None:
    others = [of(IMAGE, f"shop/sha256:{number}") for number in range(images)]
    (entry,) = plan(of(REPOSITORY), *others, empty=True).planned
    known = {IMAGE: images} if images else {}
    counted = "before anything is deleted"
    assert entry.facts["empty"] == {"at_least": known, "at_most": 10_000, "counted": counted}


@for_each(ASKING)
def test_a_plan_says_that_contents_are_counted_only_if_they_are_to_go(kind: Any) -> None:
    for empty in (True, False):
        (entry,) = plan(of(kind.name), empty=empty).planned
        assert ("empty" in entry.facts) == empty
        if empty:
            assert entry.facts["empty"]["counted"] == "before anything is deleted"
