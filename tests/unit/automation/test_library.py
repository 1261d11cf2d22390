"""The library for automations: parse an event, load the plan or the graph, answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from ebbtide.automation import InputError, LateAnswerError, clean, keep, parse
from ebbtide.base.clock import now
from ebbtide.base.errors import MissingError
from ebbtide.deployment.answers import INLINE_BYTES
from ebbtide.plan import make_plan
from ebbtide.store.bucket import Bucket
from ebbtide.store.keys import CURRENT, RunKeys
from ebbtide.verdict.marks import CleanMarks, Marks
from tests.support.answered import KEYS, RUN_ID, Answered
from tests.support.builders import ACCOUNT, NOW, inventory, volume
from tests.support.mocked_aws import mocked_aws
from tools.event_examples import envelope

BUCKET = "ebbtide-test"


def awaited(event: str = "post_cleanup_plan", run_id: str = RUN_ID) -> dict[str, Any]:
    found = envelope(event, awaited=True)
    found["detail"] = {**found["detail"], "run_id": run_id, "bucket": BUCKET}
    return found


class StepFunctions:
    """Notes the answers; fails with an error code if it has one."""

    def __init__(self, code: str = "") -> None:
        self.code = code
        self.answers: list[dict[str, Any]] = []

    def send_task_success(self, **given: Any) -> None:
        self._send(given)

    def send_task_failure(self, **given: Any) -> None:
        self._send(given)

    def _send(self, given: dict[str, Any]) -> None:
        if self.code:
            raise ClientError({"Error": {"Code": self.code, "Message": "x"}}, "SendTaskSuccess")
        self.answers.append(given)


class Session:
    """Makes a real client for S3 and notes what is sent to Step Functions."""

    def __init__(self, code: str = "") -> None:
        self.steps = StepFunctions(code)

    def client(self, service: str) -> Any:
        return self.steps if service == "stepfunctions" else boto3.client("s3", "us-east-1")


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with mocked_aws():
        client = boto3.client("s3", "us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield Bucket(client, BUCKET)


def copied(bucket: Bucket, world: Answered) -> None:
    for key, body in world.store.written.items():
        bucket._client.put_object(Bucket=BUCKET, Key=key, Body=body)


FORMS: dict[str, Any] = {
    "event": lambda event: event,
    "text": json.dumps,
    "bytes": lambda event: json.dumps(event).encode(),
    "detail": lambda event: event["detail"],
    "text of the detail": lambda event: json.dumps(event["detail"]),
    "record of a queue": lambda event: {"messageId": "1", "body": json.dumps(event)},
    "message of a queue": lambda event: {"MessageId": "1", "Body": json.dumps(event)},
    "body that is parsed already": lambda event: {"body": event},
    "queue behind a topic": lambda event: {
        "body": json.dumps({"Type": "Notification", "Message": json.dumps(event)})
    },
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_says_the_same(form: str) -> None:
    asked = parse(FORMS[form](awaited()), session=Session())
    assert (asked.run_id, asked.workflow, asked.event) == (
        RUN_ID,
        "collect_and_cleanup",
        "post_cleanup_plan",
    )
    assert (asked.step, asked.bucket, asked.automation) == ("cleanup_plan", BUCKET, "change-window")
    assert (asked.is_awaited, asked.task_token) == (True, "AQCEAAAAKgAAAAMAAAAA")
    assert (asked.data.selected, asked.data.held) == (12, False)


def test_plain_event_waits_for_nothing() -> None:
    asked = parse(envelope("post_cleanup_plan"), session=Session())
    assert (asked.is_awaited, asked.task_token, asked.automation) == (False, None, None)
    for answer in (lambda: asked.answer([]), lambda: asked.refuse("no")):
        with pytest.raises(InputError, match="is not awaited: answer only await_post_cleanup_plan"):
            answer()


BROKEN = awaited()["detail"]


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ("{", "the event is not JSON"),
        (3, "an event is an object, not int"),
        (None, "an event is an object, not NoneType"),
        ("[]", "an event is an object, not list"),
        ({}, "this is no event of Ebbtide: give an event of EventBridge"),
        ({"Records": [{"body": "{}"}]}, "parse each of event"),
        ({**envelope("collect"), "source": "aws.ec2"}, "comes from 'aws.ec2', not from ebbtide"),
        ({**BROKEN, "format": 2}, "format: Input should be 1"),
        ({**BROKEN, "bucket": None}, "bucket: Input should be a valid string"),
        ({**BROKEN, "event": "lunch"}, "unknown event lunch; this version knows workflow_started"),
        ({**BROKEN, "data": {}}, "data of post_cleanup_plan is wrong: summary: Field required"),
        ({"body": "no"}, "the event is not JSON"),
    ],
)
def test_input_error_says_what_is_wrong(event: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        parse(event)


def test_marks_say_what_is_wrong_with_them() -> None:
    assert keep("a", " why ").reason == "why"
    assert clean("a", "why").mark == "clean"
    ends = keep("a", "why", timedelta(days=30)).until
    assert ends is not None and timedelta(days=29) < ends - now() <= timedelta(days=30)
    for wrong, said in (
        (lambda: keep("a", ""), "mark of a: reason"),
        (lambda: clean("a", "x" * 301), "mark of a: reason"),
        (lambda: keep("a", "why", datetime(2030, 1, 1)), "until has no time zone"),
        (lambda: keep("a", "why", timedelta(days=366)), "more than 365 days"),
    ):
        with pytest.raises(InputError, match=said):
            wrong()


def test_answer_has_the_marks() -> None:
    session = Session()
    asked = parse(awaited("cleanup_plan"), session=session)
    asked.answer([keep("a", "why"), clean("b", "old")])
    asked.answer()
    asked.refuse("a freeze")
    token = {"taskToken": "AQCEAAAAKgAAAAMAAAAA"}
    first, second, third = session.steps.answers
    assert json.loads(first["output"]) == {
        "marks": [
            {"id": "a", "mark": "keep", "reason": "why"},
            {"id": "b", "mark": "clean", "reason": "old"},
        ]
    }
    assert second == {**token, "output": "{}"}
    assert third == {**token, "error": "NotApproved", "cause": "a freeze"}


@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist"])
def test_late_answer_is_told(code: str) -> None:
    asked = parse(awaited(), session=Session(code))
    for answer in (asked.answer, lambda: asked.refuse("no")):
        with pytest.raises(LateAnswerError, match="no longer waits for this answer"):
            answer()


def test_other_errors_of_step_functions_stay_what_they_are() -> None:
    with pytest.raises(InputError, match="does not accept this answer: InvalidToken"):
        parse(awaited(), session=Session("InvalidToken")).answer()
    with pytest.raises(ClientError):
        parse(awaited(), session=Session("AccessDeniedException")).answer()


def test_large_answer_goes_through_the_bucket_and_is_taken(bucket: Bucket) -> None:
    known = [volume(f"vol-{one}") for one in range(2_000)]
    automation = {"name": "change-window", "event": "cleanup_plan", "marks": "keep"}
    world = Answered([automation], known)
    session = Session()
    asked = parse(awaited("cleanup_plan"), session=session)
    asked.answer(keep(one.graph_id, "x" * 200) for one in known)
    output = json.loads(session.steps.answers[0]["output"])
    assert output == {"marks_key": f"runs/{RUN_ID}/answers/cleanup_plan/change-window.json"}
    text = bucket.read_text(output["marks_key"])
    assert len(text) > INLINE_BYTES
    world.store.write_text(output["marks_key"], text)
    world.take("change-window", output)
    assert world.record("change-window")["keep"] == len(known)


def test_plan_is_read_account_by_account(bucket: Bucket) -> None:
    known = [volume("vol-0", tags={"owner": "ann"}), volume("vol-1")]
    made = CleanMarks("old", "cleanup_plan", "too old", "s", "m", (), (known[0].graph_id,))
    plan = make_plan(
        inventory(known), Answered([]).run.config, run_id=RUN_ID, manifest="m", now=NOW,
        marks=Marks((made,)),
    )  # fmt: skip
    asked = parse(awaited(), session=Session())
    with pytest.raises(MissingError, match="has no plan yet"):
        list(asked.plan().selected)
    bucket.write_json(RunKeys(RUN_ID).plan(ACCOUNT), plan.to_json())
    summary = {"held": True, "hash": "5", "accounts": [{"account": ACCOUNT}]}
    bucket.write_json(RunKeys(RUN_ID).plan_summary, summary)
    found = asked.plan()
    assert (found.held, found.hash, found.accounts) == (True, "5", [ACCOUNT])
    (one,) = found.selected
    assert (one.graph_id, one.id, one.kind) == (known[0].graph_id, "vol-0", "aws_ec2_volume")
    assert (one.rule, one.rules, one.reason) == ("job:old", ("job:old",), "too old")
    assert (one.tag("owner"), one.tag("team"), one.held) == ("ann", None, "")
    assert one.planned.fingerprint


def test_graph_is_that_of_the_run_or_the_one_before(bucket: Bucket) -> None:
    world = Answered([], [volume("vol-0")])
    edges = KEYS.graph(ACCOUNT, "edges.jsonl.zst")
    world.store.write_lines(edges, [])
    manifest = world.store.read_json(KEYS.manifest)
    manifest["accounts"][0]["edges"] = edges
    world.store.write_json(KEYS.manifest, manifest)
    copied(bucket, world)
    asked = parse(awaited("post_cleanup_plan"), session=Session())
    name = volume("vol-0").graph_id
    assert asked.graph(ACCOUNT).nodes[name]["kind"] == "aws_ec2_volume"
    with pytest.raises(MissingError, match="has no account 999999999999"):
        asked.graph("999999999999")
    # Before the run has collected, the snapshot before it is the current one.
    later = parse(awaited("pre_collect", run_id="run-2"), session=Session())
    bucket.write_json(RunKeys("run-2").run, world.store.read_json(KEYS.run) | {"run_id": "run-2"})
    assert name in later.graph(ACCOUNT)
    bucket.delete(CURRENT)
    with pytest.raises(MissingError, match="no snapshot yet"):
        later.graph(ACCOUNT)
