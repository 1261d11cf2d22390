"""Jobs that set tags: in the account, only if allowed to, one failure at a time, on record."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

import ebbtide.jobs.setting_tags as tagging
from ebbtide.aws import AccountSession
from ebbtide.base.deadline import Deadline
from ebbtide.base.errors import AccessError, JobError, PlanError
from ebbtide.deployment.inputs import JobRequest
from ebbtide.jobs import running
from ebbtide.store.keys import CLAIM, SCHEDULE
from tests.integration.workflow import ACCOUNT, REGION, Workflow

pytestmark = pytest.mark.about("aws_ec2_volume")

JOB: dict[str, Any] = {
    "name": "own",
    "event": "post_collect",
    "search": "is(volume) and tags.team == search",
    "action": {"tag": {"update": {"owner": "nobody"}, "delete": ["team"]}},
}
ALLOWED = {"cleanup": {"enabled": True, "dry_run": False}}


def create_volume(customer: boto3.session.Session, **tags: str) -> str:
    listed = [{"Key": key.replace("__", ":"), "Value": value} for key, value in tags.items()]
    specifications = [{"ResourceType": "volume", "Tags": listed}] if listed else []
    answer = customer.client("ec2").create_volume(
        AvailabilityZone=f"{REGION}a", Size=8, TagSpecifications=specifications
    )
    return str(answer["VolumeId"])


def tags_of(customer: boto3.session.Session, volume: str) -> dict[str, str]:
    (found,) = customer.client("ec2").describe_volumes(VolumeIds=[volume])["Volumes"]
    return {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}


def ran(workflow: Workflow, *jobs: dict[str, Any], **sections: Any) -> dict[str, Any]:
    """The record of the first job after a run that had these."""
    workflow.configure(jobs=list(jobs), **sections)
    run_id = workflow.collect()
    workflow.run_jobs(run_id)
    workflow.release(run_id)
    return workflow.job_record(run_id, jobs[0]["event"], jobs[0]["name"])


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[str, ...]]]:
    """Which ARNs tags were changed of, by region."""
    found: list[tuple[str, tuple[str, ...]]] = []
    change_tags = tagging.change_tags

    def watched(session: AccountSession, region: str, arns: list[str], *tags: Any) -> Any:
        found.append((region, tuple(arns)))
        return change_tags(session, region, arns, *tags)

    monkeypatch.setattr(tagging, "change_tags", watched)
    return found


def test_what_a_job_finds_is_tagged_and_on_record(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    found = create_volume(customer, team="search", cost="5")
    other = create_volume(customer, team="sales")
    record = ran(workflow, JOB, **ALLOWED)
    assert tags_of(customer, found) == {"cost": "5", "owner": "nobody"}
    assert tags_of(customer, other) == {"team": "sales"}
    told = ("matched", "acted", "would_tag", "accounts", "failed", "failed_count", "error")
    assert [record[name] for name in told] == [1, 1, 0, {ACCOUNT: 1}, [], 0, None]
    (line,) = workflow.bucket.read_lines(record["matches"])
    assert (line["id"], line["place"]) == (found, REGION)
    assert record["manifest"].startswith(f"runs/{record['run_id']}/")


def test_values_are_filled_in_from_each_resource_when_the_job_runs(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    one = create_volume(customer, team="search", cost="5")
    other = create_volume(customer, team="search")
    template = (
        "gen_{/ancestors.account.reported.id}_{/ancestors.aws_region.reported.name}_{tags.cost}"
    )
    job = {**JOB, "action": {"tag": {"update": {"owner": template}}}, "once": True}
    record = ran(workflow, job, **ALLOWED)
    assert tags_of(customer, one)["owner"] == f"gen_{ACCOUNT}_{REGION}_5"
    assert "owner" not in tags_of(customer, other)
    (told,) = record["failed"]
    assert told["why"] == "the value of tags.cost is not known"
    # It was carried out, so the next run does not do it again.
    customer.client("ec2").delete_tags(Resources=[one], Tags=[{"Key": "owner"}])
    run_id = workflow.collect()
    assert workflow.run_jobs(run_id) == {}
    assert "owner" not in tags_of(customer, one)


@pytest.mark.about("aws_sns_topic", "aws_s3_bucket", "aws_cloudwatch_log_group")
def test_services_are_tagged_through_one_api_each_where_it_is(
    workflow: Workflow, customer: boto3.session.Session, calls: list[Any]
) -> None:
    tag = {"team": "search"}
    pairs = [{"Key": "team", "Value": "search"}]
    sns, s3, logs = (customer.client(name) for name in ("sns", "s3", "logs"))
    topic = sns.create_topic(Name="topic", Tags=pairs)["TopicArn"]
    logs.create_log_group(logGroupName="/some/group", tags=tag)
    s3.create_bucket(Bucket="tagged-bucket")
    s3.put_bucket_tagging(Bucket="tagged-bucket", Tagging={"TagSet": pairs})
    search = "is(aws_sns_topic, aws_s3_bucket, aws_cloudwatch_log_group) and tags.team == search"
    record = ran(workflow, {**JOB, "search": search}, **ALLOWED)
    assert record["failed"] == []
    assert (record["matched"], record["acted"]) == (3, 3)
    owner = {"Key": "owner", "Value": "nobody"}
    assert sns.list_tags_for_resource(ResourceArn=topic)["Tags"] == [owner]
    assert s3.get_bucket_tagging(Bucket="tagged-bucket")["TagSet"] == [owner]
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/some/group"
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"owner": "nobody"}
    assert {(arn, region) for region, arns in calls for arn in arns} == {
        (topic, REGION),
        (arn, REGION),
        ("arn:aws:s3:::tagged-bucket", "global"),
    }


@pytest.mark.about("aws_ec2_volume", "aws_sqs_queue")
def test_what_the_api_does_not_take_is_told_of(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    volume = create_volume(customer, team="search")
    # The mocked API knows no queues.
    customer.client("sqs").create_queue(QueueName="queue", tags={"team": "search"})
    search = "is(volume, aws_sqs_queue) and tags.team == search"
    record = ran(workflow, {**JOB, "search": search}, **ALLOWED)
    assert (record["acted"], record["failed_count"], record["error"]) == (1, 1, None)
    assert record["failed"][0]["arn"] == f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue"
    assert "InternalServiceException" in record["failed"][0]["why"]
    assert tags_of(customer, volume) == {"owner": "nobody"}


@pytest.mark.parametrize("cleanup", [{}, {"enabled": True}, {"enabled": False, "dry_run": False}])
def test_a_dry_run_tags_nothing_and_tells_how_many_it_would_have_tagged(
    workflow: Workflow, customer: boto3.session.Session, calls: list[Any], cleanup: dict[str, Any]
) -> None:
    volume = create_volume(customer, team="search")
    create_volume(customer, team="search", ebbtide__protected="true")
    record = ran(workflow, JOB, cleanup=cleanup)
    assert tags_of(customer, volume) == {"team": "search"}
    assert (record["matched"], record["acted"], record["would_tag"]) == (2, 0, 1)
    assert (record["failed_count"], record["error"]) == (1, None)
    assert calls == []


def test_the_function_that_tags_asks_for_both_keys_itself(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    create_volume(customer, team="search")
    workflow.configure(jobs=[JOB])
    run_id = workflow.collect()
    with pytest.raises(JobError, match=r"cleanup\.dry_run: false"):
        workflow.set_tags(run_id, "post_collect", "own")


def test_a_protected_volume_gets_no_tags_and_is_told_of(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    kept = create_volume(customer, team="search", ebbtide__protected="yes")
    denied = create_volume(customer, team="search", ebbtide__protected="False")
    record = ran(workflow, JOB, **ALLOWED)
    assert tags_of(customer, kept) == {"team": "search", "ebbtide:protected": "yes"}
    assert tags_of(customer, denied)["owner"] == "nobody"
    (failed,) = record["failed"]
    assert failed["graph_id"].endswith(kept)
    assert failed["why"] == "protected by its tag ebbtide:protected=yes"
    assert (record["acted"], record["failed_count"], record["error"]) == (1, 1, None)


@pytest.mark.about("aws_ec2_volume", "aws_iam_role")
def test_nothing_is_tagged_if_nothing_or_only_what_is_left_out_was_found(
    workflow: Workflow, customer: boto3.session.Session, calls: list[Any]
) -> None:
    create_volume(customer, team="search", ebbtide__protected="yes")
    customer.client("iam").create_role(
        RoleName="role", AssumeRolePolicyDocument="{}", Tags=[{"Key": "team", "Value": "search"}]
    )
    roles = {**JOB, "name": "roles", "search": "is(aws_iam_role) and tags.team == search"}
    nothing = {**JOB, "name": "nothing", "search": "is(volume) and tags.team == none"}
    record = ran(workflow, roles, JOB, nothing, **ALLOWED)
    assert record["failed"][0]["why"] == "Ebbtide cannot tag resources of this service"
    assert calls == []


@pytest.mark.about("aws_ec2_volume", "aws_ec2_instance")
def test_what_was_found_through_something_unread_is_left_alone(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    volume = create_volume(customer, team="search")
    # Instances are not collected: nobody knows whether one uses it.
    search = "is(aws_ec2_volume) with(empty, <-- is(aws_ec2_instance))"
    collect = {"regions": [REGION], "kinds": {"exclude": ["aws_ec2_instance"]}}
    record = ran(workflow, {**JOB, "search": search}, collect=collect, **ALLOWED)
    assert tags_of(customer, volume) == {"team": "search"}
    assert (record["matched"], record["undecided"], record["failed_count"]) == (1, 1, 1)
    assert "was not read completely" in record["failed"][0]["why"]


class Refusing:
    """A client of the tagging API that refuses calls with some ARNs, and fails single ones."""

    def __init__(self, client: Any, refused: str, failing: str) -> None:
        self.client, self.refused, self.failing = client, refused, failing

    def _answer(self, operation: str, given: dict[str, Any]) -> Any:
        arns = given["ResourceARNList"]
        if any(self.refused in arn for arn in arns):
            raise self.client.exceptions.InvalidParameterException(
                {"Error": {"Code": "InvalidParameterException", "Message": "no"}}, operation
            )
        good = [arn for arn in arns if self.failing not in arn]
        if good:
            getattr(self.client, operation)(**given | {"ResourceARNList": good})
        code = {"StatusCode": 400, "ErrorCode": "AccessDenied", "ErrorMessage": "not you"}
        return {"FailedResourcesMap": {arn: code for arn in arns if arn not in good}}

    def tag_resources(self, **given: Any) -> Any:
        return self._answer("tag_resources", given)

    def untag_resources(self, **given: Any) -> Any:
        return self._answer("untag_resources", given)


def test_what_fails_does_not_stop_the_others(
    workflow: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused, failing, *good = (create_volume(customer, team="search") for _ in range(4))
    client = AccountSession.client

    def found(self: AccountSession, service: str, region: str) -> Any:
        made = client(self, service, region)
        is_tagging = service == "resourcegroupstaggingapi"
        return Refusing(made, refused, failing) if is_tagging else made

    workflow.configure(jobs=[JOB], **ALLOWED)
    run_id = workflow.collect()
    monkeypatch.setattr(AccountSession, "client", found)
    assert workflow.run_jobs(run_id) == {"own": None}
    record = workflow.job_record(run_id, "post_collect", "own")
    assert (record["acted"], record["failed_count"], record["error"]) == (2, 2, None)
    assert {one["graph_id"].split("/")[-1]: one["why"] for one in record["failed"]} == {
        refused: "InvalidParameterException: no",
        failing: "AccessDenied: not you",
    }
    assert [tags_of(customer, volume) for volume in good] == [{"owner": "nobody"}] * 2


def test_an_account_that_cannot_be_entered_fails_the_job_with_why(
    workflow: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(22):
        create_volume(customer, team="search")

    def refused(*_: Any) -> Any:
        raise AccessError("cannot assume the role")

    monkeypatch.setattr(tagging, "enter_account", refused)
    workflow.configure(jobs=[JOB], **ALLOWED)
    run_id = workflow.collect()
    error = workflow.run_jobs(run_id)["own"]
    assert error is not None and "none of 22 resources could be tagged" in error
    assert "the account cannot be entered: cannot assume the role" in error
    record = workflow.job_record(run_id, "post_collect", "own")
    assert (len(record["failed"]), record["failed_count"], record["acted"]) == (20, 22, 0)
    assert workflow.summarise_jobs(run_id)["failures"] == ["own"]


def test_calls_name_twenty_resources_at_most(
    workflow: Workflow, customer: boto3.session.Session, calls: list[Any]
) -> None:
    for _ in range(41):
        create_volume(customer, team="search")
    assert ran(workflow, JOB, **ALLOWED)["acted"] == 41
    assert [(region, len(arns)) for region, arns in calls] == [
        (REGION, 20),
        (REGION, 20),
        (REGION, 1),
    ]


def test_a_second_call_changes_nothing(
    workflow: Workflow, customer: boto3.session.Session, calls: list[Any]
) -> None:
    volume = create_volume(customer, team="search")
    workflow.configure(jobs=[JOB], **ALLOWED)
    run_id = workflow.collect()
    workflow.run_jobs(run_id)
    answer = workflow.set_tags(run_id, "post_collect", "own")
    workflow.run_jobs(run_id)
    assert answer == {"outcome": "done", "job": "own", "matched": 1, "acted": 1, "undecided": 0}
    assert len(calls) == 1
    assert tags_of(customer, volume) == {"owner": "nobody"}


def test_a_function_that_was_killed_before_its_record_does_all_again(
    workflow: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    volume = create_volume(customer, team="search")
    workflow.configure(jobs=[{**JOB, "cron": "0 * * * *"}], **ALLOWED)
    workflow.claim("first")
    workflow.release("first")
    used = workflow.bucket.read_json(SCHEDULE)["jobs"]["own"]["used_until"]
    workflow.now = workflow.now.replace(year=workflow.now.year + 1)
    run_id = workflow.collect()

    def killed(*_: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(tagging, "recorded", killed)
        workflow.run_jobs(run_id)
    assert tags_of(customer, volume) == {"owner": "nobody"}
    assert workflow.bucket.read_json(SCHEDULE)["jobs"]["own"]["used_until"] == used
    assert workflow.run_jobs(run_id) == {"own": None}
    assert workflow.job_record(run_id, "post_collect", "own")["acted"] == 1
    assert tags_of(customer, volume) == {"owner": "nobody"}
    assert workflow.bucket.read_json(SCHEDULE)["jobs"]["own"]["used_until"] > used


def test_what_there_is_no_time_for_is_told(
    workflow: Workflow, customer: boto3.session.Session, calls: list[Any]
) -> None:
    create_volume(customer, team="search")
    workflow.configure(jobs=[JOB], **ALLOWED)
    run_id = workflow.collect()
    request = JobRequest(run_id=run_id, event="post_collect", job="own")
    assert running.run_job(request, workflow.bucket, workflow.settings)["outcome"] == "to_tag"
    with pytest.raises(JobError, match="ran out of time"):
        tagging.set_tags(request, workflow.bucket, workflow.settings, Deadline.after(1))
    assert calls == []


def test_a_run_that_lost_its_claim_tags_nothing(
    workflow: Workflow, customer: boto3.session.Session, calls: list[Any]
) -> None:
    create_volume(customer, team="search")
    workflow.configure(jobs=[JOB], **ALLOWED)
    run_id = workflow.collect()
    request = JobRequest(run_id=run_id, event="post_collect", job="own")
    running.run_job(request, workflow.bucket, workflow.settings)
    workflow.bucket.write_json(CLAIM, {"run_id": "another"})
    with pytest.raises(PlanError, match="no longer holds the claim"):
        workflow.set_tags(run_id, "post_collect", "own")
    assert calls == []


def test_a_run_that_loses_its_claim_while_it_tags_makes_no_further_call(
    workflow: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        create_volume(customer, team="search")
    workflow.configure(jobs=[JOB], **ALLOWED)
    run_id = workflow.collect()
    made: list[list[str]] = []

    def change_tags(_session: AccountSession, _region: str, arns: list[str], *_: Any) -> Any:
        made.append(arns)
        workflow.bucket.write_json(CLAIM, {"run_id": "other"})
        return {}

    monkeypatch.setattr(tagging, "MOST_ARNS", 1)
    monkeypatch.setattr(tagging, "change_tags", change_tags)
    with pytest.raises(PlanError):
        workflow.run_job(run_id, "post_collect", "own")
    assert len(made) == 1
