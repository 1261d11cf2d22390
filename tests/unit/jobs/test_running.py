"""A job from its request to its record: once, with the claim, and however often it is called."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from ebbtide.base.deadline import Deadline
from ebbtide.base.errors import AccessError, JobError, PlanError
from ebbtide.config import Config
from ebbtide.deployment.inputs import JobRequest, RunRequest
from ebbtide.deployment.settings import Settings
from ebbtide.jobs import running, setting_tags
from ebbtide.jobs.notifying import notify
from ebbtide.jobs.running import run_job
from ebbtide.jobs.setting_tags import MOST_ARNS, NO_TIME, RESERVE_SECONDS, set_tags
from ebbtide.jobs.summary import NO_RECORD, summarise_jobs
from ebbtide.matching.matches import Doubt, Matched, Matches
from ebbtide.store.keys import CLAIM
from ebbtide.store.run import Run, store_run
from tests.support.builders import ACCOUNT, NOW, REGION, volume
from tests.support.small_cleanup import Memory

EVENT = "post_collect"
REQUEST = JobRequest(run_id="run", event=EVENT, job="mine")
SETTINGS = Settings("bucket", ACCOUNT)
OTHER = "444455556666"
TAG = {"tag": {"update": {"owner": "nobody"}, "delete": ["team"]}}
CLEAN = {"clean": {"reason": "old"}}
KEEP = {"protect": {"reason": "mine"}}
TELL = {"notify": {"event": "volumes.old"}}


class Bucket(Memory):
    name = "bucket"

    def write_lines(self, key: str, lines: Iterable[Any]) -> None:
        self.write_json(key, list(lines))

    def read_lines(self, key: str) -> Any:
        yield from self.read_json(key)


def match(id: str, account: str = ACCOUNT, **change: Any) -> Matched:
    found = Matched.of(volume(id).to_line(), None)
    subject = replace(found.subject, graph_id=id, arn=f"arn:{id}", account=account)
    return replace(found, subject=subject, **change)


FOUND = Matches(
    "manifest",
    [match("one"), match("two"), match("ended", ended=True), match("far", OTHER)],
    (),
    [Doubt(match("doubt"), "its tags are unknown")],
)
NOTHING = Matches("manifest", [], ())


class World:
    """A run with one job, whose search finds `found`; it holds the claim unless told otherwise."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        action: dict[str, Any],
        found: Matches | Exception = FOUND,
        *,
        enabled: bool = True,
        dry_run: bool = False,
    ) -> None:
        job = {"name": "mine", "event": EVENT, "search": "is(volume)", "action": action}
        cleanup = {"enabled": enabled, "dry_run": dry_run}
        config = Config.model_validate({"cleanup": cleanup, "jobs": [job]})
        self.run = Run("run", "collect_and_cleanup", NOW, config, {EVENT: ("mine", "lost")})
        self.store: Any = Bucket()
        store_run(self.store, self.run)
        self.store.write_json(CLAIM, {"run_id": "run"})
        self.searches = 0
        self.calls: list[tuple[str, str, tuple[str, ...]]] = []
        self.tags: list[dict[str, str]] = []
        self.failing: dict[str, str] = {}
        self.closed: set[str] = set()

        def search_for(*_: Any) -> Matches:
            self.searches += 1
            if isinstance(found, Exception):
                raise found
            return found

        def enter(_own: Any, account: str, *_: Any) -> Any:
            if account in self.closed:
                raise AccessError("no")
            return SimpleNamespace(account=account)

        def change(session: Any, region: str, arns: Sequence[str], *tags: Any) -> dict[str, str]:
            self.calls.append((session.account, region, tuple(arns)))
            self.tags.append(dict(tags[0]))
            return {arn: why for arn, why in self.failing.items() if arn in arns}

        monkeypatch.setattr(running, "search_for", search_for)
        monkeypatch.setattr(setting_tags, "own_session", lambda *_: None)
        monkeypatch.setattr(setting_tags, "enter_account", enter)
        monkeypatch.setattr(setting_tags, "change_tags", change)

    def start(self) -> dict[str, Any]:
        return run_job(REQUEST, self.store, SETTINGS)

    def tag(self, seconds: float = 600) -> dict[str, Any]:
        return set_tags(REQUEST, self.store, SETTINGS, Deadline.after(seconds))

    @property
    def record(self) -> dict[str, Any]:
        found: dict[str, Any] = self.store.read_json(self.run.keys.job(EVENT, "mine.json"))
        return found

    @property
    def has_record(self) -> bool:
        return self.run.keys.job(EVENT, "mine.json") in self.store.objects


@pytest.mark.parametrize("action", [CLEAN, KEEP])
def test_a_job_that_marks_ends_with_its_record(
    monkeypatch: pytest.MonkeyPatch, action: dict[str, Any]
) -> None:
    world = World(monkeypatch, action)
    answer = world.start()
    acted = 3 if action is CLEAN else 4
    assert answer == {
        "outcome": "done", "job": "mine", "matched": 5, "acted": acted, "undecided": 1
    }  # fmt: skip
    record = world.record
    assert record["accounts"] == {ACCOUNT: acted - 1, OTHER: 1}
    assert record["error"] is None
    assert record["doubts"] == [{"graph_id": "doubt", "why": "its tags are unknown"}]
    assert len(world.store.read_json(record["matches"])) == 4


def test_a_job_that_has_ended_answers_the_same_and_does_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(monkeypatch, CLEAN)
    first = world.start()
    before = dict(world.store.objects)
    world.store.write_json(CLAIM, {"run_id": "other"})
    assert world.start() == first
    assert world.searches == 1
    assert {**before, CLAIM: json.dumps({"run_id": "other"})} == world.store.objects


@pytest.mark.parametrize("holder", [None, "other"])
def test_a_run_without_the_claim_runs_no_job(
    monkeypatch: pytest.MonkeyPatch, holder: str | None
) -> None:
    world = World(monkeypatch, TAG)
    world.store.objects.pop(CLAIM)
    if holder:
        world.store.write_json(CLAIM, {"run_id": holder})
    for act in (world.start, world.tag):
        with pytest.raises(PlanError, match="no longer holds the claim"):
            act()
    assert (world.searches, world.calls, world.has_record) == (0, [], False)


def test_a_search_that_fails_is_on_record(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, KEEP, JobError("no snapshot yet"))
    for _ in range(2):
        with pytest.raises(JobError, match="job mine: JobError: no snapshot yet"):
            world.start()
    assert world.searches == 1
    assert world.record["error"] == "JobError: no snapshot yet"
    assert world.record["accounts"] == {}


def test_nothing_found_leaves_no_list(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, CLEAN, NOTHING)
    assert world.start()["matched"] == 0
    assert world.record["matches"] is None


# Tags.


@pytest.mark.parametrize("enabled", [False, True])
@pytest.mark.parametrize("dry_run", [False, True])
def test_tags_are_left_to_the_other_function_only_with_both_keys(
    monkeypatch: pytest.MonkeyPatch, *, enabled: bool, dry_run: bool
) -> None:
    world = World(monkeypatch, TAG, enabled=enabled, dry_run=dry_run)
    allowed = enabled and not dry_run
    assert world.start()["outcome"] == ("to_tag" if allowed else "done")
    assert world.has_record is not allowed
    if not allowed:
        assert world.record["would_tag"] == 3
        world.store.objects.pop(world.run.keys.job(EVENT, "mine.json"))
        with pytest.raises(JobError, match="may not set tags"):
            world.tag()
    assert world.calls == []


@pytest.mark.parametrize("action", [CLEAN, KEEP])
def test_only_a_job_with_tags_sets_any(
    monkeypatch: pytest.MonkeyPatch, action: dict[str, Any]
) -> None:
    world = World(monkeypatch, action)
    with pytest.raises(JobError, match="may not set tags"):
        world.tag()
    assert world.start()["outcome"] == "done"
    assert world.calls == []


def test_nothing_to_tag_ends_the_job_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    only_ended = replace(FOUND, found=[match("ended", ended=True)], doubts=[])
    for found in (NOTHING, only_ended):
        world = World(monkeypatch, TAG, found)
        assert world.start()["outcome"] == "done"
        assert world.record["acted"] == 0


def test_sure_matches_get_tags_where_they_are_and_the_others_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(monkeypatch, TAG)
    world.start()
    answer = world.tag()
    assert world.calls == [
        (ACCOUNT, REGION, ("arn:one", "arn:two")),
        (OTHER, REGION, ("arn:far",)),
    ]
    assert (answer["outcome"], answer["acted"]) == ("done", 3)
    record = world.record
    assert (record["accounts"], record["would_tag"]) == ({ACCOUNT: 2, OTHER: 1}, 0)
    told = {one["graph_id"]: one["why"] for one in record["failed"]}
    assert told == {
        "ended": "it has ended",
        "doubt": "uncertain match: its tags are unknown",
    }
    assert (record["failed_count"], record["error"]) == (2, None)
    # Another call tags nothing twice.
    assert world.tag() == answer
    assert len(world.calls) == 2


def test_each_match_gets_the_values_that_were_filled_in_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    filled = [
        match("one", values={"owner": "ci"}),
        match("two", values={"owner": "shop"}),
        match("three", values={"owner": "ci"}),
        match("odd", values={"owner": "<shop>"}),
        match("long", values={"owner": "x" * 257}),
        match("none", unfilled="the value of name is not known"),
    ]
    action = {"tag": {"update": {"owner": "{name}", "checked": "yes"}}}
    world = World(monkeypatch, action, replace(FOUND, found=filled, doubts=[]))
    world.start()
    assert world.tag()["acted"] == 3
    assert dict(zip((arns for _, _, arns in world.calls), world.tags, strict=True)) == {
        ("arn:one", "arn:three"): {"owner": "ci", "checked": "yes"},
        ("arn:two",): {"owner": "shop", "checked": "yes"},
    }
    told = {one["graph_id"]: one["why"] for one in world.record["failed"]}
    assert told["none"] == "the value of name is not known"
    assert told["odd"] == "owner: '<shop>' is no value of a tag"
    assert set(told) == {"odd", "long", "none"}


def test_what_fails_is_told_and_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, TAG)
    world.start()
    world.failing, world.closed = {"arn:one": "denied"}, {OTHER}
    assert world.tag()["acted"] == 1
    told = {one["graph_id"]: one["why"] for one in world.record["failed"]}
    assert (told["one"], told["far"]) == ("denied", "the account cannot be entered: no")
    assert world.record["accounts"] == {ACCOUNT: 1}


def test_a_job_that_tags_nothing_of_what_it_should_has_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(monkeypatch, TAG)
    world.start()
    world.closed = {ACCOUNT, OTHER}
    with pytest.raises(JobError, match="none of 3 resources could be tagged; first failure: the"):
        world.tag()


def test_without_time_nothing_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, TAG)
    world.start()
    with pytest.raises(JobError, match=NO_TIME):
        world.tag(RESERVE_SECONDS - 1)
    assert world.calls == []


def test_a_call_names_as_many_resources_as_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [match(f"v{number}") for number in range(MOST_ARNS + 1)]
    world = World(monkeypatch, TAG, replace(FOUND, found=many, doubts=[]))
    world.start()
    world.tag()
    assert [len(arns) for _, _, arns in world.calls] == [MOST_ARNS, 1]


# Messages.


class Clients:
    def __init__(self, world: World, refused: bool = False) -> None:
        self.world, self.refused, self.sent = world, refused, 0
        self.places: list[tuple[str, str]] = []
        self.told: dict[str, Any] = {}

    def __call__(self, service: str, region: str) -> Clients:
        self.places.append((service, region))
        return self

    def publish(self, **message: Any) -> None:
        self.told = message

    def put_events(self, **_: Any) -> dict[str, Any]:
        self.sent += 1
        entry = {"ErrorCode": "Denied", "ErrorMessage": "no"}
        return {"FailedEntryCount": int(self.refused), "Entries": [entry]}

    def notify(self, found: Matches = FOUND) -> int:
        job = self.world.run.config.jobs[0]
        return notify(self.world.store, self.world.run, job, found, SETTINGS, self)


def test_a_message_is_sent_once_even_if_it_is_unknown_whether_it_arrived(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clients = Clients(World(monkeypatch, TELL))
    assert clients.notify() == len(FOUND.found)
    with pytest.raises(JobError, match="it may have been sent"):
        clients.notify()
    assert clients.sent == 1


def test_a_topic_is_told_in_its_own_region(monkeypatch: pytest.MonkeyPatch) -> None:
    topic = f"arn:aws:sns:eu-central-1:{ACCOUNT}:people"
    clients = Clients(World(monkeypatch, {"notify": {"topic": topic}}))
    clients.notify()
    assert clients.places == [("sns", "eu-central-1")]
    assert clients.told["TopicArn"] == topic
    assert clients.told["Subject"] == f"Ebbtide: job mine found {len(FOUND.found)}"


def test_no_message_tells_of_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    clients = Clients(World(monkeypatch, TELL))
    assert clients.notify(NOTHING) == 0
    assert clients.sent == 0
    # Nothing was sent, so a later attempt that finds something may send it.
    assert clients.notify() == len(FOUND.found)


def test_a_message_that_the_bus_refuses_fails_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(JobError, match="the event bus refused the message: Denied: no"):
        Clients(World(monkeypatch, TELL), refused=True).notify()


# The summary.


def test_the_summary_counts_a_job_without_a_record_as_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(monkeypatch, CLEAN)
    world.start()
    told = summarise_jobs(RunRequest(run_id="run"), world.store)
    assert (told["ran"], told["failed"], told["failures"]) == (2, 1, ["lost"])
    summary = world.store.read_json(told["summary"])
    assert (summary["format"], summary["run_id"]) == (1, "run")
    assert [(one["job"], one["event"], one["error"]) for one in summary["jobs"]] == [
        ("mine", EVENT, None),
        ("lost", EVENT, NO_RECORD),
    ]
