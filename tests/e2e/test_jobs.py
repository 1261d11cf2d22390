"""Jobs in the deployed workflow: it waits for them, and what they marked holds in the same run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from ebbtide.deployment.events import STEP_EVENTS
from local.deploy import ACCOUNT, REGION
from local.estate import REGIONS, SANDBOX, Estate
from local.estate.ground import Site, now
from local.session import cleanup
from tests.e2e.scenario import Stage, Told, graph_id, in_full

# A further deployed run: in `make test`, tests/integration/test_jobs.py stands for it.
pytestmark = pytest.mark.full

JOBS = [
    {
        "name": "keep-data",
        "event": "post_collect",
        "search": "is(volume) and tags.data = precious",
        "action": {"protect": {"reason": "somebody's data", "expires": "1d"}},
    },
    {
        "name": "clean-scratch",
        "event": "cleanup_plan",
        "search": "is(volume) and tags.purpose = job-scratch",
        "action": {"clean": {"reason": "only scratch"}},
    },
    {
        "name": "fridays",
        "event": "cleanup_plan",
        "cron": "0 22 * * fri",
        "search": "is(volume)",
        "action": {"clean": {"reason": "it is too early for this"}},
    },
    {
        "name": "tell-nobody",
        "event": "cleanup_plan",
        "search": "is(aws_account)",
        "action": {"notify": {"topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:there-is-no-such-topic"}},
    },
    {
        "name": "tell-marked",
        "event": "post_cleanup_plan",
        "search": '/desired.rule = "job:clean-scratch"',
        "action": {"notify": {"event": "marked"}},
    },
]


@dataclass(frozen=True)
class Scene:
    """A run with jobs, and the volumes that they are about."""

    told: Told
    scratch: str
    precious: str


@pytest.fixture(scope="module")
def scene(request: pytest.FixtureRequest, stage: Stage, cleaned: Told) -> Iterator[Scene]:
    """A run whose job is killed once while it writes its marks."""
    assert cleaned.run.status == "SUCCEEDED", cleaned.run
    in_full(request, "killed_cleanup")
    site = Site(Estate(created=now()), stage.session.client, SANDBOX, REGIONS[0])
    living = {"owner": "kim", "expiration": "60d"}
    scratch = site.volume(site.aged(9, Name="job-scratch", purpose="job-scratch", **living))
    expired = {"owner": "kim", "expiration": "1d"}
    precious = site.volume(site.aged(9, Name="job-precious", data="precious", **expired))
    stage.session.configure(cleanup=cleanup(dry_run=False), jobs=JOBS)
    marking = {"service": "s3", "action": "PutObject", "contains": "/clean-scratch.json"}
    faults = ({**marking, "effect": "kill", "function": "JobFunction", "times": 1},)
    try:
        told = stage.run("with-jobs", faults=faults)
        yield Scene(told, graph_id(scratch.key), graph_id(precious.key))
    finally:
        stage.session.configure(cleanup=cleanup(dry_run=True))


def test_a_run_with_jobs_succeeds_whatever_becomes_of_them(scene: Scene) -> None:
    told = scene.told
    assert told.run.status == "SUCCEEDED", told.run
    names = [name for name in told.names() if not name.startswith("job_")]
    assert names == ["workflow_started", *STEP_EVENTS, "workflow_succeeded"]
    jobs = told.events[-1]["data"]["jobs"]
    assert (jobs["ran"], jobs["failed"], jobs["failures"]) == (4, 1, ["tell-nobody"])


def test_what_a_job_marked_is_gone_in_the_same_run(scene: Scene) -> None:
    (entry,) = [
        entry
        for entry in scene.told.plans[SANDBOX].planned
        if entry.subject.graph_id == scene.scratch
    ]
    assert (entry.rules, entry.reason) == (("job:clean-scratch",), "only scratch")
    assert scene.told.progress[SANDBOX][scene.scratch]["status"] == "gone"


def test_what_a_job_protects_stays_although_a_rule_selects_it(scene: Scene) -> None:
    (entry,) = [
        entry
        for entry in scene.told.plans[SANDBOX].refused
        if entry.subject.graph_id == scene.precious
    ]
    assert (entry.code, entry.rules) == ("protected", ("expired",))
    assert "job keep-data: somebody's data" in entry.reason


def test_a_killed_job_is_repeated_and_acts_once(stage: Stage, scene: Scene) -> None:
    key = scene.told.run.keys.job("cleanup_plan", "clean-scratch.json")
    record = stage.session.bucket.read_json(key)
    assert (record["matched"], record["acted"], record["error"]) == (1, 1, None)
    assert [line["event"] for line in scene.told.ledgers[SANDBOX]].count("gone") >= 1


def test_a_failing_job_is_announced_between_its_event_and_the_next(scene: Scene) -> None:
    names = scene.told.names()
    (failed,) = [event for event in scene.told.events if event["event"] == "job_failed"]
    assert (failed["data"]["job"], failed["data"]["at"]) == ("tell-nobody", "cleanup_plan")
    assert failed["data"]["error"] == "JobError"
    assert "NotFound" in failed["data"]["cause"]
    place = names.index("job_failed")
    assert names.index("cleanup_plan") < place < names.index("post_cleanup_plan")


def test_a_job_tells_the_bus_what_another_has_marked(scene: Scene) -> None:
    (event,) = [event for event in scene.told.events if event["event"] == "job_matched"]
    assert event["data"]["name"] == "marked"
    assert [one["graph_id"] for one in event["data"]["first"]] == [scene.scratch]


def test_a_job_waits_for_its_cron(stage: Stage, scene: Scene) -> None:
    key = scene.told.run.keys.job("cleanup_plan", "fridays.json")
    assert stage.session.bucket.find_json(key) is None
