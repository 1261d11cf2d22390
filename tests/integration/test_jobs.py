"""Jobs run at their events, on the snapshot of the moment, and what they did is on record."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from ebbtide.base.errors import JobError, PlanError
from ebbtide.deployment.inputs import AccountRequest, JobRequest
from ebbtide.jobs import running
from ebbtide.plan import Plan, plan_account, read_plan
from ebbtide.store.keys import CLAIM, SCHEDULE, RunKeys, protected_key
from tests.integration.workflow import ACCOUNT, REGION, Workflow, account_session

pytestmark = pytest.mark.about("aws_ec2_volume")

CLEAN = {
    "name": "old-volumes",
    "event": "cleanup_plan",
    "search": "is(volume) and tags.purpose == scratch",
    "action": {"clean": {"reason": "only scratch"}},
}
KEEP = {
    "name": "keep-data",
    "event": "post_collect",
    "search": "is(volume) and tags.data == precious",
    "action": {"protect": {"reason": "somebody's data"}},
}
BUS = {
    "name": "tell",
    "event": "post_cleanup_plan",
    "search": "/desired.clean == true",
    "action": {"notify": {"event": "marked"}},
}
EXPIRED = {"rules": {"expired": {"enabled": True}}}
DELETING = {"cleanup": {"enabled": True, "dry_run": False}}


def job(original: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**original, **changes}


def create_volume(customer: boto3.session.Session, **tags: str) -> str:
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    specifications = [{"ResourceType": "volume", "Tags": listed}] if listed else []
    answer = customer.client("ec2").create_volume(
        AvailabilityZone=f"{REGION}a", Size=8, TagSpecifications=specifications
    )
    return str(answer["VolumeId"])


def graph_id(volume: str) -> str:
    return f"{ACCOUNT}/{REGION}/aws_ec2_volume/{volume}"


def by_id(plan: Plan) -> dict[str, Any]:
    return {entry.subject.id: entry for entry in plan.planned}


def exists(customer: boto3.session.Session, volume: str) -> bool:
    try:
        customer.client("ec2").describe_volumes(VolumeIds=[volume])
    except ClientError:
        return False
    return True


def planned(workflow: Workflow) -> tuple[str, Plan]:
    """A run up to its plan, jobs included."""
    run_id = workflow.collect()
    workflow.run_jobs(run_id, "cleanup_plan")
    return run_id, workflow.plan(run_id)


def test_what_a_job_finds_is_planned_and_deleted_in_the_same_run(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    scratch, other = create_volume(customer, purpose="scratch"), create_volume(customer)
    workflow.configure(jobs=[CLEAN], **DELETING)
    run_id, plan = planned(workflow)
    (entry,) = plan.planned
    assert (entry.subject.id, entry.rules) == (scratch, ("job:old-volumes",))
    assert entry.reason == "only scratch"
    workflow.clean(run_id)
    assert not exists(customer, scratch)
    assert exists(customer, other)


def test_a_job_for_named_resources_deletes_them_and_nothing_else(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    """As `ebbtide search '... | clean'` adds it: conditions, ids and the snapshot that was seen."""
    meant, other = (create_volume(customer, purpose="scratch") for _ in range(2))
    workflow.configure()
    seen = workflow.collect()
    workflow.release(seen)
    created = workflow.bucket.read_json(RunKeys(seen).manifest)["created"]
    search = (
        f'{CLEAN["search"]} and id("{graph_id(meant)}") and /metadata.first_seen <= "{created}"'
    )
    later = "2999-01-01T00:00:00Z"
    workflow.configure(jobs=[job(CLEAN, search=search, until=later)], **DELETING)
    run_id, plan = planned(workflow)
    assert [entry.subject.id for entry in plan.planned] == [meant]
    workflow.clean(run_id)
    assert (exists(customer, meant), exists(customer, other)) == (False, True)


def test_record_of_a_job_tells_what_it_did(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    scratch = create_volume(customer, purpose="scratch")
    workflow.configure(jobs=[CLEAN])
    run_id, _ = planned(workflow)
    record = workflow.job_record(run_id, "cleanup_plan", "old-volumes")
    assert record.pop("seconds") >= 0
    key = f"runs/{run_id}/jobs/cleanup_plan/old-volumes.jsonl.zst"
    assert record == {
        "format": 1,
        "run_id": run_id,
        "job": "old-volumes",
        "event": "cleanup_plan",
        "search": CLEAN["search"],
        "action": "clean",
        "matched": 1,
        "acted": 1,
        "undecided": 0,
        "doubts": [],
        "accounts": {ACCOUNT: 1},
        "matches": key,
        "error": None,
    }
    (line,) = workflow.bucket.read_lines(key)
    assert (line["graph_id"], line["kind"]) == (graph_id(scratch), "aws_ec2_volume")
    workflow.release(run_id)


def test_a_mark_holds_for_one_plan(workflow: Workflow, customer: boto3.session.Session) -> None:
    create_volume(customer, purpose="scratch")
    workflow.configure(jobs=[CLEAN])
    run_id, plan = planned(workflow)
    assert len(plan.planned) == 1
    workflow.release(run_id)
    workflow.configure(jobs=[job(CLEAN, active=False)])
    _, plan = planned(workflow)
    assert plan.planned == ()


def test_a_resource_that_a_job_protects_is_kept_from_a_rule(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    kept = create_volume(customer, data="precious", expiration="1s")
    gone = create_volume(customer, expiration="1s")
    workflow.now = datetime.now(UTC) + timedelta(days=1)
    workflow.configure(jobs=[KEEP], **EXPIRED)
    _, plan = planned(workflow)
    assert set(by_id(plan)) == {gone}
    (entry,) = plan.refused
    assert (entry.subject.id, entry.code) == (kept, "protected")
    assert entry.reason == "protected by job keep-data: somebody's data"


def test_protection_that_expires_outlasts_its_run_until_then(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    kept = create_volume(customer, data="precious", expiration="1s")
    start = datetime.now(UTC) + timedelta(days=1)
    action = {"protect": {"reason": "somebody's data", "expires": "7d"}}
    workflow.now = start
    workflow.configure(jobs=[job(KEEP, action=action)], **EXPIRED)
    run_id, plan = planned(workflow)
    assert set(by_id(plan)) == set()
    workflow.release(run_id)
    workflow.configure(**EXPIRED)
    workflow.now = start + timedelta(days=6)
    run_id, plan = planned(workflow)
    assert set(by_id(plan)) == set()
    assert "job keep-data: somebody's data (until " in plan.refused[0].reason
    workflow.release(run_id)
    workflow.now = start + timedelta(days=8)
    _, plan = planned(workflow)
    assert set(by_id(plan)) == {kept}


def test_lasting_protection_is_renewed_while_the_job_finds_the_resource(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    kept = create_volume(customer, data="precious")
    action = {"protect": {"reason": "somebody's data", "expires": "7d"}}
    workflow.configure(jobs=[job(KEEP, action=action)])
    ends = []
    for days in (1, 3):
        workflow.now = datetime.now(UTC) + timedelta(days=days)
        run_id, _ = planned(workflow)
        workflow.release(run_id)
        stored = workflow.bucket.read_json(protected_key(ACCOUNT))
        ends.append(stored["resources"][graph_id(kept)]["keep-data"]["until"])
    assert ends == sorted(set(ends))


def test_protection_made_after_the_plan_is_seen_before_the_deletion(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    kept = create_volume(customer, data="precious", purpose="scratch")
    workflow.configure(jobs=[CLEAN, job(KEEP, event="pre_cleanup")], **DELETING)
    run_id, plan = planned(workflow)
    assert set(by_id(plan)) == {kept}
    workflow.run_jobs(run_id, "cleanup")
    workflow.clean(run_id)
    assert workflow.outcomes(run_id) == {graph_id(kept): "skipped"}
    assert exists(customer, kept)


def test_nothing_is_planned_if_a_job_that_protects_fails(
    workflow: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_volume(customer, purpose="scratch")
    workflow.configure(jobs=[CLEAN, KEEP])
    run_id = workflow.collect()
    fail_searches(monkeypatch, "keep-data")
    errors = workflow.run_jobs(run_id, "cleanup_plan")
    assert errors["old-volumes"] is None
    plan = workflow.plan(run_id)
    assert plan.planned == ()
    assert [entry.code for entry in plan.undecided] == ["protection_unknown"]


def test_nothing_is_deleted_if_a_job_that_protects_left_no_record(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    scratch = create_volume(customer, purpose="scratch")
    workflow.configure(jobs=[CLEAN, job(KEEP, event="cleanup")], **DELETING)
    run_id, plan = planned(workflow)
    assert set(by_id(plan)) == {scratch}
    workflow.clean(run_id)
    assert workflow.outcomes(run_id) == {graph_id(scratch): "skipped"}


def fail_searches(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    search_for = running.search_for

    def failing(bucket: Any, run: Any, wanted: Any) -> Any:
        if wanted.name == name:
            raise RuntimeError("the store is on fire")
        return search_for(bucket, run, wanted)

    monkeypatch.setattr(running, "search_for", failing)


def test_nothing_is_planned_if_the_workflow_lacks_the_event_of_a_job_that_protects(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    create_volume(customer, purpose="scratch", data="precious")
    workflow.configure(jobs=[CLEAN, KEEP])
    workflow.release(workflow.collect())
    answer = workflow.claim("second", workflow="cleanup")
    assert workflow.run_job("second", "cleanup_plan", "old-volumes") is None
    request = AccountRequest(run_id="second", account=ACCOUNT, manifest=answer["manifest"])
    plan_account(request, workflow.bucket)
    plan = read_plan(workflow.bucket.read_json(RunKeys("second").plan(ACCOUNT)))
    assert plan.planned == ()
    (entry,) = plan.undecided
    assert entry.code == "protection_unknown"
    assert "workflow cleanup has no event post_collect" in entry.reason
    assert workflow.summarise_jobs("second")["failures"] == ["keep-data"]
    workflow.release("second")
    # A workflow that deletes nothing does not need to know.
    assert not workflow.claim("third", workflow="metrics")["has_jobs"]


def test_a_protection_with_a_cron_that_failed_is_tried_again_by_the_next_run(
    workflow: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = create_volume(customer, data="precious", purpose="scratch")
    action = {"protect": {"reason": "somebody's data", "expires": "8d"}}
    weekly = job(KEEP, cron="0 22 * * fri", action=action)
    workflow.configure(jobs=[weekly, CLEAN])
    workflow.now = datetime(2026, 11, 26, tzinfo=UTC)
    workflow.release(workflow.collect())
    workflow.now += timedelta(days=2)
    run_id = workflow.collect()
    fail_searches(monkeypatch, "keep-data")
    assert workflow.run_jobs(run_id, "cleanup_plan")["keep-data"] is not None
    assert workflow.plan(run_id).planned == ()
    workflow.release(run_id)
    monkeypatch.undo()
    workflow.now += timedelta(hours=1)
    run_id, plan = planned(workflow)
    assert [(one.subject.id, one.code) for one in plan.refused] == [(kept, "protected")]
    workflow.release(run_id)
    workflow.now += timedelta(hours=1)
    assert workflow.claim("later")["jobs"]["post_collect"] == []


def test_a_failing_job_fails_only_itself_and_says_so(
    workflow: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = create_volume(customer, purpose="scratch")
    broken = job(CLEAN, name="broken")
    workflow.configure(jobs=[broken, CLEAN])
    run_id = workflow.collect()
    fail_searches(monkeypatch, "broken")
    errors = workflow.run_jobs(run_id, "cleanup_plan")
    assert errors == {
        "broken": "job broken: RuntimeError: the store is on fire",
        "old-volumes": None,
    }
    monkeypatch.undo()
    # Asking again, as a retry does, repeats the answer and does not try again.
    assert workflow.run_job(run_id, "cleanup_plan", "broken") == errors["broken"]
    assert set(by_id(workflow.plan(run_id))) == {scratch}
    summary = workflow.summarise_jobs(run_id)
    assert (summary["ran"], summary["failed"], summary["failures"]) == (2, 1, ["broken"])


def test_a_job_without_a_record_counts_as_failed(workflow: Workflow) -> None:
    workflow.configure(jobs=[CLEAN])
    run_id = workflow.collect()
    summary = workflow.summarise_jobs(run_id)
    assert (summary["ran"], summary["failed"]) == (1, 1)
    (entry,) = workflow.bucket.read_json(summary["summary"])["jobs"]
    assert "left no record" in entry["error"]


def test_marks_of_a_job_that_was_killed_before_its_record_do_not_count(
    workflow: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = create_volume(customer, purpose="scratch")
    workflow.configure(jobs=[CLEAN])
    run_id = workflow.collect()

    def killed(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "recorded", killed)
    with pytest.raises(KeyboardInterrupt):
        workflow.run_jobs(run_id)
    assert workflow.bucket.find_json(RunKeys(run_id).marks(ACCOUNT, "old-volumes"))
    assert workflow.plan(run_id).planned == ()
    monkeypatch.undo()
    workflow.run_jobs(run_id)
    assert set(by_id(workflow.plan(run_id))) == {scratch}


@pytest.mark.about("aws_sqs_queue", "aws_sns_subscription")
def test_what_the_search_relies_on_and_was_not_read_leaves_it_undecided(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    customer.client("sqs").create_queue(QueueName="lonely")
    search = "is(aws_sqs_queue) with(empty, <-- is(aws_sns_subscription))"
    workflow.configure(
        collect={"regions": [REGION], "kinds": {"exclude": ["aws_sns_subscription"]}},
        jobs=[job(CLEAN, search=search)],
    )
    run_id, plan = planned(workflow)
    assert plan.planned == ()
    (entry,) = plan.undecided
    assert entry.code == "evidence_missing"
    assert "aws_sns_subscription" in entry.reason
    assert workflow.job_record(run_id, "cleanup_plan", "old-volumes")["undecided"] == 1


@pytest.mark.about("volume")
def test_what_a_limit_leaves_relies_on_all_of_its_kind(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    create_volume(customer, purpose="scratch")
    workflow.configure(jobs=[job(CLEAN, search=f"{CLEAN['search']} sort ctime limit 1")])
    run_id, plan = planned(workflow)
    assert len(plan.planned) == 1
    marks = workflow.bucket.read_json(RunKeys(run_id).marks(ACCOUNT, "old-volumes"))
    assert "aws_ec2_volume" in marks["negates"]


@pytest.mark.parametrize(
    "asked", ["not last_access < 30d", "/usage.volume_read_ops.max == null", "last_used == null"]
)
def test_what_is_asked_of_its_use_is_not_cleaned_if_nobody_read_it(
    workflow: Workflow, customer: boto3.session.Session, asked: str
) -> None:
    create_volume(customer, purpose="scratch")
    workflow.configure(jobs=[job(CLEAN, search=f"{CLEAN['search']} and {asked}")])
    run_id, plan = planned(workflow)
    assert plan.planned == ()
    record = workflow.job_record(run_id, "cleanup_plan", "old-volumes")
    assert (record["matched"], record["acted"], record["undecided"]) == (1, 0, 1)


def test_a_job_before_the_first_snapshot_fails_and_says_when_there_will_be_one(
    workflow: Workflow,
) -> None:
    workflow.configure(jobs=[job(KEEP, event="pre_collect")])
    run_id = "first"
    assert workflow.claim(run_id)["jobs"]["pre_collect"] == ["keep-data"]
    error = workflow.run_job(run_id, "pre_collect", "keep-data")
    assert error is not None and "no snapshot yet at pre_collect" in error


def test_a_job_before_collect_searches_the_snapshot_before(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    create_volume(customer, data="precious")
    workflow.release(workflow.collect())
    workflow.configure(jobs=[job(KEEP, event="pre_collect")])
    create_volume(customer, data="precious")
    assert workflow.claim("second")["claimed"]
    workflow.run_jobs("second", "pre_collect")
    assert workflow.job_record("second", "pre_collect", "keep-data")["matched"] == 1


def test_only_jobs_of_the_workflows_events_are_asked_for(workflow: Workflow) -> None:
    workflow.configure(
        jobs=[
            CLEAN,
            KEEP,
            job(CLEAN, name="marks-early", event="post_collect"),
            job(KEEP, name="sleeps", active=False),
        ]
    )
    answer = workflow.claim("one", workflow="collect")
    # Without a plan, a mark to clean would be for nothing.
    assert {event: names for event, names in answer["jobs"].items() if names} == {
        "post_collect": ["keep-data"]
    }
    assert answer["has_jobs"]
    workflow.release("one")
    answer = workflow.claim("two")
    assert answer["jobs"]["post_collect"] == ["keep-data", "marks-early"]
    assert answer["jobs"]["cleanup_plan"] == ["old-volumes"]


def test_a_run_that_lost_its_claim_does_nothing(workflow: Workflow) -> None:
    workflow.configure(jobs=[CLEAN])
    run_id = workflow.collect()
    workflow.bucket.write_json(CLAIM, {"run_id": "another"})
    with pytest.raises(PlanError, match="no longer holds the claim"):
        workflow.run_job(run_id, "cleanup_plan", "old-volumes")


def test_a_job_that_the_run_does_not_know_is_refused(workflow: Workflow) -> None:
    workflow.configure(jobs=[CLEAN])
    run_id = workflow.collect()
    request = JobRequest(run_id=run_id, event="post_collect", job="old-volumes")
    with pytest.raises(JobError, match="has no job old-volumes at post_collect"):
        running.run_job(request, workflow.bucket, workflow.settings)


# With a cron.


FRIDAYS = job(CLEAN, cron="0 22 * * fri", timezone="Europe/Berlin")


def due(workflow: Workflow, run_id: str, moment: str) -> bool:
    """Whether the job is to be carried out in a run that starts at a moment."""
    workflow.now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    answer = workflow.claim(run_id)
    assert answer["claimed"]
    return bool(answer["jobs"]["cleanup_plan"])


def test_a_cron_arms_the_job_for_one_run(workflow: Workflow) -> None:
    workflow.configure(jobs=[FRIDAYS])
    # What lies before its first sight does not count.
    assert not due(workflow, "first", "2026-11-20T22:30:00")
    workflow.release("first")
    assert not due(workflow, "early", "2026-11-27T20:30:00")
    workflow.release("early")
    assert due(workflow, "armed", "2026-11-27T21:00:00")
    assert due(workflow, "armed", "2026-11-27T21:00:00")
    workflow.run_jobs("armed")
    workflow.release("armed")
    assert not due(workflow, "next", "2026-11-27T22:00:00")


def test_a_run_that_ends_before_the_event_leaves_the_job_armed(workflow: Workflow) -> None:
    workflow.configure(jobs=[FRIDAYS])
    due(workflow, "first", "2026-11-20T22:30:00")
    workflow.release("first")
    assert due(workflow, "fails", "2026-11-27T21:00:00")
    workflow.release("fails")
    assert due(workflow, "next", "2026-11-29T08:00:00")


def test_another_cron_or_a_pause_begins_anew(workflow: Workflow) -> None:
    workflow.configure(jobs=[FRIDAYS])
    due(workflow, "one", "2026-11-20T22:30:00")
    workflow.release("one")
    workflow.configure(jobs=[job(FRIDAYS, cron="0 9 * * *")])
    assert not due(workflow, "two", "2026-11-22T10:00:00")
    workflow.release("two")
    workflow.configure(jobs=[job(FRIDAYS, cron="0 9 * * *", active=False)])
    assert not due(workflow, "three", "2026-11-24T10:00:00")
    workflow.release("three")
    assert workflow.bucket.read_json(SCHEDULE)["jobs"] == {}
    workflow.configure(jobs=[job(FRIDAYS, cron="0 9 * * *")])
    assert not due(workflow, "four", "2026-11-25T10:00:00")
    workflow.release("four")
    assert due(workflow, "five", "2026-11-26T10:00:00")


# Messages.


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that takes all messages out of a queue that listens to a topic and to a bus."""
    session = account_session(ACCOUNT)
    monkeypatch.setattr(running, "_clients", lambda _: _of(session))
    sqs, sns, events = (session.client(name) for name in ("sqs", "sns", "events"))
    queue = sqs.create_queue(QueueName="listens")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    topic = sns.create_topic(Name="people")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    events.create_event_bus(Name="ebbtide")
    pattern = json.dumps({"source": ["ebbtide"]})
    events.put_rule(Name="all", EventBusName="ebbtide", EventPattern=pattern)
    events.put_targets(Rule="all", EventBusName="ebbtide", Targets=[{"Id": "1", "Arn": arn}])

    def taken() -> list[dict[str, Any]]:
        answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        return [json.loads(one["Body"]) for one in answer.get("Messages", [])]

    taken.topic = topic  # type: ignore[attr-defined]
    return taken


def _of(session: boto3.session.Session) -> Any:
    return lambda service, region: session.client(service, region_name=region)  # type: ignore


def test_a_topic_is_told_once_what_was_found(
    workflow: Workflow, customer: boto3.session.Session, messages: Any
) -> None:
    scratch = create_volume(customer, purpose="scratch")
    workflow.configure(jobs=[job(CLEAN, action={"notify": {"topic": messages.topic}})])
    run_id = workflow.collect()
    workflow.run_jobs(run_id)
    workflow.run_jobs(run_id)
    found = [one for one in messages() if "TopicArn" in one]
    assert [one["Subject"] for one in found] == ["Ebbtide: job old-volumes found 1"]
    detail = json.loads(found[0]["Message"])
    assert (detail["event"], detail["run_id"]) == ("job_matched", run_id)
    assert [one["id"] for one in detail["data"]["first"]] == [scratch]
    assert list(workflow.bucket.read_lines(detail["data"]["matches"])) == detail["data"]["first"]


def test_the_bus_is_told_what_earlier_jobs_have_marked(
    workflow: Workflow, customer: boto3.session.Session, messages: Any
) -> None:
    scratch = create_volume(customer, purpose="scratch")
    create_volume(customer)
    workflow.configure(jobs=[CLEAN, BUS])
    run_id = workflow.collect()
    assert workflow.run_jobs(run_id) == {"old-volumes": None, "tell": None}
    (event,) = [one for one in messages() if one.get("detail-type") == "job_matched"]
    assert event["detail"]["data"]["name"] == "marked"
    assert event["detail"]["step"] == "cleanup_plan"
    assert [one["id"] for one in event["detail"]["data"]["first"]] == [scratch]


@pytest.mark.usefixtures("messages")
def test_a_snippet_may_ask_for_what_earlier_jobs_have_marked(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    create_volume(customer, purpose="scratch")
    workflow.configure(
        jobs=[CLEAN, job(BUS, search="expand(marked)")],
        searches={"marked": BUS["search"]},
    )
    run_id = workflow.collect()
    assert workflow.run_jobs(run_id) == {"old-volumes": None, "tell": None}
    assert workflow.job_record(run_id, "post_cleanup_plan", "tell")["matched"] == 1


def test_nobody_is_told_of_nothing(workflow: Workflow, messages: Any) -> None:
    workflow.configure(jobs=[BUS])
    run_id = workflow.collect()
    assert workflow.run_jobs(run_id) == {"tell": None}
    assert [one for one in messages() if one.get("detail-type") == "job_matched"] == []
    record = workflow.job_record(run_id, "post_cleanup_plan", "tell")
    assert (record["matched"], record["acted"], record["matches"]) == (0, 0, None)


def test_a_message_that_may_have_been_sent_is_not_sent_again_but_reported(
    workflow: Workflow,
    customer: boto3.session.Session,
    messages: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    create_volume(customer, purpose="scratch")
    workflow.configure(jobs=[job(CLEAN, action={"notify": {"topic": messages.topic}})])
    run_id = workflow.collect()
    recorded = running.recorded

    def killed(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "recorded", killed)
    with pytest.raises(KeyboardInterrupt):
        workflow.run_jobs(run_id)
    monkeypatch.setattr(running, "recorded", recorded)
    error = workflow.run_jobs(run_id)["old-volumes"]
    assert error is not None and "may have been sent" in error
    assert len([one for one in messages() if "TopicArn" in one]) == 1
