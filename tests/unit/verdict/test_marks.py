"""The marks of jobs in an account, as plans and the cleanup read them from the bucket."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ebbtide.base.clock import to_text
from ebbtide.config import Config
from ebbtide.store.keys import RunKeys, protected_key
from ebbtide.store.run import Run
from ebbtide.verdict.marks import CleanMarks, Marks, marked_findings, read_marks
from tests.support.builders import ACCOUNT, NOW, instance, inventory, volume
from tests.support.memory_store import MemoryStore

KEYS = RunKeys("run")
OTHER = "444455556666"
SEARCH = "is(volume)"
ACTIONS: dict[str, dict[str, Any]] = {
    "keep": {"protect": {"reason": "a release"}},
    "old": {"clean": {"reason": "too old"}},
    "tell": {"notify": {"event": "volumes.old"}},
}
DAY = timedelta(days=1)


class World:
    """A run with the jobs of ACTIONS, each on an event of its own choice."""

    def __init__(self, workflow: str = "collect_and_cleanup", **events: str) -> None:
        self.store = MemoryStore()
        given = dict.fromkeys(ACTIONS, "post_collect") | events
        jobs = [
            {"name": name, "event": given[name], "search": SEARCH, "action": action}
            for name, action in ACTIONS.items()
        ]
        due: dict[str, tuple[str, ...]] = {}
        for name, event in given.items():
            due[event] = (*due.get(event, ()), name)
        self.run = Run("run", workflow, NOW, Config.model_validate({"jobs": jobs}), due)
        self.events = given

    def mark(self, job: str, *names: str, **doubts: str) -> None:
        (action,) = ACTIONS[job]
        marks = {
            "format": 1, "run_id": "run", "job": job, "event": self.events[job], "action": action,
            "reason": ACTIONS[job][action]["reason"], "search": SEARCH, "manifest": KEYS.manifest,
            "negates": ["aws_ec2_instance"], "resources": list(names), "doubts": doubts,
        }  # fmt: skip
        self.store.write_json(KEYS.marks(ACCOUNT, job), marks)

    def end(self, job: str, *accounts: str, error: str | None = None) -> None:
        record = {"error": error, "accounts": dict.fromkeys(accounts, 1)}
        self.store.write_json(KEYS.job(self.events[job], f"{job}.json"), record)

    def protect(self, **names: timedelta) -> None:
        resources = {
            name: {"before": {"reason": "kept", "until": to_text(NOW + left), "run_id": "earlier"}}
            for name, left in names.items()
        }
        protections = {"format": 1, "account": ACCOUNT, "resources": resources}
        self.store.write_json(protected_key(ACCOUNT), protections)

    def marks(self, until: str = "cleanup") -> Marks:
        return read_marks(self.store, self.run, ACCOUNT, until)


def test_what_a_job_of_this_run_protects_is_protected() -> None:
    world = World()
    world.mark("keep", "a", "b", b="its tags are unknown")
    world.end("keep", ACCOUNT)
    world.end("old")
    assert world.marks() == Marks(
        protected={
            "a": "job keep: a release",
            "b": "job keep: a release (it may be meant: its tags are unknown)",
        },
        ran=frozenset({"job:old"}),
    )


def test_protections_of_this_run_and_of_earlier_ones_add_up() -> None:
    world = World()
    world.protect(b=DAY, c=-DAY)
    world.mark("keep", "a")
    world.end("keep", ACCOUNT)
    until = to_text(NOW + DAY)
    assert world.marks().protected == {
        "a": "job keep: a release",
        "b": f"job before: kept (until {until})",
    }


def test_what_a_job_wants_to_clean_up_is_marked_and_not_protected() -> None:
    world = World()
    world.mark("old", "a", b="its tags are unknown")
    world.end("old", ACCOUNT)
    world.end("keep")
    (made,) = world.marks().clean
    assert made == CleanMarks(
        "old",
        "post_collect",
        "too old",
        SEARCH,
        KEYS.manifest,
        ("aws_ec2_instance",),
        ("a",),
        {"b": "its tags are unknown"},
    )
    assert (world.marks().protected, world.marks().unknown) == ({}, "")


@pytest.mark.parametrize("error", [None, "it broke"])
def test_protection_is_unknown_if_its_job_has_no_record_or_an_error(error: str | None) -> None:
    world = World()
    world.mark("keep", "a")
    world.end("old")
    if error:
        world.end("keep", ACCOUNT, error=error)
    marks = world.marks()
    assert marks.protected == {}
    assert marks.unknown == (
        "the resources that job keep protects are unknown: it failed in this run"
    )


def test_protection_by_an_event_that_the_workflow_lacks_is_unknown() -> None:
    world = World("cleanup")
    assert world.marks().unknown == (
        "the resources that job keep protects are unknown: workflow cleanup has no event "
        "post_collect"
    )


def test_a_job_that_cleans_and_has_failed_leaves_no_doubt_and_no_marks() -> None:
    world = World()
    world.mark("old", "a")
    world.end("old", ACCOUNT, error="it broke")
    world.end("keep")
    assert world.marks() == Marks()


def test_marks_in_an_account_that_the_record_lacks_do_not_count() -> None:
    world = World()
    for job in ("keep", "old"):
        world.mark(job, "a")
        world.end(job, OTHER)
    assert world.marks() == Marks(ran=frozenset({"job:old"}))


def test_jobs_of_a_later_event_do_not_count_yet() -> None:
    world = World(keep="cleanup")
    world.mark("keep", "a")
    world.end("keep", ACCOUNT)
    assert world.marks("cleanup_plan").protected == {}
    assert world.marks("cleanup").protected == {"a": "job keep: a release"}


def test_findings_are_the_sure_and_the_doubtful_marks_that_live_in_this_snapshot() -> None:
    sure, doubtful, ended = volume("vol-1"), volume("vol-2"), instance("i-1", "terminated")
    made = CleanMarks(
        "old",
        "cleanup_plan",
        "too old",
        SEARCH,
        KEYS.manifest,
        ("aws_ec2_instance",),
        (sure.graph_id, ended.graph_id, "gone"),
        {doubtful.graph_id: "its tags are unknown"},
    )
    found = marked_findings(Marks((made,)), inventory([sure, doubtful, ended]), KEYS.manifest)
    assert [(one.resource, one.unsure, tuple(one.negates)) for one in found] == [
        (sure.graph_id, "", ("aws_ec2_instance",)),
        (doubtful.graph_id, "its tags are unknown", ("aws_ec2_instance",)),
    ]
    assert {one.rule for one in found} == {"job:old"}
    assert marked_findings(Marks((made,)), inventory([sure]), "another") == []
