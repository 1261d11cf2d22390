"""Two deployments for all tests: one without permission checks, and one that enforces IAM.

Each run is a fixture that depends on the previous one, so the runs happen in this order whatever
the order of the tests. A test only inspects the results of a run.
"""
# ruff: noqa: ARG001  (a fixture may name the previous run only to fix the order)

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import Result

from ebbtide.cleanup.tick import LONGEST_WAIT_SECONDS
from ebbtide.deployment.inputs import TickRequest
from ebbtide.plan.model import Planned
from ebbtide.store.keys import CLAIM, CURRENT, RunKeys
from local.cloud import INTERPRETER, Cloud
from local.demo import WIDTH, Demo, obstruct
from local.deploy import MEMBER_STACK, SAM
from local.estate import PAYMENTS, REGIONS, SANDBOX, Estate, build
from local.estate.ground import Site, now
from local.estate.network import abandon_network
from local.estate.obstacles import allow
from local.estate.sandbox import keep_protected_network
from local.estate.stuck import CUSTOM_TYPE, StuckStacks
from local.session import Record, Session, cleanup
from local.watch import Log
from tests.e2e.people import ebbtide, person
from tests.e2e.scenario import Shown, Stage, Told, in_full, key_of
from tests.e2e.schedules import Scheduled, scheduled
from tests.support.folders import tests_beside

# A run that is about its claim reads one account, and keeps what is known of the others.
SHORT = {"workflow": "collect", "accounts": [PAYMENTS]}
WAIT_SCALE = 0.2  # scales the waits of the state machines, not the duration of deletions
EXTERNAL_ID = "an-id-that-only-we-know"
BROKEN = """\
collect:
  accounts: ["111111111111", "222222222222", "333333333333"]
cleanup:
  enabled: true
  dry_runn: true
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in tests_beside(__file__, items):
        item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def interpreter() -> Path:
    python = Path(os.environ.get("EMULATOR_PYTHON", INTERPRETER))
    for needed in (python, SAM):
        if not needed.exists():
            pytest.fail(f"{needed} is missing; run `make setup`")
    return python


@pytest.fixture(scope="session")
def stage(interpreter: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The application, with its roles in three accounts that contain known waste."""
    cloud = Cloud.start(tmp_path_factory.mktemp("cloud"), interpreter=interpreter)
    try:
        session = Session.deployed(cloud)
        session.scale_waits(WAIT_SCALE)
        estate = build(session.client)
        keep_protected_network(Site(estate, session.client, SANDBOX, REGIONS[0]))
        yield Stage(session, estate)
    finally:
        cloud.stop()


def read_once(stage: Stage, name: str) -> None:
    """Collect once: what an alarm watches is gone only after two complete readings."""
    execution = stage.session.start(name, {"workflow": "collect"})
    assert stage.session.wait(execution).status == "SUCCEEDED"


@pytest.fixture(scope="session")
def dry(stage: Stage) -> Told:
    """The first run that plans, a dry run."""
    stage.session.configure(cleanup=cleanup(dry_run=True))
    read_once(stage, "before-dry")
    return stage.run("dry")


@pytest.fixture(scope="session")
def broken(stage: Stage, dry: Told) -> Told:
    """A run with a misspelt key in its configuration."""
    assert dry.run.status == "SUCCEEDED", dry.run
    stage.session.configure(BROKEN)
    try:
        return stage.run("broken")
    finally:
        stage.session.configure(cleanup=cleanup(dry_run=True))


@pytest.fixture(scope="session")
def twice(stage: Stage, broken: Told) -> tuple[Told, Told]:
    """One start delivered twice: two runs at nearly the same time."""
    session, mark = stage.session, stage.session.cloud.mark()
    started = [session.start(name, SHORT) for name in ("twice-1", "twice-2")]
    first, second = (session.wait(execution) for execution in started)
    return stage.tell(first, mark), stage.tell(second, mark)


@pytest.fixture(scope="session")
def budgeted(stage: Stage, twice: tuple[Told, Told]) -> Told:
    """A run that measures the last snapshot, with a budget that does not pay for all it wants."""
    wanted = {"series": "default", "by": {"ResourcesFound": ["kind"]}, "budget_usd": 12}
    stage.session.configure(metrics={"cloudwatch": wanted}, cleanup=cleanup(dry_run=True))
    # Values have the minute in which their run started; no other run shall share it.
    time.sleep(60 - time.time() % 60)
    try:
        told = stage.run("budgeted", workflow="metrics")
    finally:
        stage.session.configure(cleanup=cleanup(dry_run=True))
    time.sleep(60 - time.time() % 60)
    return told


@pytest.fixture(scope="session")
def after_abort(request: pytest.FixtureRequest, stage: Stage, twice: tuple[Told, Told]) -> Told:
    """A run that finds the claim of an aborted run."""
    in_full(request, "budgeted")
    session = stage.session
    execution = session.start("aborted")
    deadline = time.monotonic() + 20
    while "pre_collect" not in [event["event"] for event in session.events("aborted")]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    session.client("stepfunctions").stop_execution(executionArn=execution)
    assert session.wait(execution).status == "ABORTED"
    assert session.bucket.read_json(CLAIM)["run_id"] == "aborted"
    return stage.run("after-abort", **SHORT)


@pytest.fixture(scope="session")
def killed_collect(stage: Stage, after_abort: Told) -> Told:
    """A run whose functions are killed once while reading and once while merging."""
    reading = {"service": "ec2", "action": "DescribeVolumes", "account": PAYMENTS}
    writing = {"service": "s3", "action": "PutObject", "contains": f"graph/{PAYMENTS}/edges"}
    faults = (
        {**reading, "effect": "kill", "function": "CollectFunction", "times": 1},
        {**writing, "effect": "kill", "function": "MergeFunction", "times": 1},
    )
    return stage.run("killed-collect", workflow="collect", faults=faults)


@pytest.fixture(scope="session")
def held(request: pytest.FixtureRequest, stage: Stage, after_abort: Told) -> Told:
    """A run that may clean up, but whose plan exceeds a limit."""
    in_full(request, "killed_collect")
    limits = {"per_run": 10}
    stage.session.configure(cleanup={"enabled": True, "dry_run": False, "limits": limits})
    return stage.run("held")


@pytest.fixture(scope="session")
def unapproved(stage: Stage, held: Told) -> Told:
    """A run that two automations hold, because they refuse."""
    session, run_id = stage.session, "unapproved"
    automations = [
        {"name": "window", "event": "pre_cleanup"},
        {"name": "approval", "event": "cleanup", "on_error": "hold", "on_timeout": "fail"},
    ]
    session.configure(cleanup=cleanup(dry_run=False), automations=automations)
    mark = session.cloud.mark()
    execution = session.start(run_id, {"workflow": "cleanup"})
    for automation in automations:
        refuse(session, run_id, automation["name"])
    return stage.tell(session.wait(execution), mark)


def refuse(session: Session, run_id: str, automation: str) -> None:
    """Wait until an automation is asked, and answer for it with a failure."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        for event in session.events(run_id):
            if event.get("automation") == automation:
                session.client("stepfunctions").send_task_failure(
                    taskToken=event["task_token"], error="NotApproved", cause="no"
                )
                return
        time.sleep(0.1)
    pytest.fail(f"{automation} was not asked")


@pytest.fixture(scope="session")
def stuck(request: pytest.FixtureRequest, stage: Stage, held: Told) -> StuckStacks:
    """Two expired stacks: CloudFormation fails the deletion of one, and never ends the other's."""
    in_full(request, "unapproved")
    estate = Estate(created=now())
    return StuckStacks.create(Site(estate, stage.session.client, PAYMENTS, REGIONS[1]))


@pytest.fixture(scope="session")
def rival() -> list[Record]:
    """What a second tick answered that was invoked while one of `cleaned` was at work."""
    return []


@pytest.fixture(scope="session")
def cleaned(stage: Stage, stuck: StuckStacks, rival: list[Record]) -> Told:
    """A run that cleans up; a second tick for an account is invoked while the first one works."""
    known = cleanup(dry_run=False, known_stack_types=[CUSTOM_TYPE])
    stage.session.configure(cleanup=known)
    return stage.run("cleaned", meanwhile=lambda: rival.append(compete(stage.session, "cleaned")))


def compete(session: Session, run_id: str) -> Record:
    """Invoke a tick for the sandbox while a tick of the run holds the lease of the account.

    If that one has just ended, the second is a turn like any other, and the next is tried.
    """
    key = RunKeys(run_id).cleanup(SANDBOX, "state.json")
    deadline = time.monotonic() + 300
    while True:
        while not (session.bucket.find_json(key) or {}).get("lease"):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        answer = tick_by_hand(session, run_id, SANDBOX)
        if answer["done"] or answer["wait_seconds"] > LONGEST_WAIT_SECONDS:
            return answer


def tick_by_hand(session: Session, run_id: str, account: str) -> Record:
    """Invoke the function of the cleanup as the state machine does, in a turn of its own."""
    functions = session.client("lambda")
    (tick,) = [
        function["FunctionName"]
        for function in functions.list_functions()["Functions"]
        if "TickFunction" in function["FunctionName"]
    ]
    request = TickRequest(
        run_id=run_id,
        account=account,
        summary_hash=session.bucket.read_json(RunKeys(run_id).plan_summary)["hash"],
        turn="by hand",
        attempt=0,
    )
    answer = functions.invoke(FunctionName=tick, Payload=request.model_dump_json())
    found: Record = json.loads(answer["Payload"].read())
    return found


@pytest.fixture(scope="session")
def later_waste(stage: Stage, cleaned: Told, stuck: StuckStacks) -> Estate:
    """Another abandoned VPC, with everything that usually blocks the deletion of a VPC.

    What kept the two stacks is out of the way now.
    """
    stuck.resolve()
    estate = Estate(created=now())
    abandon_network(Site(estate, stage.session.client, SANDBOX, REGIONS[0]))
    return estate


@pytest.fixture(scope="session")
def killed_cleanup(stage: Stage, later_waste: Estate) -> Told:
    """A run that is killed before a call, and again before it stores the outcome of calls."""
    before = {"service": "ec2", "action": "DeleteNatGateway"}
    after = {"service": "s3", "action": "PutObject", "contains": f"cleanup/{SANDBOX}/state.json"}
    faults = (
        {**before, "effect": "kill", "function": "TickFunction", "times": 1},
        {**after, "effect": "kill", "function": "TickFunction", "times": 1, "skip": 9},
    )
    return stage.run("killed-cleanup", faults=faults)


@pytest.fixture(scope="session")
def guarded(interpreter: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A deployment on a cloud that enforces IAM, at first with CleanupEnabled=false."""
    cloud = Cloud.start(tmp_path_factory.mktemp("guarded"), interpreter=interpreter, auth=True)
    try:
        session = Session.deployed(cloud, cleanup_enabled=False, external_id=EXTERNAL_ID)
        session.scale_waits(WAIT_SCALE)
        yield Stage(session, build(session.client))
    finally:
        cloud.stop()


@pytest.fixture(scope="session")
def forbidden(guarded: Stage) -> Told:
    """A run that is configured to clean up, in a stack that does not permit cleanups."""
    guarded.session.configure(cleanup=cleanup(dry_run=False))
    read_once(guarded, "before-forbidden")
    return guarded.run("forbidden")


@pytest.fixture(scope="session")
def forced(guarded: Stage, forbidden: Told) -> Told:
    """The same run, with its claim restored and its cleanup function invoked directly."""
    bucket, mark = guarded.session.bucket, guarded.session.cloud.mark()
    bucket.create_json(CLAIM, {"run_id": "forbidden"})
    for account in (PAYMENTS, SANDBOX):
        tick_by_hand(guarded.session, "forbidden", account)
    bucket.delete(CLAIM)
    return guarded.tell(forbidden.run, mark)


@pytest.fixture(scope="session")
def blind(guarded: Stage, forced: Told) -> Told:
    """A run without roles in one account, and with two services of another denied in one region."""
    session = guarded.session
    stacks = session.client("cloudformation", SANDBOX)
    stacks.delete_stack(StackName=MEMBER_STACK)
    stacks.get_waiter("stack_delete_complete").wait(
        StackName=MEMBER_STACK, WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )
    closed = {"account": PAYMENTS, "region": REGIONS[1], "effect": "deny"}
    faults = (
        {"service": "ec2", "action": "DescribeVolumes", **closed},
        {"service": "elbv2", "action": "*", **closed},
    )
    try:
        return guarded.run("blind", faults=faults)
    finally:
        session.admit(SANDBOX)


@pytest.fixture(scope="session")
def demonstrated(guarded: Stage, blind: Told) -> Shown:
    """The runs of `make demo`, in the stack that now permits a cleanup."""
    session = guarded.session
    session.redeploy(cleanup_enabled=True)
    # As in a new deployment: no earlier snapshot to carry over resources from.
    session.bucket.delete(CURRENT)
    output = StringIO()
    log = Log(Console(file=output, width=WIDTH, highlight=False))
    demo = Demo(log, session, guarded.estate, obstruct(session, log))
    mark = session.cloud.mark()
    held = demo.hold()
    changes, after_held = session.changes_since(mark), demo.existing()
    cleaned = demo.clean()
    return Shown(demo, held, changes, after_held, cleaned, demo.existing(), output.getvalue())


@pytest.fixture(scope="session")
def withheld(guarded: Stage, demonstrated: Shown) -> Told:
    """A run that can read everything again, and whose plan needs an approval."""
    allow(guarded.session.client)
    guarded.session.configure(cleanup=cleanup(dry_run=False, approval="always"))
    read_once(guarded, "before-withheld")
    return guarded.run("withheld")


@pytest.fixture(scope="session")
def refusal(guarded: Stage, withheld: Told) -> Result:
    """What the command answers to somebody who may do everything but approve."""
    policies = ("ViewerPolicyArn", "OperatorPolicyArn")
    keys = person(guarded.session, "operators", *policies)
    return ebbtide(guarded.session, keys, "plan", "approve", "--all", "--yes")


@pytest.fixture(scope="session")
def spared(withheld: Told) -> Planned:
    """A planned resource that nothing else waits for, goes with or is a part of."""
    entries = [entry for plan in withheld.plans.values() for entry in plan.planned]
    waited = {
        name
        for one in entries
        for name in (*one.after, *one.prepared_after, *one.needed_by, one.goes_with, one.part_of)
    }
    return next(
        one
        for one in entries
        if one.action == "delete"
        and one.part_of is None
        and one.subject.graph_id not in waited
        and key_of(one) in withheld.existing
    )


@pytest.fixture(scope="session")
def released(guarded: Stage, withheld: Told, refusal: Result, spared: Planned) -> Told:
    """The run after somebody has approved all of the plan but one resource."""
    keys = person(guarded.session, "approvers", "ViewerPolicyArn", "ApproverPolicyArn")
    words = ("plan", "approve", "--all", "--except", spared.subject.graph_id)
    answer = ebbtide(guarded.session, keys, *words, "--note", "INC-42", "--yes")
    assert answer.exit_code == 0, answer.stderr
    return guarded.run("released")


@pytest.fixture(scope="session")
def permitted(guarded: Stage, released: Told) -> Told:
    """A run that needs no approval, and cleans up the remaining waste."""
    guarded.session.configure(cleanup=cleanup(dry_run=False))
    read_once(guarded, "before-permitted")
    return guarded.run("permitted")


@pytest.fixture(scope="session")
def on_schedule(guarded: Stage, permitted: Told) -> Scheduled:
    """An own workflow that its own schedule starts, and whose schedule is removed again."""
    return scheduled(guarded.session)
