"""Automations of a deployed stack: marks, a veto, silence, failure, ten at once, a late answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ebbtide.automation import Asked, LateAnswerError, clean, keep, parse
from ebbtide.store.keys import RunKeys, protected_key
from local.cloud import Cloud
from local.deploy import REGION
from local.estate import SANDBOX
from local.observation import ENDED
from local.session import Run, Session, cleanup
from tests.integration.workflow import with_evidence
from tests.support.event_schema import by_schema, unknown_fields

# A stack of its own, which enforces IAM: functions have exactly the rights of the template.
pytestmark = [pytest.mark.full, pytest.mark.enforced]

MANY = [f"watcher-{number}" for number in range(7)]
OWNERS = {"name": "owners", "event": "post_collect", "marks": "clean"}
AUTOMATIONS = [
    OWNERS,
    {"name": "keeper", "event": "post_collect", "marks": "keep"},
    *({"name": name, "event": "post_collect"} for name in MANY),
    {"name": "broken", "event": "post_collect", "on_error": "continue"},
    {"name": "silent", "event": "pre_cleanup_plan", "timeout": "1m"},
    {"name": "calendar", "event": "pre_cleanup", "marks": "keep", "timeout": "10m"},
]

type Answer = Callable[[Asked], None]


@dataclass
class Owner:
    """Makes clients as the owner of the account, as a boto3 session does."""

    session: Session

    def client(self, service: str) -> Any:
        return self.session.client(service)


@dataclass
class Outcome:
    """A run that has ended, and what was asked during it."""

    run: Run
    asked: dict[str, Asked] = field(default_factory=dict)


@dataclass
class Scene:
    """A stack with three volumes that nobody has tagged, and two runs of it."""

    session: Session
    volumes: dict[str, str]
    marked: Outcome
    vetoed: Outcome

    def exists(self, name: str) -> bool:
        found = self.session.client("ec2", SANDBOX).describe_volumes()["Volumes"]
        return self.volumes[name].rpartition("/")[2] in {one["VolumeId"] for one in found}

    def record(self, outcome: Outcome, event: str, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.session.bucket.read_json(
            outcome.run.keys.automation(event, name)
        )
        return found

    def data(self, outcome: Outcome, event: str) -> Any:
        (found,) = [
            one["data"]
            for one in self.session.events(outcome.run.run_id)
            if one["event"] == event and "task_token" not in one
        ]
        return found


def volume(session: Session) -> str:
    made = session.client("ec2", SANDBOX).create_volume(AvailabilityZone=f"{REGION}a", Size=8)
    return f"{SANDBOX}/{REGION}/aws_ec2_volume/{made['VolumeId']}"


def run(session: Session, name: str, answers: Mapping[str, Answer]) -> Outcome:
    """Run the workflow, and answer for the automations until it has ended."""
    execution, asked = session.start(name), dict[str, Asked]()
    while session.status(execution) not in ENDED:
        for event in session.events(name):
            one = parse(event, session=Owner(session))
            if one.automation is not None and one.automation not in asked:
                asked[one.automation] = one
                answers[one.automation](one)
        time.sleep(0.2)
    return Outcome(session.wait(execution), asked)


def nothing(_asked: Asked) -> None:
    """Never answer."""


def answers(volumes: Mapping[str, str], calendar: Answer) -> dict[str, Answer]:
    chosen = [clean(one, "nobody owns it") for one in volumes.values()]
    return {
        "owners": lambda asked: asked.answer(chosen),
        "keeper": lambda asked: asked.answer(
            [keep(volumes["kept"], "asked by ann", timedelta(days=30))]
        ),
        **{name: lambda asked: asked.answer() for name in MANY},
        "broken": lambda asked: asked.refuse("it has a defect", error="Defect"),
        "silent": nothing,
        "calendar": calendar,
    }


def keep_late(volumes: Mapping[str, str]) -> Answer:
    """Return an automation that keeps, of the plan that it reads, one volume."""

    def answer(asked: Asked) -> None:
        planned = {one.graph_id: one.rule for one in asked.plan().selected}
        assert planned == {
            volumes["gone"]: "automation:owners",
            volumes["late"]: "automation:owners",
        }
        assert volumes["late"] in asked.graph(SANDBOX)
        asked.answer([keep(volumes["late"], "month end")])

    return answer


@pytest.fixture(scope="module")
def scene(interpreter: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    cloud = Cloud.start(tmp_path_factory.mktemp("automations"), interpreter=interpreter, auth=True)
    try:
        session = Session.deployed(cloud)
        kinds = {"include": with_evidence(["aws_ec2_volume"])}
        session.configure(
            collect={"accounts": [SANDBOX], "regions": [REGION], "kinds": kinds},
            rules={},
            cleanup=cleanup(dry_run=False),
            automations=AUTOMATIONS,
        )
        volumes = {name: volume(session) for name in ("gone", "kept", "late")}
        marked = run(session, "marked", answers(volumes, keep_late(volumes)))
        del volumes["gone"]
        veto = answers(volumes, lambda asked: asked.refuse("a freeze until Monday"))
        session.configure(
            collect={"accounts": [SANDBOX], "regions": [REGION], "kinds": kinds},
            rules={},
            cleanup=cleanup(dry_run=False),
            automations=[OWNERS, AUTOMATIONS[-1]],
        )
        vetoed = run(session, "vetoed", veto)
        yield Scene(session, {**volumes, "gone": "gone"}, marked, vetoed)
    finally:
        cloud.stop()


def test_all_are_asked_and_the_run_succeeds(scene: Scene) -> None:
    assert scene.marked.run.status == "SUCCEEDED", scene.marked.run
    assert set(scene.marked.asked) == {one["name"] for one in AUTOMATIONS}
    assert len([one for one in scene.marked.asked.values() if one.event == "post_collect"]) == 10


def test_marks_decide_what_is_deleted(scene: Scene) -> None:
    state = scene.session.outcomes(scene.marked.run.keys, SANDBOX)
    outcomes = {name: (one["status"], one["reason"]) for name, one in state.items()}
    assert outcomes.pop(scene.volumes["late"]) == (
        "skipped",
        "is now protected by automation calendar: month end",
    )
    ((_, gone),) = outcomes.items()
    assert gone[0] == "gone"
    assert scene.exists("kept") and scene.exists("late")
    ledger = scene.session.ledger(scene.marked.run, SANDBOX)
    assert {tuple(one["rules"]) for one in ledger if one.get("rules")} == {("automation:owners",)}


def test_a_keep_with_an_end_outlasts_the_run(scene: Scene) -> None:
    stored = scene.session.bucket.read_json(protected_key(SANDBOX))["resources"]
    assert stored[scene.volumes["kept"]]["automation:keeper"]["reason"] == "asked by ann"
    plan = scene.session.bucket.read_json(RunKeys("vetoed").plan(SANDBOX))
    (refused,) = plan["refused"]
    assert refused["subject"]["graph_id"] == scene.volumes["kept"]
    assert "automation keeper: asked by ann (until " in refused["reason"]


def test_silence_and_failure_are_recorded(scene: Scene) -> None:
    silent = scene.record(scene.marked, "pre_cleanup_plan", "silent")
    assert (silent["outcome"], silent["reaction"]) == ("timed_out", "continue")
    assert silent["why"] == "no answer within 1m"
    broken = scene.record(scene.marked, "post_collect", "broken")
    assert (broken["outcome"], broken["error"], broken["why"]) == (
        "failed",
        "Defect",
        "it has a defect",
    )


def test_a_late_answer_is_told_that_it_is_late(scene: Scene) -> None:
    with pytest.raises(LateAnswerError, match="no longer waits"):
        scene.marked.asked["silent"].answer()


def test_a_veto_holds_the_plan(scene: Scene) -> None:
    assert scene.vetoed.run.status == "SUCCEEDED", scene.vetoed.run
    held = scene.data(scene.vetoed, "cleanup_held")
    assert (held["held_by"], held["held_resources"]) == (["calendar"], 1)
    assert scene.exists("late")
    assert scene.record(scene.vetoed, "pre_cleanup", "calendar")["why"] == "a freeze until Monday"


def test_all_events_of_a_deployed_run_keep_the_contract(scene: Scene) -> None:
    for event in scene.session.heard:
        assert by_schema(event, event["detail-type"]), event
        assert list(unknown_fields(parse(event).data)) == [], event
