"""What keeps a planned resource at the moment before its deletion, each reason on its own."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from types import SimpleNamespace
from typing import Any

import pytest

from ebbtide.base.errors import CallError
from ebbtide.cleanup.read_again import Description
from ebbtide.cleanup.verification import Verified, Verifier
from ebbtide.config import ProtectConfig
from ebbtide.deployment.own import NOBODY
from ebbtide.model.resource import Resource
from ebbtide.plan import Planned
from ebbtide.verdict.fingerprint import fingerprint
from ebbtide.verdict.marks import Marks
from tests.support.builders import ACCOUNT, REGION, volume

TAGS = {"expiration": "1d", "owner": "me"}


@dataclass
class Now:
    """What AWS says now, with nothing against the deletion unless a test changes it."""

    resource: Resource | None = field(default_factory=lambda: volume("vol-1", tags=TAGS))
    fails: bool = False
    first: str = ""
    needs: str = ""
    owner: str = ""
    stack: str = ""
    member: str = ""
    carried: list[str] = field(default_factory=list)
    protect: ProtectConfig = field(default_factory=ProtectConfig)
    marks: Marks = field(default_factory=Marks)
    breakable: list[frozenset[str]] = field(default_factory=list)

    def read(self, *_: Any, **__: Any) -> Description | None:
        if self.fails:
            raise CallError("ec2", "describe_volumes", "InternalError", "no", ACCOUNT, REGION)
        return None if self.resource is None else Description({}, self.resource, {})

    def that_need(self, _: Resource, breakable: frozenset[str]) -> str:
        self.breakable.append(breakable)
        return self.needs

    def verifier(self) -> Verifier:
        nothing = SimpleNamespace(
            forget=lambda: None,
            start_round=lambda _: None,
            asks_use=lambda _: False,
            objection=lambda *_, **__: "",
        )
        parts: dict[str, Any] = {
            "reader": self,
            "dependants": SimpleNamespace(
                that_go_first=lambda *_: self.first, that_need=self.that_need
            ),
            "stacks": SimpleNamespace(
                owner_of=lambda _: self.stack, unplanned_member=lambda _: self.member
            ),
            "owned": SimpleNamespace(unplanned=lambda _: self.carried, listing=nothing),
            "owners": SimpleNamespace(objection=lambda _: self.owner),
            "protect": self.protect,
            "marks": self.marks,
            "allowed": (),
            "own": NOBODY,
        }
        return Verifier(**{one.name: parts.get(one.name, nothing) for one in fields(Verifier)})


def planned(action: Any = "delete", then: Resource | None = None) -> Planned:
    found = then or volume("vol-1", tags=TAGS)
    return Planned(
        found.subject,
        action,
        ("expired",),
        "expired",
        fingerprint=fingerprint(found),
        tags=dict(found.tags or {}),
    )


def verified(now: Now, entry: Planned | None = None, *, released: bool = False) -> Verified:
    return now.verifier().verify(entry or planned(), released=released)


def test_what_is_as_it_was_may_go() -> None:
    found = verified(Now())
    assert (found.mismatch, found.gone) == ("", False)
    assert found.description is not None


def test_what_is_not_found_is_gone() -> None:
    found = verified(Now(resource=None))
    assert (found.mismatch, found.gone, found.description) == ("", True, None)


def test_what_cannot_be_read_stays() -> None:
    found = verified(Now(fails=True))
    assert found.mismatch.startswith("could not be verified: ")
    assert not found.gone and found.description is None


REASONS: dict[str, tuple[Now, str]] = {
    "a tag changed": (
        Now(volume("vol-1", tags={**TAGS, "owner": "you"})),
        "its tags changed since it was planned: owner: 'me' -> 'you'",
    ),
    "a tag was added": (Now(volume("vol-1", tags={**TAGS, "keep": "1"})), "its tags changed"),
    "a tag was removed": (Now(volume("vol-1", tags={"expiration": "1d"})), "its tags changed"),
    "its tags are unknown": (Now(volume("vol-1", unknown_tags=True)), "could not be read"),
    "it is protected by a tag": (
        Now(volume("vol-1", tags={**TAGS, "ebbtide:protected": "true"})),
        "is now protected by its tag",
    ),
    "it is protected by the configuration": (
        Now(protect=ProtectConfig(ids=("vol-1",))),
        "is now protected: vol-1 is listed in protect.ids",
    ),
    "it is protected by a job": (
        Now(marks=Marks(protected={volume("vol-1").graph_id: "job keep: mine"})),
        "is now protected by job keep",
    ),
    "protections are unknown": (Now(marks=Marks(unknown="a job failed")), "a job failed"),
    "it is never deleted": (
        Now(volume("vol-1", tags=TAGS, keep_reason="it is the default")),
        "it is the default",
    ),
    "its owner is there": (Now(owner="belongs to a cluster"), "belongs to a cluster"),
    "something goes first": (Now(first="still used by i-1"), "still used by i-1"),
    "something needs it": (Now(needs="still needed by i-2"), "still needed by i-2"),
    "it belongs to a stack": (Now(stack="the stack app"), "belongs to the stack app"),
    "it is a stack with a new member": (Now(member="has a new member"), "has a new member"),
    "it owns something new": (
        Now(carried=["i-3", "i-4"]),
        "deleting it would now also delete i-3, i-4, which is not planned",
    ),
}
ONLY_ON_ITS_OWN = {
    "it is never deleted",
    "its owner is there",
    "something goes first",
    "something needs it",
    "it belongs to a stack",
    "it is a stack with a new member",
}


@pytest.mark.parametrize("why", REASONS)
def test_each_reason_alone_keeps_it(why: str) -> None:
    now, said = REASONS[why]
    found = verified(now)
    assert said in found.mismatch and found.mismatch
    assert not found.gone


@pytest.mark.parametrize("why", REASONS)
def test_of_what_goes_with_its_owner_the_owner_decides(why: str) -> None:
    now, _ = REASONS[why]
    found = verified(now, planned("goes_with"))
    assert bool(found.mismatch) == (why not in ONLY_ON_ITS_OWN)


@pytest.mark.parametrize("why", REASONS)
def test_each_reason_of_a_part_keeps_its_owner(why: str) -> None:
    now, said = REASONS[why]
    part, root = planned("goes_with"), planned()
    kept = now.verifier().objection(part, root)
    others = {"its owner is there", "something goes first", "it is never deleted"}
    # Whether a member belongs to its own stack is no question.
    assert bool(kept) == (why not in {*others, "it belongs to a stack"})
    assert not kept or said in kept


def test_a_part_that_is_gone_keeps_nothing_and_one_that_cannot_be_read_does() -> None:
    assert Now(resource=None).verifier().objection(planned("goes_with"), planned()) == ""
    kept = Now(fails=True).verifier().objection(planned("goes_with"), planned())
    assert kept.startswith("could not be verified: ")


def test_a_changed_fingerprint_keeps_it_and_a_settled_one_does_not() -> None:
    attached = volume("vol-1", "in-use", tags=TAGS)
    before = Planned(
        attached.subject,
        "delete",
        ("expired",),
        "expired",
        fingerprint={**fingerprint(attached), "Attachments": ["i-1"], "CreateTime": None},
        tags=TAGS,
    )
    changed = Now(volume("vol-1", "available", tags=TAGS))
    assert "changed since it was planned: Attachments" in verified(changed, before).mismatch
    assert verified(changed, before, released=True).mismatch == ""
    recreated = {**fingerprint(attached), "CreateTime": "2026-01-01"}
    entry = Planned(
        attached.subject, "delete", ("expired",), "expired", fingerprint=recreated, tags=TAGS
    )
    for released in (False, True):
        said = verified(Now(attached), entry, released=released).mismatch
        assert said == "changed since it was planned: CreateTime"
