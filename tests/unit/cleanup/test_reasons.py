"""The reason of a deletion is asked again on what AWS says now, and on nothing older."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from ebbtide.base.clock import to_text
from ebbtide.base.errors import CallError, IncompleteError
from ebbtide.cleanup import reasons
from ebbtide.cleanup.known import Past
from ebbtide.cleanup.listings import Listed
from ebbtide.cleanup.read_again import Description
from ebbtide.cleanup.reasons import GONE, UNCONFIRMED, Reasons
from ebbtide.cleanup.scene import Scene
from ebbtide.cleanup.selections import Answer
from ebbtide.cleanup.users import Seen, Unread
from ebbtide.kinds import registry
from ebbtide.model.lines import ResourceLine
from ebbtide.model.resource import Resource, Subject
from ebbtide.plan import Planned
from ebbtide.rules.rule import Neighbour
from tests.support.builders import ACCOUNT, NOW, REGION, default_edge, instance, volume

INSTANCE, VOLUME = "aws_ec2_instance", "aws_ec2_volume"
ONE, OTHER, USER = volume("vol-1"), volume("vol-2"), instance("i-1")
LATER = to_text(NOW)


@dataclass
class Unused:
    """Selects volumes while the scene has no instance; keeps the scenes that it was asked about."""

    looks_at: tuple[Neighbour, ...] = (Neighbour(INSTANCE),)
    tags: frozenset[str] = frozenset()
    lacking: bool = False
    never: str = ""
    use: bool = False
    scenes: list[Scene] = field(default_factory=list)
    words: str = "the rule"

    def neighbours(self, _: str) -> tuple[Neighbour, ...]:
        return self.looks_at

    def tagged(self, _: str) -> frozenset[str]:
        return self.tags

    def impossible(self) -> str:
        return self.never

    def lacks(self, _: ResourceLine) -> bool:
        return self.lacking

    def asks_use(self, _: str) -> bool:
        return self.use

    def answer(self, scene: Scene, _: frozenset[str]) -> Answer:
        self.scenes.append(scene)
        if any(line["kind"] == INSTANCE for line in scene.lines.values()):
            return Answer({})
        alone: frozenset[str | None] = frozenset({None})
        return Answer({name: alone for name, line in scene.lines.items() if line["kind"] == VOLUME})


class World:
    """An account: `there` is what lists and descriptions find now, `planned` what the plan had."""

    def __init__(self, *there: Resource, planned: Iterable[Resource] = (ONE,)) -> None:
        self.there: list[Resource] = list(there)
        self.unread: list[Unread] = []
        self.errors: dict[str, str] = {}
        self.untagged: dict[str, int] = {}
        self.asked: list[tuple[str, str]] = []
        self.broken: set[str] = set()
        lines = {one.graph_id: one.to_line() for one in planned}
        self.known: Any = SimpleNamespace(
            read=lambda: None,
            planned=lines,
            past={name: Past.of(line) for name, line in lines.items()},
            containers={},
            edges=[],
        )
        self.unused = Unused()
        self.lists: dict[tuple[str, str], Future[Listed]] = {}
        listing: Any = SimpleNamespace(
            session=SimpleNamespace(account=ACCOUNT),
            regions=(REGION,),
            begin=self.begin,
            why_incomplete=lambda listed, kind, _: listed.errors.get(kind, ""),
            has_tags=lambda _: True,
        )
        selections: Mapping[str, Any] = {"rule": self.unused}
        reader: Any = self
        self.reasons = Reasons(listing, reader, self.known, selections, lambda: LATER)

    def begin(self, kind: str, region: str) -> Future[Listed]:
        self.asked.append((kind, region))
        if (kind, region) not in self.lists:
            found = [
                Seen(one, ()) for one in self.there if (one.kind, one.region) == (kind, region)
            ]
            listed: Future[Listed] = Future()
            listed.set_result(
                Listed({}, self.unread, self.errors, {kind: found}, dict(self.untagged))
            )
            self.lists[kind, region] = listed
        return self.lists[kind, region]

    def read(self, subject: Subject, **_: Any) -> Description | None:
        if subject.id in self.broken:
            raise CallError("ec2", "describe", "InternalError", "no", ACCOUNT, REGION)
        for one in self.there:
            if one.graph_id == subject.graph_id:
                return Description({}, one, {})
        return None

    def objection(
        self, now: Resource = ONE, *, released: bool = False, rules: tuple[str, ...] = ("rule",)
    ) -> str:
        entry = Planned(now.subject, "delete", rules, "why")
        return self.reasons.objection(entry, Description({}, now, {}), released=released)


def test_a_reason_holds_while_what_it_looked_at_is_as_it_was() -> None:
    world = World(ONE)
    assert world.objection() == ""
    assert world.asked == [(INSTANCE, REGION)]


def test_what_the_list_shows_now_ends_the_reason() -> None:
    assert World(ONE, USER).objection() == f"{GONE}: the rule does not select it now"


def test_a_newer_list_counts_even_within_a_round() -> None:
    world = World(ONE)
    assert world.objection() == ""
    world.there.append(USER)
    assert world.objection() == ""
    world.lists.clear()
    assert world.objection().startswith(GONE)


def test_a_scene_and_its_answer_are_made_once_for_the_same_lists() -> None:
    world = World(ONE, OTHER, planned=(ONE, OTHER))
    world.unused.lacking = True
    assert (world.objection(ONE), world.objection(OTHER)) == ("", "")
    assert len(world.unused.scenes) == 1
    # A resource that is not as the list says is asked about on its own.
    assert world.objection(volume("vol-1", "in-use")) == ""
    assert len(world.unused.scenes) == 2


@pytest.mark.parametrize("there", [False, True])
def test_a_neighbour_that_is_named_is_read_by_its_id(*, there: bool) -> None:
    named = volume("vol-1")
    named.properties["user"] = USER.id  # type: ignore[index]
    world = World(ONE, *([USER] if there else []))
    world.unused.looks_at = (Neighbour(INSTANCE, ids="user"),)
    assert bool(world.objection(named)) is there
    assert world.asked == []
    world.broken = {USER.id}
    assert world.objection(named).startswith(UNCONFIRMED)


def test_a_rule_that_the_run_does_not_have_confirms_nothing() -> None:
    said = World(ONE).objection(rules=("rule", "other"))
    assert said == f"{UNCONFIRMED}: other is not in the configuration of this run"


def test_a_search_that_cannot_be_asked_again_confirms_nothing() -> None:
    world = World(ONE)
    world.unused.never = "it looks at everything"
    assert world.objection() == (
        f"{UNCONFIRMED}: the rule cannot be asked again: it looks at everything"
    )


def test_lists_that_are_incomplete_confirm_nothing() -> None:
    world = World(ONE)
    world.errors = {INSTANCE: "denied"}
    assert world.objection() == f"{UNCONFIRMED}: denied"


@pytest.mark.parametrize(
    ("kind", "going", "said"),
    [(INSTANCE, False, True), (INSTANCE, True, False), (VOLUME, False, False)],
)
def test_a_neighbour_that_was_read_only_partly_confirms_nothing(
    kind: str, *, going: bool, said: bool
) -> None:
    world = World(ONE)
    world.unread = [Unread("odd", kind, {"describe": "no"})]
    world.reasons.start_round(frozenset({"odd"} if going else ()))
    assert bool(world.objection()) is said


@pytest.mark.parametrize("asked", [False, True])
def test_tags_that_could_not_be_read_matter_if_they_are_asked_for(*, asked: bool) -> None:
    world = World(ONE)
    world.untagged = {INSTANCE: 2}
    world.unused.tags = frozenset({INSTANCE} if asked else ())
    assert bool(world.objection()) is asked


def test_any_error_confirms_nothing() -> None:
    world = World(ONE)

    def fail() -> None:
        raise IncompleteError("the snapshot has expired")

    world.known.read = fail
    assert world.objection() == f"{UNCONFIRMED}: the snapshot has expired"


@pytest.mark.parametrize("going", [False, True])
def test_what_the_plan_itself_has_deleted_counts_as_it_was(*, going: bool) -> None:
    world = World(ONE, planned=(ONE, USER))
    world.reasons.start_round(frozenset({ONE.graph_id, *([USER.graph_id] if going else [])}))
    assert world.objection().startswith(GONE) is going
    # The next round forgets.
    world.reasons.start_round(frozenset({ONE.graph_id}))
    assert world.objection() == ""


@pytest.mark.parametrize("released", [False, True])
@pytest.mark.parametrize("going", [False, True])
def test_relations_that_the_plan_has_cut_count_as_they_were(*, released: bool, going: bool) -> None:
    world = World(ONE, OTHER, planned=(ONE, OTHER))
    world.unused.looks_at = (Neighbour(VOLUME),)
    world.known.edges = [default_edge(ONE, OTHER).to_line()]
    world.reasons.start_round(
        frozenset({ONE.graph_id, OTHER.graph_id} if going else {ONE.graph_id})
    )
    assert world.objection(released=released) == ""
    restored = world.unused.scenes[-1].restored
    assert bool(restored) is (released and going)


@pytest.mark.parametrize("released", [False, True])
def test_what_the_plans_own_deletions_change_counts_as_it_was_only_once_they_are_done(
    *, released: bool
) -> None:
    before = volume("vol-1", "in-use")
    world = World(planned=(before,))
    world.objection(volume("vol-1", "available"), released=released)
    line = world.unused.scenes[-1].lines[ONE.graph_id]
    assert line["properties"]["volume_status"] == ("in-use" if released else "available")


@pytest.mark.parametrize(
    ("now", "changed"), [(volume("vol-1"), False), (volume("vol-1", "in-use"), True)]
)
@pytest.mark.parametrize("listed", [False, True])
def test_a_resource_that_has_changed_was_updated_now(
    now: Resource, *, changed: bool, listed: bool
) -> None:
    world = World(now)
    world.unused.lacking = listed
    world.objection(now)
    line = world.unused.scenes[-1].lines[ONE.graph_id]
    assert (line["updated"] == LATER) is changed


def test_the_last_use_is_read_if_any_reason_asks_for_it() -> None:
    world = World(ONE)
    entry = Planned(ONE.subject, "delete", ("other", "rule"), "why")
    assert not world.reasons.asks_use(entry)
    world.unused.use = True
    assert world.reasons.asks_use(entry)


@pytest.mark.parametrize(
    ("kind", "alike"),
    [
        ("aws_ec2_volume", True),
        # Listing asks each queue for its attributes, too.
        ("aws_sqs_queue", True),
        ("aws_iam_role", False),
        ("aws_apprunner_service", False),
        ("aws_ec2_snapshot", False),
    ],
)
def test_a_description_is_compared_with_a_list_only_if_both_bring_the_same(
    kind: str, *, alike: bool
) -> None:
    assert reasons._is_described_as_listed(registry()[kind]) == alike
