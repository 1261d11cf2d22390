"""Whether what selected a resource can be asked again, and what for."""

from __future__ import annotations

from typing import Any

import pytest

from ebbtide.cleanup.scene import Scene
from ebbtide.cleanup.selections import MOST_KINDS, SearchSelection, selections_of
from ebbtide.config import Config
from ebbtide.graph.manifest import Manifest
from ebbtide.kinds import registry
from ebbtide.language import parse_search
from ebbtide.matching.matches import asked_use
from ebbtide.model.resource import Resource
from ebbtide.plan import Plan, Planned
from ebbtide.search.looked_at import LookedAt, looked_at
from ebbtide.search.node import Context
from ebbtide.store.run import Run
from tests.support.builders import ACCOUNT, NOW, REGION, resource, volume
from tests.support.memory_store import MemoryStore


def asked(text: str) -> SearchSelection:
    query = parse_search(text, now=NOW)
    return SearchSelection("old", query, Context(NOW), looked_at(query), asked_use(query.parts[-1]))


def looking(kinds: frozenset[str] | None, **rest: Any) -> SearchSelection:
    found = asked("is(aws_ec2_volume)")
    looked = LookedAt(kinds, frozenset(), frozenset(), rest.pop("types", frozenset()), **rest)
    return SearchSelection("old", found.query, found.context, looked, frozenset())


LISTED = sorted(name for name, kind in registry().items() if kind.list is not None)


@pytest.mark.parametrize(
    ("selection", "why"),
    [
        (looking(frozenset()), ""),
        (looking(frozenset(LISTED[:MOST_KINDS])), ""),
        (looking(frozenset(LISTED[: MOST_KINDS + 1])), "it can depend on resources of any kind"),
        (looking(None), "it can depend on resources of any kind"),
        (looking(frozenset(LISTED[:1]), types=frozenset({"owns"})), "it follows ownership"),
        (looking(frozenset(LISTED[:1]), types=frozenset({"delete"})), ""),
        (looking(frozenset(LISTED[:1]), use=True), "it asks for the use of other resources"),
    ],
)
def test_a_search_says_why_it_cannot_be_asked_again(selection: SearchSelection, why: str) -> None:
    found = selection.impossible()
    assert found.startswith(why) and bool(found) is bool(why)


@pytest.mark.parametrize(
    ("condition", "lacks"),
    [
        ("", False),
        *(
            (f" and {condition}", False)
            for condition in (
                'arn = "x"', "age > 3d", "ctime < 3d", "mtime < 3d", "atime < 3d", "id = x",
                "last_used = null", "tags.owner = me", "name = x", "region = eu-west-1",
                "account = x",
                "cloud = aws", "/metadata.expires = null", "/usage.cpu_utilization.avg < 5",
                "/desired.clean = true", "/ancestors.account.reported.name = x",
            )
        ),
        (" and volume_size > 3", False),
        (" and volume_iops > 3", True),
        (' and "text"', True),
    ],
)  # fmt: skip
def test_a_list_is_needed_for_what_a_description_may_lack(condition: str, *, lacks: bool) -> None:
    assert asked(f"is(aws_ec2_volume){condition}").lacks(volume("vol-1").to_line()) is lacks


def scene(*found: Resource) -> Scene:
    return Scene(ACCOUNT, {one.graph_id: one.to_line() for one in found})


def test_a_search_selects_what_it_finds_now() -> None:
    one, other = volume("vol-1"), volume("vol-2", "in-use")
    answer = asked("is(aws_ec2_volume) and volume_status = available").answer(
        scene(one, other), frozenset()
    )
    assert answer.selected == {one.graph_id: {None}}
    assert answer.others == {}


def test_a_search_by_last_use_selects_only_what_was_read_with_it() -> None:
    unread = volume("vol-1")
    read = resource("aws_ec2_volume", "vol-2", properties={"last_used": None})
    answer = asked("is(aws_ec2_volume) and /reported.last_used = null").answer(
        scene(unread, read), frozenset()
    )
    assert answer.selected == {read.graph_id: {None}}
    assert answer.others == {unread.graph_id: "its last use could not be read"}


def test_the_selections_of_a_plan_are_those_of_the_configuration() -> None:
    jobs = [
        {"name": name, "event": "cleanup_plan", "search": f"is(aws_ec2_{kind})",
         "action": {"clean": {"reason": "old"}}}
        for name, kind in (("one", "volume"), ("two", "instance"))
    ]  # fmt: skip
    run = Run("run", "cleanup", NOW, Config.model_validate({"jobs": jobs}))
    rules = ("expired", "job:two", "job:lost", "unknown")
    plan = Plan(
        "run", ACCOUNT, "m", "", 1, (REGION,),
        (Planned(volume("vol-1").subject, "delete", rules, "why"),),
    )  # fmt: skip
    store: Any = MemoryStore()
    found = selections_of(plan, run, store, Manifest("run", "", None, ()))
    assert set(found) == {"expired", "job:two"}
    two: Any = found["job:two"]
    assert two.words == "the search of job two"
    assert two.query == parse_search("is(aws_ec2_instance)", now=NOW)
    assert found["expired"].words == "rule expired"
