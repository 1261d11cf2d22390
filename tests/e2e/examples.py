"""The examples that act on events, deployed together, and one run that they all take part in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from local.deploy import ACCOUNT, REGION, REPOSITORY, deploy_template
from local.estate import SANDBOX, Estate
from local.estate.ground import Item, Site, now
from local.image import unpack
from local.session import Run, Session
from tests.e2e.people import session_keys
from tests.support.posted import Posted

EXAMPLES = REPOSITORY / "examples" / "automations"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/ebbtide-check:latest"
SECRET = "a-secret-of-the-endpoint"
SOURCE_BUCKET = "reports-of-others"
ALWAYS = "mon-sun 00:00-24:00 Europe/Berlin"


def never() -> str:
    """Return a schedule that is not on, now and for two days."""
    day = (datetime.now(UTC) + timedelta(days=3)).strftime("%a").lower()
    return f"{day} 08:00-18:00 UTC"


@dataclass
class Resources:
    """What is in the sandbox when the run begins."""

    stopped: Item  # its schedule is on
    running: Item  # its schedule is off
    without: Item  # running, without a schedule
    doubtful: Item  # running, with a tag that is no schedule
    registered: Item  # volumes that have expired: one that the register names,
    unsaved: Item  # one without a snapshot,
    saved: Item  # and one with a snapshot

    @classmethod
    def create(cls, session: Session) -> Resources:
        site = Site(Estate(created=now()), session.client, SANDBOX, REGION)
        ec2 = site.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]

        def instance(name: str, **tags: str) -> Item:
            return site.instance(subnet, {"Name": name, **tags})

        def volume(name: str, saved: bool) -> Item:
            made = site.volume(site.aged(8, Name=name, owner="kim", expiration="2d"))
            if saved:
                ec2.create_snapshot(VolumeId=made.id)
            return made

        found = cls(
            stopped=instance("stopped", schedule=ALWAYS),
            running=instance("running", schedule=never()),
            without=instance("without"),
            doubtful=instance("doubtful", schedule="office hours"),
            registered=volume("registered", saved=True),
            unsaved=volume("unsaved", saved=False),
            saved=volume("saved", saved=True),
        )
        ec2.stop_instances(InstanceIds=[found.stopped.id])
        return found


@dataclass
class Played:
    """The run, and what was seen of the examples."""

    session: Session
    resources: Resources
    run: Run
    posted: Posted
    outputs: dict[str, Mapping[str, str]]
    worker: str = ""

    def states(self) -> dict[str, str]:
        """Return the state of each instance of the sandbox by its id."""
        ec2 = self.session.client("ec2", SANDBOX)
        pages = ec2.get_paginator("describe_instances").paginate()
        return {
            one["InstanceId"]: one["State"]["Name"]
            for page in pages
            for reservation in page["Reservations"]
            for one in reservation["Instances"]
        }

    def volumes(self) -> set[str]:
        found = self.session.client("ec2", SANDBOX).describe_volumes()["Volumes"]
        return {one["VolumeId"] for one in found}

    def log(self, example: str) -> list[str]:
        group = self.outputs[example]["LogGroupName"]
        found = self.session.client("logs").filter_log_events(logGroupName=group)
        return [event["message"] for event in found["events"]]

    def left_in(self, example: str, output: str) -> int:
        """Return how many messages a queue of an example has."""
        asked = self.session.client("sqs").get_queue_attributes(
            QueueUrl=self.outputs[example][output], AttributeNames=["All"]
        )["Attributes"]
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        return sum(int(asked[name]) for name in names)


def deploy_examples(session: Session, posted: Posted) -> dict[str, Mapping[str, str]]:
    """Deploy every example as its README says, and return the outputs by name."""
    given = session.deployment.outputs
    bus = {"EventBusName": given["EventBusName"]}
    asked = {
        **bus,
        "BucketName": given["BucketName"],
        "AnnounceStateMachineArn": given["AnnounceStateMachineArn"],
    }
    session.client("secretsmanager").create_secret(Name="webhook-key", SecretString=SECRET)
    session.client("s3").create_bucket(Bucket=SOURCE_BUCKET)
    session.client("s3").put_bucket_notification_configuration(
        Bucket=SOURCE_BUCKET, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    ec2 = session.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.8.1.0/24")["Subnet"]["SubnetId"]
    unpack(EXAMPLES / "container/Dockerfile", REPOSITORY, session.cloud.state_dir / "images", IMAGE)
    parameters: dict[str, dict[str, str]] = {
        "start-stop": {
            **bus,
            "BucketName": given["BucketName"],
            "LayerArn": given["LayerArn"],
            "DryRun": "false",
        },
        "webhook": {**bus, "Endpoint": posted.url, "SecretName": "webhook-key"},
        "queue-worker": asked,
        "container": {**asked, "VpcId": vpc, "SubnetIds": subnet},
        "start-by-event": {
            "StateMachineArn": given["StateMachineArn"],
            "SourceBucket": SOURCE_BUCKET,
            "Prefix": "reports/",
            "Workflow": "collect_and_cleanup",
            "Accounts": SANDBOX,
            "DryRun": "false",
        },
    }
    cloud = session.cloud
    outputs = {
        name: deploy_template(cloud, EXAMPLES / name / "template.yaml", f"example-{name}", values)
        for name, values in parameters.items()
    }
    role = {"FunctionRoleArn": outputs["start-stop"]["FunctionRoleArn"]}
    member = EXAMPLES / "start-stop" / "member.yaml"
    deploy_template(cloud, member, "start-stop-member", role, account=SANDBOX)
    return outputs


@contextmanager
def worker(
    session: Session, outputs: Mapping[str, str], register: Path
) -> Iterator[Callable[[], str]]:
    """Run the worker with the rights of its policy alone.

    What is yielded ends it, and returns its log.
    """
    keys = session_keys(session, "worker", outputs["WorkerPolicyArn"])
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(REPOSITORY / "layers" / "common"),
        "AWS_ENDPOINT_URL": session.cloud.url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        **keys,
    }
    command = [sys.executable, str(EXAMPLES / "queue-worker" / "worker.py")]
    command += ["--queue", outputs["QueueUrl"], "--register", str(register)]
    log = register.with_suffix(".log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )

    def end() -> str:
        process.terminate()
        process.wait(30)
        return log.read_text()

    try:
        yield end
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def started_by_an_object(session: Session) -> Run:
    """Put an object into the bucket that starts a run, wait for the run, and return it."""
    states, machine = session.client("stepfunctions"), session.deployment.outputs["StateMachineArn"]
    s3 = session.client("s3")
    s3.put_object(Bucket=SOURCE_BUCKET, Key="other/file.csv", Body=b"nothing")
    s3.put_object(Bucket=SOURCE_BUCKET, Key="reports/waste.csv", Body=b"nothing")
    deadline = time.monotonic() + 60
    while not (found := states.list_executions(stateMachineArn=machine)["executions"]):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    (execution,) = found
    return session.wait(execution["executionArn"])


def ask_again(session: Session, run: Run, queue: str) -> None:
    """Deliver the question of the worker a second time, as SQS may."""
    (question,) = [
        event
        for event in session.heard
        if event["detail"]["run_id"] == run.run_id
        and event["detail"].get("automation") == "register"
    ]
    session.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(question))
