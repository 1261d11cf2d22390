"""Many accounts in one run of the deployed application: it succeeds, stays small, and is priced.

They are fifty, and belong to `make test-full`. Set ACCOUNTS to a shorter list to try the test.

The figures go to .local/many-accounts.json. Transitions and requests are those that AWS would bill;
seconds are wall time of two cores that also run the emulator, hence not those of Lambda.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest
from _pytest.capture import CaptureFixture

from bench.costs import Use, function_a_month, functions_a_month, transitions_a_month
from ebbtide.graph import Manifest, read_manifest
from ebbtide.graph.manifest import read_coverage
from local.cloud import STATE_DIR, Cloud
from local.deploy import deploy
from local.session import Run, Session

pytestmark = pytest.mark.full

ACCOUNTS = tuple(f"5{number:011d}" for number in range(50))
REGIONS = ("us-east-1", "eu-central-1", "ap-southeast-2", "sa-east-1")
USED = {account: REGIONS[number % 4] for number, account in enumerate(ACCOUNTS) if number % 3 == 0}
TAGS = [{"Key": "owner", "Value": "somebody"}]
# AWS permits 256 KiB; an eighth leaves room for a thousand accounts and for whoever adds a field.
LARGEST_PAYLOAD = 32 * 1024
REPORT = re.compile(r"Duration: ([\d.]+) ms\tBilled")
EACH_ACCOUNT = ("collect", "merge", "plan", "aggregate")
PAYLOADS = ("input", "output", "parameters")


@dataclass(frozen=True, slots=True)
class Execution:
    """One execution: of the workflow, of an announcement, or a child of a Distributed Map."""

    is_child: bool
    entered: int
    payloads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fleet:
    """A run over all accounts, and all that Step Functions and Lambda tell of it."""

    run: Run
    manifest: Manifest
    session: Session
    made: set[tuple[str, str, str, str]]
    executions: tuple[Execution, ...]
    uses: tuple[Use, ...]

    @property
    def payload(self) -> int:
        """Bytes of the largest text that entered or left a state or an execution."""
        return max(len(text.encode()) for one in self.executions for text in one.payloads)

    @property
    def children(self) -> int:
        return sum(one.is_child for one in self.executions)

    @property
    def transitions(self) -> int:
        """Entered states and started children; the emulator keeps no history of a child.

        A child of this run does nothing but call one function, so its states are these calls.
        """
        entered = sum(one.entered for one in self.executions if not one.is_child)
        calls = sum(use.requests for use in self.uses if use.name in EACH_ACCOUNT)
        return entered + self.children + calls


@pytest.fixture(scope="module")
def fleet(interpreter: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """One run with the default configuration, but for the one kind that needs host names."""
    cloud = Cloud.start(tmp_path_factory.mktemp("fleet"), interpreter=interpreter)
    try:
        session = Session(cloud, deploy(cloud))
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda account: _admit(session, account), ACCOUNTS))
        made = {key for account, region in USED.items() for key in _fill(session, account, region)}
        collect = {"accounts": list(ACCOUNTS), "regions": list(REGIONS)}
        kinds = {"exclude": ["aws_s3_account_settings"]}  # as in local.session.configuration()
        session.configure(json.dumps({"collect": {**collect, "kinds": kinds}}))
        run = session.wait(session.start("fleet"))
        assert run.status == "SUCCEEDED", run
        manifest = read_manifest(session.bucket, run.keys.manifest)
        yield Fleet(
            run,
            manifest,
            session,
            made,
            tuple(_executions(session)),
            tuple(_uses(session)),
        )
    finally:
        cloud.stop()


def _admit(session: Session, account: str) -> None:
    """The role that member/template.yaml makes, by one call instead of a stack."""
    allow = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"AWS": session.deployment.outputs["ReaderPrincipals"].split(",")},
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    iam = session.cloud.client("iam", account, REGIONS[0])
    iam.create_role(RoleName="EbbtideReader", AssumeRolePolicyDocument=trust)


def _fill(session: Session, account: str, region: str) -> Iterator[tuple[str, str, str, str]]:
    ec2 = session.cloud.client("ec2", account, region)
    named = [{"ResourceType": "volume", "Tags": TAGS}]
    volume = ec2.create_volume(AvailabilityZone=f"{region}a", Size=8, TagSpecifications=named)
    yield account, region, "aws_ec2_volume", volume["VolumeId"]
    launched = ec2.run_instances(ImageId="ami-1", InstanceType="t3.micro", MinCount=1, MaxCount=1)
    yield account, region, "aws_ec2_instance", launched["Instances"][0]["InstanceId"]
    queue = session.cloud.client("sqs", account, region).create_queue(QueueName="work")
    yield account, region, "aws_sqs_queue", queue["QueueUrl"]


def _executions(session: Session) -> Iterator[Execution]:
    states = session.client("stepfunctions")
    for machine in states.list_state_machines()["stateMachines"]:
        arn = machine["stateMachineArn"]
        for found in _all(states, "list_executions", "executions", stateMachineArn=arn):
            yield _execution(states, found["executionArn"], is_child=False)
            maps = _all(states, "list_map_runs", "mapRuns", executionArn=found["executionArn"])
            for one in maps:
                children = _all(states, "list_executions", "executions", mapRunArn=one["mapRunArn"])
                for child in children:
                    yield _execution(states, child["executionArn"], is_child=True)


def _execution(states: Any, arn: str, *, is_child: bool) -> Execution:
    told = states.describe_execution(executionArn=arn)
    assert told["status"] == "SUCCEEDED", told
    events = _all(states, "get_execution_history", "events", executionArn=arn)
    told_of = [value for event in events for value in event.values() if isinstance(value, dict)]
    payloads = (str(one[name]) for one in (told, *told_of) for name in PAYLOADS if one.get(name))
    entered = sum(event["type"].endswith("StateEntered") for event in events)
    return Execution(is_child, entered, tuple(payloads))


def _all(client: Any, operation: str, name: str, **arguments: Any) -> list[dict[str, Any]]:
    pages = client.get_paginator(operation).paginate(**arguments)
    return [entry for page in pages for entry in page[name]]


def _uses(session: Session) -> Iterator[Use]:
    """What the functions' logs report, from the first start of each on."""
    functions, logs = session.client("lambda"), session.client("logs")
    for one in _all(functions, "list_functions", "Functions"):
        group = one["LoggingConfig"]["LogGroup"]
        lines = _all(logs, "filter_log_events", "events", logGroupName=group)
        took = [float(found[1]) for line in lines if (found := REPORT.search(line["message"]))]
        if took:
            name = one["FunctionName"].split("-")[1].removesuffix("Function").lower()
            yield Use(name, one["MemorySize"], len(took), sum(took) / 1000)


def test_every_account_was_read_completely(fleet: Fleet) -> None:
    assert fleet.manifest.missing == ()
    assert {entry.account for entry in fleet.manifest.accounts} == set(ACCOUNTS)
    for entry in fleet.manifest.accounts:
        assert entry.stale_since is None
        assert set(entry.regions) == {"global", *REGIONS}
        assert set(entry.states) <= {"complete", "skipped"}, entry


def test_a_region_in_use_is_never_skipped(fleet: Fleet) -> None:
    for account, region in USED.items():
        entry = fleet.manifest.find(account)
        assert entry is not None
        coverage = read_coverage(fleet.session.bucket, entry)
        assert {one.state for one in coverage if one.region in (region, "global")} == {"complete"}


def test_what_is_there_was_found(fleet: Fleet) -> None:
    found = {
        tuple(line["graph_id"].split("/", 3))
        for account in USED
        if (entry := fleet.manifest.find(account)) is not None
        for line in fleet.session.bucket.read_lines(entry.resources)
    }
    assert len(fleet.made) == 3 * len(USED)
    assert fleet.made - found == set()


def test_payloads_stay_far_below_the_limit(fleet: Fleet) -> None:
    assert all(one.payloads for one in fleet.executions)
    assert 0 < fleet.payload < LARGEST_PAYLOAD


def test_transitions_are_as_many_as_the_documentation_says(fleet: Fleet) -> None:
    """8 A + 27 (docs/costs.md): nothing waited, nothing was tried again."""
    assert fleet.children == len(EACH_ACCOUNT) * len(ACCOUNTS)
    assert fleet.transitions == 8 * len(ACCOUNTS) + 27


def test_figures(fleet: Fleet, capsys: CaptureFixture[str]) -> None:
    """Not judged: written down and shown, because no two machines take the same time."""
    figures = {
        "accounts": len(ACCOUNTS),
        "regions": len(REGIONS),
        "run_seconds": round(fleet.run.seconds, 1),
        "largest_payload_bytes": fleet.payload,
        "transitions": fleet.transitions,
        "transitions_usd_a_month": round(transitions_a_month(fleet.transitions), 2),
        "functions": [
            {**asdict(use), "usd_a_month": round(function_a_month(use), 2)} for use in fleet.uses
        ],
        "functions_usd_a_month": round(functions_a_month(fleet.uses), 2),
    }
    STATE_DIR.mkdir(exist_ok=True)
    (STATE_DIR / "many-accounts.json").write_text(json.dumps(figures, indent=2) + "\n")
    with capsys.disabled():
        sys.stdout.write(f"\n{json.dumps(figures, indent=2)}\n")
    assert {use.name for use in fleet.uses} >= {"discover", "collect", "merge", "publish"}
