"""An emulated organization with Ebbtide deployed in it, for the demonstration and the tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self
from urllib.request import Request, urlopen

import networkx as nx
import yaml

from ebbtide.base.clock import from_text
from ebbtide.deployment.events import SOURCE
from ebbtide.graph import Manifest, load_graph, read_manifest
from ebbtide.graph.manifest import read_coverage
from ebbtide.plan.model import Plan, read_plan
from ebbtide.store.bucket import Bucket
from ebbtide.store.keys import RunKeys
from local.access import write_access
from local.cloud import Cloud
from local.deploy import ACCOUNT, REGION, Deployment, deploy, deploy_member
from local.estate import ACCOUNTS, NAMES, REGIONS, SANDBOX
from local.observation import ENDED, Look, Observer
from local.patience import Patience

CONFIG_KEY = "config/ebbtide.yaml"
SAM_BUCKET = "aws-sam-cli-managed-default-samclisourcebucket"
# The addresses of digests that the stack permits; nothing has them unless somebody makes it.
DIGEST_TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:ebbtide-digests"
DIGEST_SENDER = "ebbtide@example.com"
SUBSCRIBER = "ebbtide-subscriber"  # name of the queue and the rule that receive events
_POLL_SECONDS = 0.2
_LOOK_SECONDS = 2.0  # longer than the poll of the status, because a look makes several calls
# Ebbtide's functions make the first two; the session makes the others to start runs, to answer
# automations, and to observe.
_OWN_CALLS = {
    ("cloudwatch", "PutMetricData"),
    ("events", "PutEvents"),
    ("stepfunctions", "StartExecution"),
    ("stepfunctions", "SendTaskFailure"),
    ("lambda", "Invoke"),
    ("sns", "Publish"),
    ("sesv2", "SendEmail"),
    ("sqs", "ReceiveMessage"),
    ("sqs", "DeleteMessage"),
}

Progress = Callable[[str], None]
Record = dict[str, Any]


class RunError(Exception):
    """A run stalled or failed; the message contains the state machine's error and cause."""


@dataclass(frozen=True, slots=True)
class Run:
    """An execution that has ended."""

    run_id: str
    status: str
    error: str
    cause: str
    seconds: float

    @property
    def keys(self) -> RunKeys:
        return RunKeys(self.run_id)


@dataclass(slots=True)
class Session:
    """A deployed application, accounts with its roles, and a queue that receives its events."""

    cloud: Cloud
    deployment: Deployment
    external_id: str = ""
    queue: str = ""
    heard: list[Record] = field(default_factory=list)
    _clients: dict[tuple[str, str, str], Any] = field(default_factory=dict)

    @classmethod
    def deployed(
        cls,
        cloud: Cloud,
        *,
        cleanup_enabled: bool = True,
        external_id: str = "",
        say: Progress = lambda _: None,
    ) -> Self:
        """Build and deploy the application, create its roles, and subscribe to its events."""
        say("Building and deploying Ebbtide with sam")
        deployment = deploy(cloud, parameters(cleanup_enabled, external_id))
        write_access(cloud, deployment)
        session = cls(cloud, deployment, external_id)
        session.allow_plain_http()
        say(f"Creating Ebbtide's roles in {', '.join(NAMES.values())}")
        for account in ACCOUNTS:
            session.admit(account)
        session.listen()
        return session

    def redeploy(self, *, cleanup_enabled: bool) -> None:
        """Deploy again with this value of the parameter CleanupEnabled."""
        self.deployment = deploy(self.cloud, parameters(cleanup_enabled, self.external_id))

    def allow_plain_http(self) -> None:
        """Delete the policy of sam's bucket, which denies plain HTTP; the emulator has no TLS."""
        s3 = self.client("s3")
        for bucket in s3.list_buckets()["Buckets"]:
            if bucket["Name"].startswith(SAM_BUCKET):
                s3.delete_bucket_policy(Bucket=bucket["Name"])

    def admit(self, account: str) -> None:
        """Create the roles through which the application enters an account."""
        options: dict[str, Any] = {"cleaner": True, "external_id": self.external_id}
        deploy_member(self.cloud, account, self.deployment, **options)

    def client(self, service: str, account: str = ACCOUNT, region: str = REGION) -> Any:
        """Return a cached client with the account owner's permissions."""
        key = (service, account, region)
        if key not in self._clients:
            self._clients[key] = self.cloud.client(*key)
        return self._clients[key]

    @property
    def bucket(self) -> Bucket:
        return Bucket(self.client("s3"), self.deployment.outputs["BucketName"])

    def configure(
        self, text: str | None = None, *, also: Mapping[str, str] | None = None, **sections: Any
    ) -> None:
        """Write the configuration: `text` as is, or the default one with some sections replaced.

        `also` adds accounts to collect: number -> name.
        """
        usual = configuration(also=also, **sections)
        body = text if text is not None else yaml.safe_dump(usual)
        self.bucket.write_text(CONFIG_KEY, body, "application/yaml")

    def scale_waits(self, scale: float) -> None:
        """Multiply the waits and retry intervals of all state machines by a factor."""
        body = json.dumps({"stepfunctions._SFN_WAIT_SCALE": scale}).encode()
        with urlopen(Request(f"{self.cloud.url}/_ministack/config", body, method="POST")):
            pass

    def start(self, run_id: str, given: Mapping[str, Any] | None = None) -> str:
        """Start a run and return the ARN of its execution."""
        started = self.client("stepfunctions").start_execution(
            stateMachineArn=self.deployment.outputs["StateMachineArn"],
            name=run_id,
            input=json.dumps(given or {}),
        )
        return str(started["executionArn"])

    def status(self, execution: str) -> str:
        found = self.client("stepfunctions").describe_execution(executionArn=execution)
        return str(found["status"])

    def wait(
        self,
        execution: str,
        patience: Patience | None = None,
        seen: Callable[[Look], None] = lambda _: None,
        look_seconds: float = _LOOK_SECONDS,
    ) -> Run:
        """Wait until a run ends, in whatever status, and return it.

        A run may take any length of time while it advances. `seen` is called with each look: one
        every `look_seconds`, and one after the end. Raises RunError if the run stalls.
        """
        observer, patience = Observer.of(self, execution), patience or Patience()
        next_look = patience.clock()
        while True:
            ended = self.ended(execution)
            if ended or patience.clock() >= next_look:
                look = observer.look()
                seen(look)
                if ended:
                    return ended
                self._check(execution, look, patience)
                next_look = patience.clock() + look_seconds
            patience.sleep(_POLL_SECONDS)

    def ended(self, execution: str) -> Run | None:
        """Return the run if it has ended, or None while it is in progress."""
        found = self.client("stepfunctions").describe_execution(executionArn=execution)
        if found["status"] not in ENDED:
            return None
        took = (found["stopDate"] - found["startDate"]).total_seconds()
        cause = readable(found.get("cause", ""))
        return Run(found["name"], found["status"], found.get("error", ""), cause, took)

    def _check(self, execution: str, look: Look, patience: Patience) -> None:
        """Record the signs of a look. Raises RunError if the run has stalled."""
        patience.saw(look.signs)
        if patience.stalled:
            raise RunError(stalled(execution, look, patience, self.cloud.state_dir))

    def run(self, run_id: str, given: Mapping[str, Any] | None = None) -> Run:
        """Run the workflow and return the run. Raises RunError with the reason if it fails."""
        return succeeded(self.wait(self.start(run_id, given)))

    def listen(self) -> None:
        """Subscribe a queue to all of Ebbtide's events, as a user would."""
        sqs, bus = self.client("sqs"), self.deployment.outputs["EventBusName"]
        self.queue = sqs.create_queue(QueueName=SUBSCRIBER)["QueueUrl"]
        asked = sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])
        events = self.client("events")
        pattern = json.dumps({"source": [SOURCE]})
        events.put_rule(Name=SUBSCRIBER, EventBusName=bus, EventPattern=pattern)
        target = {"Id": SUBSCRIBER, "Arn": asked["Attributes"]["QueueArn"]}
        events.put_targets(Rule=SUBSCRIBER, EventBusName=bus, Targets=[target])

    def events(self, run_id: str) -> list[Record]:
        """Return the details of a run's events received so far, in order."""
        self.heard.extend(self._received())
        details = [event["detail"] for event in self.heard]
        return [detail for detail in details if detail["run_id"] == run_id]

    def _received(self) -> Iterator[Record]:
        if not self.queue:
            # Nobody called `listen`.
            return
        sqs = self.client("sqs")
        while messages := sqs.receive_message(
            QueueUrl=self.queue, MaxNumberOfMessages=10, WaitTimeSeconds=0
        ).get("Messages"):
            for message in messages:
                sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
                yield json.loads(message["Body"])

    def started(self, run: Run) -> datetime:
        """Return the start time that the run recorded and uses as its current time."""
        return from_text(self.bucket.read_json(run.keys.run)["started"])

    def changes_since(self, mark: int) -> list[Record]:
        """Return the mutating calls since a mark, except those on Ebbtide's own resources."""
        return [
            call
            for call in self.cloud.calls_since(mark)
            if not call["read_only"] and not self._is_own(call)
        ]

    def _is_own(self, call: Record) -> bool:
        if call["account"] != ACCOUNT or "assumed-role/Ebbtide" in call["principal"]:
            return False
        if call["service"] == "s3":
            return bool(call["params"].get("Bucket") == self.deployment.outputs["BucketName"])
        return (call["service"], call["action"]) in _OWN_CALLS

    def manifest(self, run: Run) -> Manifest:
        return read_manifest(self.bucket, run.keys.manifest)

    def graph(self, run: Run, account: str) -> nx.MultiDiGraph[str]:
        entry = self.manifest(run).find(account)
        if entry is None:
            raise RunError(f"account {account} is missing from the snapshot of run {run.run_id}")
        return load_graph(self.bucket, entry)

    def coverage(self, run: Run, account: str) -> list[Record]:
        entry = self.manifest(run).find(account)
        return [one.to_line() for one in read_coverage(self.bucket, entry)] if entry else []

    def plans(self, run: Run) -> list[Plan]:
        """Return a run's plans, one per account."""
        accounts = [entry["account"] for entry in self.bucket.read_json(run.keys.accounts)]
        stored = (self.bucket.find_json(run.keys.plan(account)) for account in accounts)
        return [read_plan(value) for value in stored if value is not None]

    def summary(self, run: Run) -> Record:
        found: Record = self.bucket.read_json(run.keys.plan_summary)
        return found

    def progress(self, run: Run, account: str) -> Record:
        """Return the last state of each resource in an account's cleanup: graph id -> state."""
        return self.outcomes(run.keys, account)

    def outcomes(self, keys: RunKeys, account: str) -> Record:
        """Return the same as progress(), for a run that may still be in progress."""
        state = self.bucket.find_json(keys.cleanup(account, "state.json"))
        found: Record = state["resources"] if state else {}
        return found

    def ledger(self, run: Run, account: str) -> list[Record]:
        keys = list(self.bucket.keys(run.keys.cleanup(account, "ledger.jsonl")))
        lines = self.bucket.read_text(keys[0]).splitlines() if keys else []
        return [json.loads(line) for line in lines]

    def restores(self, run: Run) -> dict[str, Record]:
        """Return the stored description of each deleted resource, by graph id."""
        keys = self.bucket.keys(f"{run.keys.prefix}cleanup/")
        found = [self.bucket.read_json(key) for key in keys if "/restore/" in key]
        return {entry["graph_id"]: entry for entry in found}

    def samples(self, run: Run) -> list[Record]:
        found: list[Record] = self.bucket.read_json(run.keys.metrics("samples.json"))
        return found


def parameters(cleanup_enabled: bool, external_id: str) -> dict[str, str]:
    """Return the parameters of the application's stack."""
    given = {
        "CleanupEnabled": str(cleanup_enabled).lower(),
        "ExternalId": external_id,
        "DigestTopicArns": DIGEST_TOPIC,
        "DigestSender": DIGEST_SENDER,
    }
    return {name: value for name, value in given.items() if value}


def configuration(*, also: Mapping[str, str] | None = None, **sections: Any) -> Record:
    """Return the default configuration for the estate, with `sections` replacing whole sections.

    `also` adds accounts to collect: number -> name.
    """
    rules: Record = {
        name: {"enabled": True}
        for name in ("expired", "untagged", "volumes", "load_balancers", "alarms", "vpcs")
    }
    rules["untagged"]["accounts"] = {SANDBOX: None}
    # The estate has no earlier snapshots, so the rule must decide after a single look.
    rules["volumes"]["assume_unchanged"] = True
    names = {**NAMES, **(also or {})}
    return {
        "collect": {
            "accounts": list(names),
            "names": names,
            "regions": list(REGIONS),
            # boto3 puts the account before the host name of S3 Control; no such name exists here.
            "kinds": {"exclude": ["aws_s3_account_settings"]},
        },
        "rules": rules,
        "cleanup": cleanup(dry_run=True),
        **sections,
    }


def cleanup(*, dry_run: bool, **options: Any) -> Record:
    """Return a cleanup section, with high limits because most of the sandbox is waste.

    Nobody reads the report of a first run here, so that each rule acts at once.
    """
    limits = {
        "per_run": 200,
        "per_account": 100,
        "per_rule": 100,
        "per_day": 1000,
        "per_account_per_day": 1000,
        "percent_of_account": 100,
        "percent_of_kind": 100,
    }
    return {
        "enabled": True,
        "dry_run": dry_run,
        "first_run": "act",
        "limits": limits,
        **options,
    }


def succeeded(run: Run) -> Run:
    """Return the run. Raises RunError with the reason unless it succeeded."""
    if run.status != "SUCCEEDED":
        raise RunError(f"run {run.run_id} ended with {run.status}: {run.error}: {run.cause}")
    return run


def stalled(execution: str, look: Look, patience: Patience, state_dir: Path) -> str:
    """Return the message for a stalled run: its last sign of progress, and where to look."""
    run_id = execution.rpartition(":")[2]
    since = f" since {look.since:%H:%M:%S}" if look.since else ""
    return (
        f"run {run_id} has stalled: no progress for {patience.still:.0f} seconds "
        f"({patience.waited:.0f} seconds after it started). It has been in the state "
        f"'{look.state or 'not started'}'{since}; its last event was "
        f"'{look.last_event or 'none'}'. Check {state_dir / 'emulator.log'} and the last lines of "
        f"{state_dir / 'calls.jsonl'}, or run `. {state_dir / 'demo.env'}` and then: "
        f"aws stepfunctions get-execution-history --reverse-order --execution-arn {execution}"
    )


def readable(cause: str) -> str:
    """Return type and message of a Lambda error, which Step Functions passes on as JSON."""
    try:
        document = json.loads(cause)
    except ValueError:
        return cause
    if isinstance(document, dict) and "errorMessage" in document:
        return f"{document.get('errorType', 'Error')}: {document['errorMessage']}"
    return cause
