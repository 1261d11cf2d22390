"""Jobs: what the configuration may say of them, when they are due, and what their marks do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ebbtide.base.errors import ConfigError
from ebbtide.config import Config, Job, parse_config
from ebbtide.deployment.events import HOOKABLE_EVENTS, STEPS, WORKFLOWS, events_of, step_of
from ebbtide.jobs.notifying import SHOWN, message
from ebbtide.jobs.schedule import comes_true
from ebbtide.jobs.tag_choice import untaggable
from ebbtide.matching.matches import Doubt, Matched, Matches
from ebbtide.model.expiry import EXPIRATION_TAGS, EXPIRES_TAGS
from ebbtide.model.resource import Subject
from ebbtide.owners import registry as owner_marks
from ebbtide.plan import Plan, make_plan
from ebbtide.store.run import Run
from ebbtide.verdict.marks import CleanMarks, Marks
from tests.support.builders import (
    NOW,
    codes,
    default_edge,
    delete_edge,
    ids,
    instance,
    inventory,
    owns_edge,
    resource,
    volume,
)
from tests.support.each_case import for_each

MANIFEST = "runs/run/graph/manifest.json"
JOB: dict[str, Any] = {
    "name": "old-volumes",
    "event": "cleanup_plan",
    "search": "is(volume)",
    "action": {"clean": {"reason": "too old"}},
}


def configured(*jobs: dict[str, Any]) -> Config:
    return parse_config(yaml.safe_dump({"jobs": list(jobs)}, sort_keys=False))


def problem(*jobs: dict[str, Any]) -> str:
    with pytest.raises(ConfigError) as caught:
        configured(*jobs)
    return str(caught.value)


# What the configuration may say.


@pytest.mark.parametrize(
    ("action", "name"),
    [
        ({"clean": {"reason": "old"}}, "clean"),
        ({"protect": {"reason": "needed", "expires": "4 weeks"}}, "protect"),
        ({"protect": {"reason": "needed"}}, "protect"),
        ({"notify": {"topic": "arn:aws:sns:eu-central-1:111122223333:people"}}, "notify"),
        ({"notify": {"event": "old.volumes"}}, "notify"),
        ({"tag": {"update": {"owner": "nobody", "größe: 1/2": ""}, "delete": ["team"]}}, "tag"),
        ({"tag": {"update": {"ebbtide:protected": "true", "expiration": "Never"}}}, "tag"),
        ({"tag": {"delete": [f"k{number}" for number in range(20)]}}, "tag"),
    ],
)
def test_each_action_is_understood_and_survives_being_stored(
    action: dict[str, Any], name: str
) -> None:
    config = configured({**JOB, "action": action})
    assert config.jobs[0].action.name == name
    assert Config.model_validate(config.model_dump(mode="json")) == config


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"event": "collected"}, "line 3: jobs.0.event: unknown event 'collected'"),
        ({"search": "is(volumes)"}, "line 4: jobs.0.search: "),
        ({"search": "is(volume"}, "line 4: jobs.0.search: column "),
        ({"search": "aggregate(kind: sum(1)): all"}, "line 4: jobs.0.search: a job acts on"),
        ({"name": "Old Volumes"}, "line 2: jobs.0.name: "),
        ({"cron": "61 * * * *"}, "jobs.0.cron: '61 * * * *' is not a cron expression"),
        ({"cron": "0 0 30 2 *"}, "jobs.0.cron: '0 0 30 2 *' is not a cron expression"),
        ({"cron": "* * * * * *"}, "of five fields"),
        ({"cron": "R R * * *"}, "Bad minute"),
        ({"cron": "@daily"}, "of five fields"),
        ({"cron": "0 0 * * *", "timezone": "Mars/Base"}, "unknown time zone 'Mars/Base'"),
        ({"timezone": ""}, "jobs.0.timezone: unknown time zone"),
        ({"timezone": "../etc"}, "jobs.0.timezone: unknown time zone"),
        ({"when": "now"}, "jobs.0.when: unknown key"),
        ({"action": {}}, "jobs.0.action: give exactly one of clean, protect, notify, tag"),
        (
            {"action": {"clean": {"reason": "a"}, "tag": {"delete": ["b"]}}},
            "jobs.0.action: give exactly one of",
        ),
        (
            {"action": {"clean": {"reason": "a"}, "protect": {"reason": "b"}}},
            "jobs.0.action: give exactly one of",
        ),
        ({"action": {"clean": {"reason": "  "}}}, "jobs.0.action.clean.reason"),
        ({"action": {"clean": {"reason": "a", "soon": True}}}, "action.clean.soon: unknown key"),
        ({"action": {"notify": {}}}, "jobs.0.action.notify: give either topic or event"),
        ({"action": {"notify": {"topic": "people"}}}, "jobs.0.action.notify.topic"),
        (
            {"action": {"protect": {"reason": "a", "expires": "soon"}}},
            "jobs.0.action.protect.expires: 'soon' is not a duration",
        ),
        (
            {"action": {"protect": {"reason": "a", "expires": "0s"}}},
            "jobs.0.action.protect.expires: must be longer",
        ),
    ],
)
def test_mistakes_are_named_with_their_place(change: dict[str, Any], expected: str) -> None:
    assert expected in problem({**JOB, **change})


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ({}, "jobs.0.action.tag: give update, delete or both"),
        ({"update": {}, "delete": []}, "give update, delete or both"),
        ({"set": {"a": "b"}}, "jobs.0.action.tag.set: unknown key"),
        ({"update": {"": "b"}}, "jobs.0.action.tag.update"),
        ({"update": {"k" * 129: "b"}}, "jobs.0.action.tag.update"),
        ({"update": {"a": "v" * 257}}, "jobs.0.action.tag.update.a"),
        ({"update": {"a": "{name"}}, "braces must enclose a path"),
        ({"update": {"a": "<{name}>"}}, "a tag must not contain '<'"),
        ({"update": {"a": "{nothing}"}}, "cannot fill in {nothing} for the tag a: unknown field"),
        ({"update": {"a": "{/ancestors.nothing.reported.name}"}}, "unknown kind 'nothing'"),
        ({"update": {"ebbtide:protected": "{name}"}}, "needs a fixed value"),
        ({"update": {"expiration": "{name}"}}, "could replace never"),
        ({"update": {"a": "<b>"}}, "jobs.0.action.tag.update.a"),
        ({"update": {"a": 5}}, "jobs.0.action.tag.update.a"),
        ({"update": {"a\n": "b"}}, "jobs.0.action.tag.update"),
        ({"update": {" a": "b"}}, "begins or ends with a space"),
        ({"update": {"AWS:cost": "b"}}, "only AWS may set tags"),
        ({"delete": ["aws:cloudformation:stack-name"]}, "only AWS may set tags"),
        ({"delete": [f"k{number}" for number in range(21)]}, "too many keys: 21; use at most 20"),
        ({"update": {"a": "b"}, "delete": ["a"]}, "a is given twice"),
        ({"delete": ["a", "a"]}, "a is given twice"),
    ],
)
def test_mistakes_in_tags_are_named(tag: dict[str, Any], expected: str) -> None:
    assert expected in problem({**JOB, "action": {"tag": tag}})


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"once": True, "cron": "0 1 * * *"}, "once and cron are mutually exclusive"),
        (
            {"once": True, "event": "cleanup_plan", "action": {"clean": {"reason": "x"}}},
            "once is not for clean",
        ),
        ({"until": "2026-12-05T00:00:00"}, "give a time zone"),
        ({"until": "tomorrow"}, "jobs.0.until"),
    ],
)
def test_mistakes_in_the_end_of_a_job_are_named(change: dict[str, Any], expected: str) -> None:
    notify = {"action": {"notify": {"event": "x"}}}
    assert expected in problem({**JOB, **notify, **change})


@for_each(
    "tag",
    [
        {"delete": ["ebbtide:protected"]},
        *({"update": {"ebbtide:protected": value}} for value in ("false", " No", "0")),
        *({"delete": [key]} for key in (*EXPIRES_TAGS, *EXPIRATION_TAGS)),
        *({"update": {key: "7d"}} for key in (*EXPIRES_TAGS, *EXPIRATION_TAGS)),
        {"delete": ["keep"]},
        {"delete": ["stage"]},
        {"update": {"stage": "test"}},
        *({"delete": [mark.tag]} for mark in owner_marks().values() if mark.tag),
        {"update": {"kubernetes.io/cluster/blue": "owned"}},
    ],
)
def test_a_job_lifts_no_protection(tag: dict[str, Any]) -> None:
    sections = {
        "protect": {"tags": {"keep": None, "stage": "production"}},
        "jobs": [{**JOB, "action": {"tag": tag}}],
    }
    with pytest.raises(ConfigError, match=r"jobs.*tag"):
        parse_config(yaml.safe_dump(sections))


def test_a_job_may_set_what_protects() -> None:
    update = {"keep": "this", "stage": "production", "ebbtide:protected": "yes"}
    sections = {
        "protect": {"tags": {"keep": None, "stage": "production"}},
        "jobs": [{**JOB, "action": {"tag": {"update": update}}}],
    }
    tag = parse_config(yaml.safe_dump(sections)).jobs[0].action.tag
    assert tag is not None and dict(tag.update) == update


@pytest.mark.parametrize(
    ("kind", "arn", "expected"),
    [
        ("aws_ec2_volume", "arn:aws:ec2:eu-west-1:111122223333:volume/vol-1", None),
        # Its list belongs to another kind's.
        ("aws_ecs_service", "arn:aws:ecs:eu-west-1:111122223333:service/a/b", None),
        ("aws_ec2_volume", None, "its ARN is unknown"),
        (
            "aws_iam_role",
            "arn:aws:iam::111122223333:role/a",
            "cannot tag resources of this service",
        ),
        ("aws_iam_group", "arn:aws:iam::111122223333:group/a", "tags of aws_iam_group are unknown"),
    ],
)
def test_what_cannot_be_tagged_says_why(kind: str, arn: str | None, expected: str | None) -> None:
    why = untaggable(kind, arn)
    assert why is None if expected is None else expected in str(why)


@pytest.mark.parametrize(
    ("properties", "place"), [({"bucket_location": "eu-west-1"}, "eu-west-1"), ({}, "global")]
)
def test_a_bucket_is_tagged_where_it_lies_if_that_is_known(
    properties: dict[str, Any], place: str
) -> None:
    bucket = resource("aws_s3_bucket", "b", region="global", properties=properties)
    assert Matched.of(bucket.to_line(), None).place == place


@pytest.mark.parametrize(
    ("tags", "protected"),
    [
        ({}, False),
        ({"ebbtide:protected": "no"}, False),
        # A job can only set what protects, so that it may tag what shall never expire.
        ({"expiration": "never"}, False),
        ({"ebbtide:protected": "true"}, True),
        ({"ebbtide:protected": "until May"}, True),
        (None, True),
    ],
)
def test_a_protected_resource_is_known_by_its_tag(
    tags: dict[str, str] | None, protected: bool
) -> None:
    line = {**resource("aws_ec2_volume", "v").to_line(), "tags": tags}
    assert (Matched.of(line, None).protection is not None) == protected


def test_two_jobs_of_one_name_are_refused() -> None:
    other = {**JOB, "event": "post_collect"}
    assert "jobs.1.name: two jobs are called old-volumes" in problem(JOB, other)


@pytest.mark.parametrize("event", HOOKABLE_EVENTS)
def test_what_is_to_be_cleaned_must_be_found_in_the_snapshot_of_the_plan(event: str) -> None:
    if event in ("post_collect", "pre_cleanup_plan", "cleanup_plan"):
        configured({**JOB, "event": event})
    else:
        assert "use one of post_collect, pre_cleanup_plan, cleanup_plan" in problem(
            {**JOB, "event": event}
        )


def test_protection_that_would_come_too_late_is_refused() -> None:
    late = {**JOB, "event": "post_cleanup", "action": {"protect": {"reason": "a"}}}
    assert "too late to protect" in problem(late)
    configured({**late, "event": "cleanup"})
    configured({**late, "action": {"protect": {"reason": "a", "expires": "7d"}}})


def test_protection_with_a_cron_must_outlast_its_run() -> None:
    weekly = {**JOB, "cron": "0 22 * * fri", "action": {"protect": {"reason": "a"}}}
    assert "with a cron, protect needs expires" in problem(weekly)
    configured({**weekly, "action": {"protect": {"reason": "a", "expires": "8d"}}})


def test_events_of_a_workflow_are_those_of_its_steps() -> None:
    assert events_of(STEPS) == HOOKABLE_EVENTS
    for steps in WORKFLOWS.values():
        assert {step_of(event) for event in events_of(steps)} == {None, *steps}


# When a job is due.

BERLIN = ZoneInfo("Europe/Berlin")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def firings(cron: str, timezone: str, begin: datetime, end: datetime) -> list[str]:
    """The ends of the five minutes in which a cron came true."""
    step, found = timedelta(minutes=5), []
    while begin < end:
        if comes_true(cron, timezone, begin, begin + step):
            found.append((begin + step).strftime("%d %H:%M"))
        begin += step
    return found


@pytest.mark.parametrize(
    ("after", "until", "due"),
    [
        ("2026-11-20 21:00", "2026-11-20 21:59", False),
        ("2026-11-20 21:00", "2026-11-20 22:00", True),
        ("2026-11-20 22:00", "2026-11-20 23:00", False),
        ("2026-11-20 21:59", "2026-11-27 21:00", True),
        ("2026-11-20 22:00", "2026-11-27 21:59", False),
        # However many times have come, they count as one.
        ("2026-01-01 00:00", "2026-11-27 21:59", True),
    ],
)
def test_a_cron_comes_true_in_the_interval_that_holds_its_time(
    after: str, until: str, due: bool
) -> None:
    assert comes_true("0 22 * * fri", "UTC", utc(after), utc(until)) is due


@pytest.mark.parametrize(
    ("cron", "days"),
    [
        ("0 0 L 11 *", [30]),
        ("0 9 * 11 mon#1", [2]),
        ("0 9 * 11 fri#L", None),
        ("0 9 * 11 5L", [27]),
        ("0 0 * 11 7", [1, 8, 15, 22, 29]),
        ("0 0 * 11 0", [1, 8, 15, 22, 29]),
        ("0 0 * 11 sat-sun", None),
        ("0 0 * 11 6-7", [1, 7, 8, 14, 15, 21, 22, 28, 29]),
        ("0 0 1,10-12 11 *", [1, 10, 11, 12]),
        ("0 0 */10 nov *", [1, 11, 21]),
        ("30 6 13 11 fri", [6, 13, 20, 27]),
    ],
)
def test_a_cron_means_the_days_that_people_expect_or_is_refused(
    cron: str, days: list[int] | None
) -> None:
    if days is None:
        assert "is not a cron expression" in problem({**JOB, "cron": cron})
        return
    configured({**JOB, "cron": cron})
    ends = [utc(f"2026-11-{number:02} 23:59") for number in range(1, 31)]
    found = [end.day for end in ends if comes_true(cron, "UTC", end - timedelta(days=1), end)]
    assert found == days


def test_a_cron_without_any_further_day_is_never_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ebbtide.jobs.schedule.CronSim", lambda *_: iter(()))
    now = utc("2026-11-20 21:00")
    assert not comes_true("0 0 * * *", "UTC", now, now + timedelta(days=2))


def test_an_hour_that_comes_twice_counts_once() -> None:
    day = utc("2026-10-25 00:00") - timedelta(hours=2)  # clocks go back at 03:00 in Berlin
    found = firings("30 2 * * *", "Europe/Berlin", day, day + timedelta(days=2))
    assert found == ["25 00:30", "26 01:30"]


def test_an_hour_that_is_skipped_happens_right_after() -> None:
    day = utc("2026-03-29 00:00") - timedelta(hours=1)  # clocks go forward at 02:00 in Berlin
    found = firings("30 2 * * *", "Europe/Berlin", day, day + timedelta(days=2))
    assert found == ["29 01:30", "30 00:30"]


@given(
    start=st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)),
    hours=st.lists(st.floats(0.01, 30), min_size=1, max_size=6),
)
def test_cutting_time_into_runs_neither_loses_nor_doubles_a_time(
    start: datetime, hours: list[float]
) -> None:
    """However runs are spaced, a job armed once a day is due once for what lies between."""
    cron, zone = "30 2 * * *", "Europe/Berlin"
    moments = [start.replace(tzinfo=UTC)]
    for gap in hours:
        moments.append(moments[-1] + timedelta(hours=gap))
    single = [comes_true(cron, zone, before, after) for before, after in pairwise(moments)]
    assert any(single) == comes_true(cron, zone, moments[0], moments[-1])
    for before, after in pairwise(moments):
        local = before.astimezone(BERLIN).date()
        days = [local + timedelta(days=number) for number in range(-1, 4)]
        times = [
            datetime(day.year, day.month, day.day, 2, 30, tzinfo=BERLIN).astimezone(UTC)
            for day in days
        ]
        expected = any(before < time <= after for time in times)
        assert comes_true(cron, zone, before, after) is expected


# What marks do to a plan.


def marked(*names: str, negates: tuple[str, ...] = (), manifest: str = MANIFEST) -> CleanMarks:
    return CleanMarks(
        "old-volumes", "cleanup_plan", "too old", "is(volume)", manifest, negates, names
    )


def planned(world: Any, marks: Marks, config: str = "") -> Plan:
    return make_plan(
        world, parse_config(config), run_id="run", manifest=MANIFEST, now=NOW, marks=marks
    )


def test_what_a_job_marked_is_planned_under_its_name() -> None:
    one, other = volume("vol-1"), volume("vol-2")
    plan = planned(inventory([one, other]), Marks(clean=(marked(one.graph_id),)))
    (entry,) = plan.planned
    assert (entry.subject.id, entry.rules, entry.reason) == (
        "vol-1",
        ("job:old-volumes",),
        "too old",
    )
    assert entry.facts == {"job:old-volumes": {"event": "cleanup_plan", "search": "is(volume)"}}


def test_marks_of_another_snapshot_select_nothing() -> None:
    one = volume("vol-1")
    marks = Marks(clean=(marked(one.graph_id, manifest="runs/before/graph/manifest.json"),))
    assert planned(inventory([one]), marks).planned == ()


def test_marks_on_what_has_ended_or_is_not_there_select_nothing() -> None:
    ended = instance("i-1", "terminated")
    marks = Marks(clean=(marked(ended.graph_id, "111122223333/us-east-1/aws_ec2_volume/vol-9"),))
    plan = planned(inventory([ended]), marks)
    assert (plan.planned, plan.refused, plan.undecided) == ((), (), ())


def test_marked_resources_are_protected_owned_and_blocked_like_all_others() -> None:
    protected = volume("vol-protected", tags={"ebbtide:protected": "true"})
    owned = volume("vol-owned", tags={"aws:ec2:fleet-id": "fleet-1"})
    used, user = volume("vol-used"), instance("i-1")
    never = resource("aws_region", "us-east-1")
    world = inventory([protected, owned, used, user, never], [delete_edge(used, user)])
    names = [one.graph_id for one in (protected, owned, used, never)]
    plan = planned(world, Marks(clean=(marked(*names),)))
    assert plan.planned == ()
    assert codes(plan.refused) == {
        "vol-protected": "protected",
        "vol-owned": "owned",
        "vol-used": "blocked",
        "us-east-1": "never_deleted",
    }


def test_what_a_search_negates_must_have_been_read_completely() -> None:
    one = resource("aws_sqs_queue", "queue")
    marks = Marks(clean=(marked(one.graph_id, negates=("aws_lambda_function",)),))
    assert ids(planned(inventory([one]), marks).planned) == {"queue"}
    plan = planned(inventory([one], gaps={"aws_lambda_function": "denied"}), marks)
    assert codes(plan.undecided) == {"queue": "evidence_missing"}
    assert "aws_lambda_function" in plan.undecided[0].reason


def test_what_lies_in_a_marked_vpc_goes_with_it_under_the_rule_vpcs() -> None:
    vpc, subnet = resource("aws_vpc", "vpc-1"), resource("aws_ec2_subnet", "subnet-1")
    world = inventory([vpc, subnet], [default_edge(vpc, subnet), delete_edge(vpc, subnet)])
    marks = Marks(clean=(marked(vpc.graph_id),))
    assert ids(planned(world, marks).planned) == set()
    plan = planned(world, marks, "rules: {vpcs: {enabled: true}}")
    assert ids(plan.planned) == {"vpc-1", "subnet-1"}


def test_what_a_job_protects_stays_whoever_selects_it() -> None:
    one = volume("vol-1", tags={"expiration": "7d"})
    marks = Marks(
        clean=(marked(one.graph_id),), protected={one.graph_id: "job keep-data: still needed"}
    )
    plan = planned(inventory([one]), marks, "rules: {expired: {enabled: true}}")
    assert codes(plan.refused) == {"vol-1": "protected"}
    assert plan.refused[0].reason == "protected by job keep-data: still needed"
    assert plan.refused[0].rules == ("job:old-volumes", "expired")


def test_owner_of_what_a_job_protects_stays_too() -> None:
    owner, owned = instance("i-1"), volume("vol-1", "in-use")
    world = inventory([owner, owned], [owns_edge(owner, owned)])
    marks = Marks(clean=(marked(owner.graph_id),), protected={owned.graph_id: "job keep: why"})
    assert codes(planned(world, marks).refused) == {"i-1": "owns_protected"}


def test_nothing_is_planned_while_it_is_unknown_what_a_job_protects() -> None:
    one = volume("vol-1", tags={"expiration": "7d"})
    marks = Marks(unknown="the resources that job keep protects are unknown: it failed in this run")
    plan = planned(inventory([one]), marks, "rules: {expired: {enabled: true}}")
    assert codes(plan.undecided) == {"vol-1": "protection_unknown"}
    assert plan.planned == ()


# What people are told.


def test_message_shows_the_first_and_names_where_all_are() -> None:
    job: Job = configured({**JOB, "action": {"notify": {"event": "volumes.old"}}}).jobs[0]
    found = [
        Matched(
            Subject(f"a/r/k/{n}", "k", f"{n}", f"{n}", "a", "r", None),
            None,
            ended=False,
        )
        for n in range(SHOWN + 5)
    ]
    doubts = [Doubt(found[0], "its tags could not be read")] * 2
    run = Run("run", "collect_and_cleanup", NOW, Config())
    how = job.action.notify
    assert how is not None
    detail = message("bucket", run, job, how, Matches(MANIFEST, found, (), doubts))
    assert (detail.event, detail.step, detail.run_id) == ("job_matched", "cleanup_plan", "run")
    assert (detail.data["matched"], detail.data["undecided"]) == (SHOWN + 5, 2)
    assert [one["id"] for one in detail.data["first"]] == [str(n) for n in range(SHOWN)]
    assert detail.data["matches"] == "runs/run/jobs/cleanup_plan/old-volumes.jsonl.zst"


def test_a_job_may_expand_what_the_configuration_names() -> None:
    job = {**JOB, "search": "expand(old, kind=volume) and age > 30d"}
    config = Config.model_validate(
        {"jobs": [job], "searches": {"old": "is({{kind}}) and age > 1d"}}
    )
    assert config.jobs[0].search == job["search"]
    for searches in ({}, {"old": "is({{typo}})"}, {"old": "is(volumee)"}):
        with pytest.raises(ValidationError, match=r"jobs\.0\.search: "):
            Config.model_validate({"jobs": [job], "searches": searches})


def test_a_search_that_may_have_asked_for_tags_of_others_needs_them_known() -> None:
    one = volume("vol-1")
    world = inventory([one])
    kind = "aws_ec2_instance"
    world.coverage[one.region, kind] = replace(world.coverage[one.region, kind], unknown_tags=1)
    marks = Marks(clean=(marked(one.graph_id, negates=(kind,)),))
    plan = planned(world, marks)
    assert plan.planned == ()
    assert [entry.code for entry in plan.undecided] == ["evidence_missing"]
    assert "unknown tags on 1 of them" in plan.undecided[0].reason
