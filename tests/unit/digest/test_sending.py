"""Who is told when: due, on change, once, and after any interruption."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.base.errors import ConflictError, DigestError
from ebbtide.deployment.inputs import Asked
from ebbtide.digest.notes import LEASE, MOST_ATTEMPTS
from ebbtide.store.bucket import Bucket
from ebbtide.store.keys import DIGESTS_LOOKED, told_key
from ebbtide.store.run import Run
from tests.support.digests import ACCOUNT, OTHER, TOPIC, Entry, World, planned, undecided

CHAT = TOPIC.replace("digests", "chat")
EVERYBODY = {
    "team": {"topic": TOPIC, "mail": ["ops@example.com"], "chat": CHAT},
    "owners": {"mail_domain": "example.com", "topics": {"*": TOPIC}},
}
PLAN = [planned("vol-1", "team-a", 8.0), planned("vol-2", "team-b"), planned("vol-3")]


def subjects(world: World) -> list[str]:
    return [one["Subject"] for one in world.post.published]


def addresses(world: World) -> list[str]:
    return [one["Destination"]["ToAddresses"][0] for one in world.post.mailed]


def test_everybody_is_told_once_on_each_channel() -> None:
    world = World(EVERYBODY)
    run = world.run("run-1", PLAN)
    # Three audiences in the bucket, and 3 + 2 + 2 messages.
    assert world.send(run) == {"sent": 10, "unchanged": 0, "why": ""}
    assert sorted(addresses(world)) == [
        "ops@example.com",
        "team-a@example.com",
        "team-b@example.com",
    ]
    topics = [(one["TopicArn"], one["MessageAttributes"]) for one in world.post.published]
    audiences = [(arn, given["audience"]["StringValue"]) for arn, given in topics]
    assert sorted(audiences) == sorted(
        [(TOPIC, "team"), (CHAT, "team"), (TOPIC, "owner"), (TOPIC, "owner")]
    )
    assert {given["owner"]["StringValue"] for _, given in topics if "owner" in given} == {
        *("team-a", "team-b")
    }
    assert "vol-1" in world.told(run, "team-a") and "vol-2" not in world.told(run, "team-a")
    assert world.send(run) == {"sent": 0, "unchanged": 0, "why": ""}
    assert world.post.sent == 7


@pytest.mark.parametrize(
    ("digest", "given", "why"),
    [
        ({"enabled": False}, {}, "digest.enabled is false"),
        ({}, {"asked": Asked(accounts=(ACCOUNT,))}, "for a part, or as a dry run"),
        ({}, {"asked": Asked(dry_run=True)}, "for a part, or as a dry run"),
    ],
)
def test_some_runs_tell_nothing(digest: dict[str, Any], given: dict[str, Any], why: str) -> None:
    world = World({**EVERYBODY, **digest})
    answer = world.send(world.run("run-1", PLAN, **given))
    assert answer["sent"] == 0 and why in answer["why"]
    assert list(world.bucket.keys("digests/")) == []


def test_a_run_without_a_plan_tells_nothing() -> None:
    world = World(EVERYBODY)
    run = world.run("run-1", PLAN)
    del world.s3.objects[run.keys.plan_summary]
    assert world.send(run)["why"] == "the run made no plan"


def test_nobody_is_told_again_before_the_time_and_then_only_of_changes() -> None:
    world = World(EVERYBODY)
    world.send(world.run("run-1", PLAN))
    world.pass_(hours=1)
    more = [*PLAN, planned("vol-4", "team-a")]
    assert world.send(world.run("run-2", more))["sent"] == 0
    world.pass_(hours=23)
    sent = world.post.sent
    run = world.run("run-3", more)
    # The team and team-a; nothing has changed for team-b.
    assert world.send(run) == {"sent": 7, "unchanged": 3, "why": ""}
    assert world.post.sent == sent + 5
    text = world.told(run, "team-a")
    assert "Since the digest about 2026-11-20 10:00 UTC: 1 new." in text
    assert "new; age unknown" in text
    world.pass_(days=1)
    same = world.run(
        "run-4", [planned("vol-1", "team-a", 99.0, reason="expired 9d ago"), *more[1:]]
    )
    assert world.send(same) == {"sent": 0, "unchanged": 10, "why": ""}


def test_a_resource_that_is_no_longer_listed_or_held_now_is_a_change() -> None:
    world = World({"every": "0d"})
    two = [planned("vol-1", "team-a"), planned("vol-2", "team-a")]
    world.send(world.run("run-1", two))
    world.pass_(hours=1)
    held = {"only_approved": True, "held_resources": 1}
    run = world.run("run-2", [planned("vol-1", "team-a", held="not approved")], summary=held)
    world.send(run)
    text = world.told(run, "team-a").replace("\n", " ")
    assert "1 in another state, 1 no longer listed." in text
    assert "Held: waits for a decision: 1" in text and "waits: not approved" in text


def test_without_only_on_change_everybody_is_told_again() -> None:
    world = World({**EVERYBODY, "only_on_change": False})
    world.send(world.run("run-1", PLAN))
    world.pass_(days=1)
    assert world.send(world.run("run-2", PLAN))["sent"] == 10
    world.pass_(days=1)
    # The team hears that nothing is planned; owners of nothing hear nothing.
    assert world.send(world.run("run-3"))["sent"] == 4


def test_a_run_that_starts_some_minutes_early_is_not_too_early() -> None:
    world = World(EVERYBODY)
    world.send(world.run("run-1", PLAN))
    world.pass_(hours=23, minutes=55)
    assert world.send(world.run("run-2", PLAN[:1]))["sent"] > 0


def test_somebody_new_is_told_although_nothing_has_changed() -> None:
    world = World({})
    world.send(world.run("run-1", PLAN))
    world.pass_(hours=1)
    world.digest = {"team": {"mail": ["new@example.com"]}}
    assert world.send(world.run("run-2", PLAN))["sent"] == 1
    assert addresses(world) == ["new@example.com"]


def test_a_plan_that_nobody_is_told_about_is_written_to_the_bucket() -> None:
    world = World({})
    run = world.run("run-1", PLAN)
    assert world.send(run)["sent"] == 3
    assert "<html" in world.bucket.read_text(run.keys.digest("team-a", "html"))
    assert world.post.sent == 0


def test_names_of_owners_are_keys_of_their_own() -> None:
    world = World({})
    names = ["team", "../team", "a/b", "x" * 256, "ü" * 256, "ü" * 255 + "x"]
    run = world.run("run-1", [planned(f"vol-{n}", name) for n, name in enumerate(names)])
    assert world.send(run)["sent"] == 1 + len(names)
    texts = {name: world.told(run, name) for name in names}
    assert [texts[name].count("- volume vol-") for name in names] == [1] * len(names)
    assert all(len(key.encode()) < 1024 for key in world.bucket.keys(""))


# Failures and interruptions.


class KilledError(BaseException):
    """The function stops here."""


class Killing(Bucket):
    """A bucket whose function is killed before or after the n-th write."""

    def __init__(self, world: World, number: int, *, after: bool) -> None:
        super().__init__(world.s3, "bucket")
        self.left, self.after = number, after

    def _put(self, key: str, body: bytes, extra: Any) -> str:
        self.left -= 1
        if self.left == 0 and not self.after:
            raise KilledError
        etag = super()._put(key, body, extra)
        if self.left == 0:
            raise KilledError
        return etag


@pytest.mark.parametrize("after", [False, True])
def test_killed_at_any_write_everybody_is_told_and_at_most_one_of_them_twice(after: bool) -> None:
    number = 0
    while True:
        number += 1
        world = World(EVERYBODY)
        run = world.run("run-1", PLAN)
        try:
            world.send(run, Killing(world, number, after=after))
        except KilledError:
            world.now += LEASE
            world.send(run)
        else:
            break
        assert 7 <= world.post.sent <= 8
        assert len(set(addresses(world))) == 3
        assert world.told(run) and world.told(run, "team-a") and world.told(run, "team-b")
    # Two writes around each of ten digests, two of each in the bucket, and the last note.
    assert number == 10 * 2 + 3 * 2 + 1 + 1


def test_a_second_function_at_the_same_moment_sends_nothing() -> None:
    world = World({"team": {"topic": TOPIC}})
    run = world.run("run-1", PLAN)
    with pytest.raises(KilledError):
        # The intention to publish is noted.
        world.send(run, Killing(world, 5, after=True))
    with pytest.raises(DigestError, match="another attempt may be sending it"):
        world.send(run)
    assert world.post.sent == 0
    assert DIGESTS_LOOKED not in world.s3.objects
    world.now += LEASE
    world.send(run)
    assert world.post.sent == 1


def test_functions_that_note_at_the_same_time_do_not_both_send() -> None:
    world = World({"team": {"topic": TOPIC}})
    run = world.run("run-1", PLAN)
    other = World({"team": {"topic": TOPIC}}, s3=world.s3)

    class Racing(Bucket):
        def create_json(self, key: str, value: Any) -> str:
            if key == told_key(None):
                other.send(run)
            return super().create_json(key, value)

    with pytest.raises(DigestError, match="changed by another writer"):
        world.send(run, Racing(world.s3, "bucket"))
    assert world.post.sent + other.post.sent == 1


def refusal(code: str) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": "no"}}
    return ClientError(answer, "Publish")


def test_what_aws_refuses_is_tried_a_few_times_and_again_after_the_next_run() -> None:
    world = World({"team": {"topic": TOPIC}, "owners": {"mail": {"team-a": "a@example.com"}}})
    run = world.run("run-1", PLAN)
    world.post.failing = refusal("AuthorizationError")
    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(DigestError, match=r"topic for the team: .*AuthorizationError"):
            world.send(run)
    with pytest.raises(DigestError, match="all attempts have failed; the next run tries again"):
        world.send(run)
    # What is only in the bucket was not kept from anybody.
    assert world.told(run) and world.told(run, "team-b")
    world.pass_(hours=1)
    world.post.failing = None
    world.send(world.run("run-2", PLAN))
    assert (len(subjects(world)), addresses(world)) == (1, ["a@example.com"])


def test_mail_without_a_sender_says_which_parameter_is_missing() -> None:
    world = World({"team": {"mail": ["a@example.com"]}}, sender="")
    run = world.run("run-1", PLAN)
    with pytest.raises(DigestError, match=r"mail for the team: mail needs .* DigestSender"):
        world.send(run)


def test_a_late_event_of_an_earlier_run_tells_nothing() -> None:
    world = World({"team": {"topic": TOPIC}, "every": "0d"})
    first = world.run("run-1", PLAN)
    world.pass_(hours=1)
    world.send(world.run("run-2", PLAN[:2]))
    assert world.send(first)["sent"] == 0
    assert world.bucket.read_json(DIGESTS_LOOKED)["run_id"] == "run-2"


def test_notes_of_another_format_are_not_overwritten() -> None:
    world = World({})
    run = world.run("run-1", PLAN)
    world.bucket.write_json(told_key(None), {"format": 9})
    with pytest.raises(Exception, match="format"):
        world.send(run)
    assert world.bucket.read_json(told_key(None)) == {"format": 9}


# Deletions.

RUNS = st.lists(
    st.tuples(st.integers(1, 30), st.lists(st.sampled_from("abc"), max_size=3), st.booleans()),
    min_size=1,
    max_size=8,
)


def told_deletions(world: World, run: Run, owner: str | None) -> list[str]:
    text = world.told(run, owner).partition("Deleted since ")[2].partition("How to keep")[0]
    return [line.split()[2] for line in text.splitlines() if line.startswith("- ")]


@given(RUNS, st.sampled_from(["0d", "5h", "1d", "3d"]))
def test_each_deletion_is_told_once_to_its_owner_and_to_the_team(
    drawn: list[tuple[int, list[str], bool]], every: str
) -> None:
    """Whatever runs delete, whenever they start, and if an event of some is lost."""
    world = World({"every": every, "shown": 200})
    told: dict[str | None, list[str]] = {}
    made: dict[str | None, list[str]] = {}
    known: list[Entry] = [planned("vol-a", "a"), planned("vol-b", "b")]
    first, end = (1, [], False), (5 * 24, [], False)
    for number, (hours, owners, lost) in enumerate([first, *drawn, end]):
        world.pass_(hours=hours)
        deleted = [planned(f"v{number}-{n}", owner) for n, owner in enumerate(owners)]
        run = world.run(f"run-{number}", known, deleted=deleted)
        for entry, owner in zip(deleted, owners, strict=True):
            for whom in (owner, None):
                made.setdefault(whom, []).append(entry["subject"]["id"])
        if not lost:
            world.send(run)
            for whom in ("a", "b", "c", None):
                told.setdefault(whom, []).extend(told_deletions(world, run, whom))
    for whom, names in told.items():
        assert sorted(names) == sorted(made.get(whom, [])), whom


def test_a_deletion_that_ends_later_is_told_to_its_owner() -> None:
    """It is in no plan of the run that confirms it, but in the snapshot before."""
    world = World({"every": "0d"})
    entry = planned("vol-1", "team-a", 4.0)
    state = {entry["subject"]["graph_id"]: {"status": "pending", "reason": ""}}
    line = {**entry["subject"], "tags": {"owner": "team-a"}, "created": None}
    first = world.run("run-1", [entry], lines=[line])
    world.bucket.write_json(
        first.keys.cleanup(ACCOUNT, "state.json"),
        {"format": 2, "ledger": [], "in_segments": 0, "resources": state},
    )
    world.send(first)
    assert "Being deleted by AWS: 1" in world.told(first, "team-a")
    world.pass_(hours=1)
    second = world.run("run-2", deleted=[entry])
    key = second.keys.plan(ACCOUNT)
    plan = world.bucket.read_json(key)
    world.bucket.write_json(key, {**plan, "planned": []})
    world.send(second)
    assert told_deletions(world, second, None) == ["vol-1"]
    assert told_deletions(world, second, "team-a") == ["vol-1"]


def test_a_dry_run_deletes_nothing_and_says_so() -> None:
    world = World({}, cleanup={"enabled": True, "dry_run": True})
    run = world.run("run-1", PLAN)
    world.send(run)
    assert "stays for now: dry run" in world.told(run, "team-a")
    assert "Deleted" not in world.told(run)


def test_what_is_unknown_of_another_account_is_told_without_its_snapshot() -> None:
    world = World({})
    run = world.run(
        "run-1", [planned("vol-1", "team-a", account=OTHER)], undecided=[undecided("vol-2")]
    )
    world.send(run)
    assert "age unknown; price unknown" in world.told(run, "team-a")
    assert "Without the tag owner: 1" in world.told(run)


def test_runs_without_a_collection_are_looked_at_as_well() -> None:
    """A workflow that only cleans up uses the snapshot of an earlier run."""
    world = World({"every": "0d"})
    first = world.run("run-1", PLAN)
    world.send(first)
    key = world.manifest
    world.pass_(hours=1)
    second = world.run("run-2", deleted=[planned("vol-9", "team-a")])
    record = world.bucket.read_json(second.keys.run)
    world.bucket.write_json(second.keys.run, {**record, "manifest": key})
    del world.s3.objects[second.keys.manifest]
    world.bucket.write_json(first.keys.later_runs, {"format": 1, "runs": ["run-2"]})
    world.send(second)
    assert told_deletions(world, second, "team-a") == ["vol-9"]
    world.manifest = key
    world.pass_(hours=1)
    third = world.run("run-3", PLAN)
    world.send(third)
    assert told_deletions(world, third, None) == []


def test_a_conflict_that_goes_on_is_an_error() -> None:
    world = World({"team": {"topic": TOPIC}})
    run = world.run("run-1", PLAN)

    class Busy(Bucket):
        def replace_json(self, key: str, *_: Any) -> str:
            raise ConflictError(key)

    with pytest.raises(DigestError, match="keeps being replaced"):
        world.send(run, Busy(world.s3, "bucket"))


def test_the_period_has_an_end() -> None:
    """A lost note does not make a function read a year of runs."""
    world = World({"every": "1d"})
    world.send(world.run("run-0", PLAN))
    for number in range(1, 4):
        world.pass_(days=30)
        run = world.run(f"run-{number}", deleted=[planned(f"v{number}", "team-a")])
    world.send(run)
    assert told_deletions(world, run, "team-a") == ["v2", "v3"]
    assert run.started - timedelta(days=31) > world.now - timedelta(days=32)
