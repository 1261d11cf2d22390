"""The examples that act on events, each really deployed, take part in one real run.

IAM is enforced, so that each one needs no more than the rights that its template gives.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cloud import Cloud
from local.estate import SANDBOX
from local.session import Session, cleanup
from tests.e2e import examples
from tests.e2e.examples import Played, Resources
from tests.support.posted import receiving

pytestmark = [pytest.mark.full, pytest.mark.enforced]

AUTOMATIONS = [
    {"name": name, "event": "post_cleanup_plan", "marks": "keep", "on_error": "hold"}
    for name in ("register", "snapshots")
]


@pytest.fixture(scope="module")
def played(interpreter: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("examples")
    cloud = Cloud.start(folder / "cloud", interpreter=interpreter, auth=True)
    try:
        session = Session.deployed(cloud)
        session.scale_waits(0.2)
        with receiving() as posted:
            outputs = examples.deploy_examples(session, posted)
            resources = Resources.create(session)
            session.configure(cleanup=cleanup(dry_run=False), automations=AUTOMATIONS)
            register = folder / "register.txt"
            register.write_text(f"# exported\n{resources.registered.id}  # database of Lee\n")
            with examples.worker(session, outputs["queue-worker"], register) as end:
                run = examples.started_by_an_object(session)
                found = Played(session, resources, run, posted, outputs)
                session.events(run.run_id)
                queue = outputs["queue-worker"]["QueueUrl"]
                examples.ask_again(session, run, queue)
                deadline = time.monotonic() + 60
                while found.left_in("queue-worker", "QueueUrl"):
                    assert time.monotonic() < deadline
                    time.sleep(0.2)
                found.worker = end()
            yield found
    finally:
        cloud.stop()


def test_an_object_starts_a_run_with_the_limits_of_the_rule(played: Played) -> None:
    assert played.run.status == "SUCCEEDED", played.run
    stored = played.session.bucket.read_json(played.run.keys.run)
    assert stored["workflow"] == "collect_and_cleanup"
    assert {event["workflow"] for event in played.session.events(played.run.run_id)} == {
        "collect_and_cleanup"
    }
    plans = played.session.plans(played.run)
    assert [plan.account for plan in plans] == [SANDBOX]


def test_instances_are_started_and_stopped_as_their_tags_say(played: Played) -> None:
    states, there = played.states(), played.resources
    assert states[there.stopped.id] == "running"
    assert states[there.running.id] == "stopped"
    assert states[there.without.id] == states[there.doubtful.id] == "running"


def test_the_summary_says_what_was_started_stopped_and_left_alone(played: Played) -> None:
    there = played.resources
    (line,) = [line for line in played.log("start-stop") if '"run_id"' in line]
    told = json.loads(line)["message"]
    prefix = f"{SANDBOX}/us-east-1/aws_ec2_instance"
    assert told["started"] == [f"{prefix}/{there.stopped.id}"]
    assert told["stopped"] == [f"{prefix}/{there.running.id}"]
    assert list(told["left_alone"]) == [f"{prefix}/{there.doubtful.id}"]
    assert "expected days, times and a time zone" in told["left_alone"].popitem()[1]
    assert told["failed"] == {}


def test_the_worker_keeps_what_its_register_names(played: Played) -> None:
    assert played.resources.registered.id in played.volumes()
    assert f"run {played.run.run_id}: answered, 1 resources are kept" in played.worker


def test_a_question_that_arrives_twice_does_no_harm(played: Played) -> None:
    assert f"run {played.run.run_id}: nothing to do" in played.worker
    assert played.left_in("queue-worker", "FailedUrl") == 0


def test_the_container_keeps_the_volume_without_a_snapshot(played: Played) -> None:
    assert played.resources.unsaved.id in played.volumes()
    (line,) = played.log("container")
    assert line == f"INFO run {played.run.run_id}: answered, 1 volumes are kept"
    cluster = played.outputs["container"]["ClusterArn"]
    ecs = played.session.client("ecs")
    tasks = ecs.list_tasks(cluster=cluster, desiredStatus="STOPPED")["taskArns"]
    (task,) = ecs.describe_tasks(cluster=cluster, tasks=tasks)["tasks"]
    assert task["containers"][0]["exitCode"] == 0


def test_what_nobody_keeps_is_deleted(played: Played) -> None:
    assert played.resources.saved.id not in played.volumes()


def test_the_endpoint_is_told_in_words(played: Played) -> None:
    (told,) = played.posted.wait(1)
    assert told == {
        "text": f"Run {played.run.run_id} deleted 1 resources, 0 failed. To see them: "
        f"ebbtide cleanup log --run {played.run.run_id}"
    }
    headers, _ = played.posted.requests[0]
    assert headers["X-Api-Key"] == examples.SECRET
    assert played.left_in("webhook", "UndeliveredUrl") == 0


def test_no_secret_is_in_a_log_or_a_template(played: Played) -> None:
    events = played.session.events(played.run.run_id)
    tokens = {event["task_token"] for event in events if "task_token" in event}
    texts = [played.worker, *played.log("start-stop"), *played.log("container")]
    stacks = played.session.client("cloudformation")
    for stack in stacks.describe_stacks()["Stacks"]:
        texts.append(json.dumps([stack.get("Parameters"), stack.get("Outputs")]))
    assert len(tokens) == 2
    assert not any(secret in text for secret in {*tokens, examples.SECRET} for text in texts)
