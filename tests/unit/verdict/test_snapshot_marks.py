"""The marks of a snapshot: joined from the files of all runs that used it, whoever asks."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ebbtide.base.errors import FormatError
from ebbtide.cleanup.state import FINAL, Progress, State
from ebbtide.config import parse_config
from ebbtide.deployment.events import HOOKABLE_EVENTS
from ebbtide.model.resource import Resource
from ebbtide.plan.model import Plan, Planned, Rejected
from ebbtide.store.keys import RunKeys
from ebbtide.store.run import Run, store_run
from ebbtide.verdict.snapshot_marks import ENDINGS, marks_in_run, marks_now
from tests.support.builders import ACCOUNT, NOW, volume
from tests.support.memory_store import MemoryStore

FIRST = "collected"
MANIFEST = RunKeys(FIRST).manifest
DELETING = parse_config("cleanup: {enabled: true, dry_run: false}")
ONE, OTHER, THIRD = (volume(f"vol-{number}") for number in (1, 2, 3))
HOUR = timedelta(hours=1)
BY_ID = "protected: vol-1 is listed in protect.ids"


def run(run_id: str, workflow: str = "cleanup", hours: int = 0, **given: Any) -> Run:
    config = given.pop("config", DELETING)
    manifest = "" if "collect" in workflow else MANIFEST
    return Run(run_id, workflow, NOW + hours * HOUR, config, given, manifest)


COLLECTED = run(FIRST, "collect_and_cleanup")


def planned(one: Resource, *rules: str) -> Planned:
    return Planned(one.subject, "delete", rules, f"because of {rules[0]}")


def kept(one: Resource, code: str, *rules: str) -> Rejected:
    return Rejected(one.subject, rules, "it is old", code, f"it is {code}")


class Bucket(MemoryStore):
    """A bucket that runs have used."""

    def begin(self, *runs: Run) -> None:
        bucket: Any = self
        for one in runs:
            store_run(bucket, one)
        later = [one.run_id for one in runs if one.manifest]
        self.write_json(RunKeys(FIRST).later_runs, {"format": 1, "runs": later})

    def plan(self, of: Run, manifest: str = MANIFEST, **lists: Any) -> Plan:
        plan = Plan(of.run_id, ACCOUNT, manifest, "", 3, (), **lists)
        self.write_json(of.keys.plan(ACCOUNT), plan.to_json())
        return plan

    def clean(self, of: Run, plan: Plan, **statuses: str) -> None:
        state = State.of(plan, dry_run=False, started="")
        by_id = {entry.subject.id.replace("-", "_"): entry for entry in plan.planned}
        for name, status in statuses.items():
            entry: Any = by_id[name]
            state.finish(entry, status, "", f"it is {status}")  # type: ignore[arg-type]
        self.write_json(of.keys.cleanup(ACCOUNT, "state.json"), state.to_json())


def desired(store: Bucket, one: Resource, **given: Any) -> dict[str, Any]:
    return dict(marks_now(store, FIRST, NOW, **given).desired(one.to_line()))


def ending(store: Bucket, one: Resource, **given: Any) -> dict[str, Any]:
    return dict(marks_now(store, FIRST, NOW, **given).ending(one.to_line()))


def ids_cleaned(store: Bucket, of: Run, until: str, among: Iterable[Resource]) -> list[str]:
    marks = marks_in_run(store, FIRST, of, until)
    return [one.id for one in among if marks.ending(one.to_line()).get("cleaned")]


def test_everything_that_a_plan_names_is_marked() -> None:
    store = Bucket()
    store.begin(COLLECTED)
    store.plan(
        COLLECTED,
        planned=(planned(ONE, "volumes", "job:old"),),
        refused=(kept(OTHER, "protected", "expired"),),
        undecided=(kept(THIRD, "stale", "expired"),),
    )
    assert desired(store, ONE) == {
        "clean": True,
        "rules": ["volumes", "job:old"],
        "rule": "volumes",
        "reason": "because of volumes",
    }
    assert desired(store, OTHER) == {
        "refused": "protected",
        "rules": ["expired"],
        "rule": "expired",
        "reason": "it is old",
        "stays_because": "it is protected",
    }
    assert desired(store, THIRD)["undecided"] == "stale"
    assert ending(store, ONE) == {}


def test_what_a_first_run_only_reports_is_not_clean() -> None:
    store = Bucket()
    store.begin(COLLECTED)
    entry = replace(planned(ONE, "volumes"), stays="first run: reported only")
    store.plan(COLLECTED, planned=(), reported=(entry,))
    assert desired(store, ONE) == {
        "reported": True,
        "rules": ["volumes"],
        "rule": "volumes",
        "reason": "because of volumes",
        "stays_because": "first run: reported only",
    }


def test_a_run_without_a_plan_or_a_cleanup_has_no_marks() -> None:
    store = Bucket()
    store.begin(run(FIRST, "collect"))
    assert (desired(store, ONE), ending(store, ONE)) == ({}, {})
    assert (desired(Bucket(), ONE), ending(Bucket(), ONE)) == ({}, {})


def test_plan_of_another_snapshot_says_nothing_about_this_one() -> None:
    store = Bucket()
    store.begin(COLLECTED)
    store.plan(COLLECTED, "runs/other/graph/manifest.json", planned=(planned(ONE, "volumes"),))
    assert desired(store, ONE) == {}


@pytest.mark.parametrize("status", sorted(FINAL))
def test_only_what_is_gone_is_cleaned(status: str) -> None:
    store = Bucket()
    store.begin(COLLECTED)
    plan = store.plan(COLLECTED, planned=(planned(ONE, "volumes"), planned(OTHER, "expired")))
    store.clean(COLLECTED, plan, vol_1=status)
    assert ending(store, ONE) == {
        "cleaned": status == "gone",
        "ending": status,
        "ending_reason": f"it is {status}",
        "ending_run": FIRST,
        "ending_rule": "volumes",
    }
    # Pending is no ending.
    assert ending(store, OTHER) == {"cleaned": False, "ending_run": FIRST}


def test_endings_are_those_of_the_cleanup() -> None:
    assert ENDINGS == FINAL and Progress().status not in ENDINGS


def test_later_runs_on_a_snapshot_add_up() -> None:
    store = Bucket()
    second, third = run("again", hours=1), run("and-again", hours=2)
    measured = run("measured", "metrics", hours=3)
    store.begin(COLLECTED, second, third, measured)
    plan = store.plan(COLLECTED, planned=(planned(ONE, "volumes"), planned(OTHER, "volumes")))
    store.clean(COLLECTED, plan, vol_1="gone", vol_2="failed")
    plan = store.plan(second, planned=(planned(ONE, "expired"), planned(OTHER, "expired")))
    store.clean(second, plan, vol_1="skipped", vol_2="gone")
    assert (ending(store, ONE)["ending_run"], ending(store, ONE)["ending_rule"]) == (
        FIRST,
        "volumes",
    )
    assert (ending(store, OTHER)["cleaned"], ending(store, OTHER)["ending_run"]) == (True, "again")
    # The third has not planned yet, and the last one never does.
    assert desired(store, ONE)["rule"] == "expired"
    store.plan(third, refused=(kept(ONE, "owned", "expired"),))
    assert desired(store, ONE)["refused"] == "owned"
    assert desired(store, OTHER) == {}


def test_a_time_in_the_past_shows_the_marks_of_that_time() -> None:
    store = Bucket()
    second = run("again", hours=2)
    store.begin(COLLECTED, second)
    store.plan(COLLECTED, planned=(planned(ONE, "volumes"),))
    plan = store.plan(second, planned=(planned(ONE, "expired"),))
    store.clean(second, plan, vol_1="gone")
    assert desired(store, ONE, last=NOW)["rule"] == "volumes"
    assert ending(store, ONE, last=NOW) == {}
    assert ending(store, ONE, last=NOW + 2 * HOUR)["cleaned"]


@pytest.mark.parametrize("event", HOOKABLE_EVENTS)
def test_jobs_see_only_what_is_done_at_their_event(event: str) -> None:
    """A job that is repeated after the run has gone on must give the same answer."""
    store = Bucket()
    second = run("again", hours=1)
    store.begin(COLLECTED, second)
    plan = store.plan(COLLECTED, planned=(planned(THIRD, "volumes"),))
    store.clean(COLLECTED, plan, vol_3="gone")
    plan = store.plan(second, planned=(planned(ONE, "expired"),))
    store.clean(second, plan, vol_1="gone")
    marks = marks_in_run(store, FIRST, second, event)
    after_plan = HOOKABLE_EVENTS.index(event) > HOOKABLE_EVENTS.index("cleanup_plan")
    after_cleanup = HOOKABLE_EVENTS.index(event) > HOOKABLE_EVENTS.index("cleanup")
    assert ("clean" in marks.desired(ONE.to_line())) is after_plan
    # The plan of the earlier run is not this run's.
    assert marks.desired(THIRD.to_line()) == {}
    cleaned = ids_cleaned(store, second, event, (ONE, OTHER, THIRD))
    assert cleaned == (["vol-1", "vol-3"] if after_cleanup else ["vol-3"])


def test_an_account_is_read_once_and_only_when_asked_for() -> None:
    store = Bucket()
    store.begin(COLLECTED)
    plan = store.plan(COLLECTED, planned=(planned(ONE, "volumes"),))
    store.clean(COLLECTED, plan, vol_1="gone")
    marks = marks_now(store, FIRST, NOW)
    assert store.reads == []
    for _ in range(3):
        marks.desired(ONE.to_line())
        marks.ending(OTHER.to_line())
        marks.protection(THIRD.to_line())
    assert len(store.reads) == len(set(store.reads))


def test_a_run_that_only_collects_still_says_what_is_protected() -> None:
    store = Bucket()
    store.begin(run(FIRST, "collect", config=parse_config("protect: {ids: [vol-1]}")))
    marks = marks_now(store, FIRST, NOW)
    assert marks.protection(ONE.to_line()) == (True, BY_ID)
    assert marks.protection(OTHER.to_line()).protected is False


def test_a_later_run_without_a_plan_does_not_change_what_is_protected() -> None:
    store = Bucket()
    first = run(FIRST, "collect_and_cleanup", config=parse_config("protect: {ids: [vol-1]}"))
    store.begin(first, run("measured", "metrics", hours=1))
    marks = marks_now(store, FIRST, NOW)
    assert marks.protection(ONE.to_line()) == (True, BY_ID)


@pytest.mark.parametrize("key", [COLLECTED.keys.plan(ACCOUNT), RunKeys(FIRST).later_runs])
def test_files_of_another_format_are_refused(key: str) -> None:
    store = Bucket()
    store.begin(COLLECTED)
    store.plan(COLLECTED)
    store.objects[key] = {**store.objects[key], "format": 99}
    with pytest.raises(FormatError):
        desired(store, ONE)


def test_a_job_sees_what_the_jobs_before_it_marked_and_not_itself() -> None:
    """Before a deletion its search is asked again, long after all jobs of the event have run."""
    jobs = [
        {
            "name": name,
            "event": "cleanup_plan",
            "search": "is(volume)",
            "action": {"clean": {"reason": name}},
        }
        for name in ("early", "late")
    ]
    config = parse_config(json.dumps({"jobs": jobs}))
    of = replace(COLLECTED, config=config, jobs={"cleanup_plan": ("early", "late")})
    store = Bucket()
    store.begin(of)
    for job, marked in (("early", ONE), ("late", OTHER)):
        marks = {
            "format": 1, "run_id": FIRST, "job": job, "event": "cleanup_plan", "action": "clean",
            "reason": job, "search": "is(volume)", "manifest": MANIFEST, "negates": [],
            "resources": [marked.graph_id], "doubts": [],
        }  # fmt: skip
        store.write_json(of.keys.marks(ACCOUNT, job), marks)
        record = {"error": None, "accounts": {ACCOUNT: 1}}
        store.write_json(of.keys.job("cleanup_plan", f"{job}.json"), record)
    seen = {
        before: [
            one.id
            for one in (ONE, OTHER)
            if marks_in_run(store, FIRST, of, "cleanup_plan", before)
            .desired(one.to_line())
            .get("clean")
        ]
        for before in ("early", "late", None)
    }
    assert seen == {"early": [], "late": ["vol-1"], None: ["vol-1", "vol-2"]}
