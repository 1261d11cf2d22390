"""Grace in the deployed application: the second run deletes, whatever is killed in between."""
# ruff: noqa: ARG001  (a fixture may name the previous run only to fix the order)

from __future__ import annotations

from dataclasses import dataclass

import pytest

from ebbtide.store.keys import RunKeys
from local.estate import REGIONS, SANDBOX, Estate
from local.estate.ground import Item, Site, now
from local.session import cleanup
from tests.e2e.conftest import read_once
from tests.e2e.scenario import Stage, Told

pytestmark = [pytest.mark.full, pytest.mark.enforced]

JOB = {
    "name": "graced",
    "event": "post_collect",
    "search": "is(aws_ec2_volume) and tags.Name = graced",
    "action": {"clean": {"reason": "tried out", "grace_runs": 2}},
}


@dataclass(frozen=True)
class Graced:
    """A volume that a job with a grace of two runs selects, and these runs."""

    volume: Item
    begins: Told
    ends: Told


@pytest.fixture(scope="module")
def graced(guarded: Stage, permitted: Told) -> Graced:
    """Two runs; in the first one, the plan function is killed right after it wrote the waits."""
    session = guarded.session
    site = Site(Estate(created=now()), session.client, SANDBOX, REGIONS[0])
    session.configure(rules={}, jobs=[JOB], cleanup=cleanup(dry_run=False))
    volume = site.volume(site.aged(9, Name="graced"))
    writing = {"service": "s3", "action": "PutObject", "contains": f"/plan/{SANDBOX}"}
    kill = {**writing, "effect": "kill", "function": "PlanFunction", "times": 1}
    read_once(guarded, "before-grace")
    begins = guarded.run("grace-begins", faults=[kill])
    ends = guarded.run("grace-ends")
    session.configure(cleanup=cleanup(dry_run=False))
    return Graced(volume, begins, ends)


def test_the_first_run_only_tells_of_the_grace(graced: Graced) -> None:
    told = graced.begins
    assert told.run.status == "SUCCEEDED", told.run
    assert told.changes == [] and graced.volume.key in told.existing
    (entry,) = told.plans[SANDBOX].reported
    assert entry.grace is not None
    assert (entry.grace.runs, entry.grace.wanted, entry.grace.ending) == (1, 2, True)
    data = next(one["data"] for one in told.events if one["event"] == "post_cleanup_plan")
    assert (data["selected"], data["in_grace"], data["grace_ending"]) == (0, 1, 1)


def test_the_second_run_deletes_what_was_selected_twice(guarded: Stage, graced: Graced) -> None:
    told = graced.ends
    assert told.run.status == "SUCCEEDED", told.run
    assert [entry.subject.id for entry in told.plans[SANDBOX].planned] == [graced.volume.key[-1]]
    assert graced.volume.key not in told.existing
    stored = guarded.session.bucket.read_json(RunKeys("grace-ends").waits(SANDBOX))
    (waits,) = stored["waits"].values()
    assert waits["job:graced"]["runs"] == 2
