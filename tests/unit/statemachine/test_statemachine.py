"""The state machines: what the static check finds, and what every way through them announces."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from hashlib import sha1
from typing import Any

import pytest

from ebbtide.base.errors import EbbtideError
from ebbtide.deployment.events import (
    HOOKABLE_EVENTS,
    STEP_EVENTS,
    STEPS,
    WORKFLOW_EVENTS,
    WORKFLOWS,
    EventDetail,
)
from ebbtide.deployment.inputs import AnnounceRequest, TickRequest
from ebbtide.deployment.turns import turns_of
from ebbtide.workflow.turns import next_turn
from tests.support.interpreter import Interpreter, TaskError
from tools import check_statemachine
from tools.check_statemachine import (
    DEFINITIONS,
    check_definition,
    check_loop,
    check_substitutions,
    read_definition,
)
from tools.template import read_template

WORKFLOW = DEFINITIONS / "collect_and_cleanup.asl.json"
ANNOUNCE = DEFINITIONS / "announce.asl.json"
RUN_ID = "r" * 80
REPORT = "runs/run-1/report.html"
SNAPSHOT = {"manifest": "runs/old/graph/manifest.json", "accounts": "runs/old/accounts.json"}
JOBS = {"summary": "j", "ran": 2, "failed": 1, "failures": ["b"]}
HASH = "5" * 64
ACCOUNTS = [{"account": "111111111111"}, {"account": "222222222222"}]


def test_definitions_have_no_problems() -> None:
    assert check_statemachine.check_repository() == []
    assert check_statemachine.main() == 0


# What the static check must find: one change to a sound machine, and what is said about it.


def sound() -> dict[str, Any]:
    """A small machine without any problem."""
    catch = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.caught", "Next": "Failed"}]
    retry = [{"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 2}]
    task = {
        "Type": "Task",
        "Resource": "${TickFunction}",
        "TimeoutSeconds": 60,
        "Retry": retry,
        "Catch": catch,
    }
    start = {
        **task,
        "Resource": "arn:${Partition}:states:::states:startExecution.sync:2",
        "Parameters": {"Name.$": "$.name", "Input": {}},
        "Retry": [{"ErrorEquals": ["StepFunctions.ThrottlingException"]}],
        "Next": "Each",
    }
    each = {
        "Type": "Map",
        "ItemReader": {},
        "MaxConcurrency": 4,
        "ResultPath": None,
        "Catch": copy.deepcopy(catch),
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED"},
            "StartAt": "Child",
            "States": {"Child": {"Type": "Pass", "End": True}},
        },
        "Next": "Choose",
    }
    choose = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.x", "IsNull": True, "Next": "Done"}],
        "Default": "Failed",
    }
    return {
        "StartAt": "Act",
        "States": {
            "Act": {**copy.deepcopy(task), "Next": "Start"},
            "Start": copy.deepcopy(start),
            "Each": each,
            "Choose": choose,
            "Done": {"Type": "Succeed"},
            "Failed": {"Type": "Fail", "Error": "E", "Cause": "c"},
        },
    }


def put(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(machine: dict[str, Any]) -> None:
        *way, last = path.split("/")
        for part in way:
            machine = machine[part]
        machine[last] = value

    return change


def drop(path: str) -> Callable[[dict[str, Any]], None]:
    def change(machine: dict[str, Any]) -> None:
        *way, last = path.split("/")
        for part in way:
            machine = machine[part]
        del machine[last]

    return change


def time_out_from_input(machine: dict[str, Any]) -> None:
    drop("States/Act/TimeoutSeconds")(machine)
    put("States/Act/TimeoutSecondsPath", "$.seconds")(machine)


def test_sound_machine_has_no_problems() -> None:
    assert check_definition("m", sound()) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (put("StartAt", "Nowhere"), "StartAt 'Nowhere' does not exist"),
        (put("States/Act/Next", "Nowhere"), "goes to 'Nowhere', which does not exist"),
        (put("States/Choose/Default", "Nowhere"), "goes to 'Nowhere'"),
        (
            put("States/Act/Catch", [{"ErrorEquals": ["States.ALL"], "Next": "Nowhere"}]),
            "goes to 'Nowhere'",
        ),
        (
            put("States/Choose/Choices", [{"Variable": "$", "IsNull": True, "Next": "Nowhere"}]),
            "goes to 'Nowhere'",
        ),
        (put("States/Island", {"Type": "Succeed"}), "is never reached"),
        (
            put("States/Each/ItemProcessor/States/Island", {"Type": "Succeed"}),
            "is never reached",
        ),
        (
            put("States/Each/ItemProcessor/States/Child", {"Type": "Pass", "Next": "Done"}),
            "goes to 'Done'",
        ),
        (
            put("States/Each/ItemProcessor/States", {"Act": {"Type": "Pass", "End": True}}),
            "two states are called 'Act'",
        ),
        (drop("States/Act/Next"), "needs either Next or End"),
        (put("States/Act/End", True), "needs either Next or End"),
        (drop("States/Act/Retry"), "has no Retry"),
        (drop("States/Act/Catch"), "has no Catch"),
        (
            put("States/Act/Catch", [{"ErrorEquals": ["Other"], "Next": "Failed"}]),
            "has no Catch",
        ),
        (drop("States/Each/Catch"), "has no Catch"),
        (drop("States/Act/TimeoutSeconds"), "has no literal TimeoutSeconds"),
        (put("States/Act/TimeoutSeconds", "$.seconds"), "has no literal TimeoutSeconds"),
        (put("States/Act/TimeoutSecondsPath", "$.seconds"), "has both TimeoutSeconds and"),
        (time_out_from_input, "waits for no task token"),
        (put("States/Act/HeartbeatSecondsPath", "$.seconds"), "HeartbeatSecondsPath is banned"),
        (put("States/Act/Assign", {}), "Assign is banned"),
        (put("States/Act/Arguments", {}), "Arguments is banned"),
        (put("States/Act/QueryLanguage", "JSONata"), "QueryLanguage is banned"),
        (put("States/Act/Parameters", {"x": "{% $states.input %}"}), "JSONata expression"),
        (put("States/Act/Paramters", {}), "Paramters is not a field of Task"),
        (put("States/Choose/Next", "Done"), "Next is not a field of Choice"),
        (drop("States/Choose/Default"), "has no Default"),
        (put("States/Act/Type", "Parallel"), "type 'Parallel' is not used here"),
        (
            put("States/Act/Resource", "arn:aws:states:::aws-sdk:s3:putObject"),
            "aws-sdk integration of S3",
        ),
        (put("States/Start/Parameters", {"Input": {}}), "without a Name"),
        (
            put("States/Start/Retry", [{"ErrorEquals": ["States.TaskFailed"]}]),
            "retries a failed child",
        ),
        (put("States/Start/Retry", [{"ErrorEquals": ["States.ALL"]}]), "retries a failed child"),
        (drop("States/Each/ItemReader"), "is distributed without an ItemReader"),
        (drop("States/Each/MaxConcurrency"), "has no literal MaxConcurrency"),
        (put("States/Each/MaxConcurrencyPath", "$.n"), "MaxConcurrencyPath is banned"),
        (put("States/Each/ItemBatcher", {}), "ItemBatcher is banned"),
        (put("States/Each/ResultWriter", {}), "ResultWriter is banned"),
        (put("States/Each/ResultPath", "$.all"), "which grow with the estate"),
        (put("States/Each/ItemProcessor/ProcessorConfig", {}), "has no processor mode"),
    ],
)
def test_every_violation_is_found(change: Callable[[dict[str, Any]], None], said: str) -> None:
    machine = sound()
    change(machine)
    assert any(said in str(problem) for problem in check_definition("m", machine))


def test_long_state_names_are_found() -> None:
    machine = {"StartAt": "x" * 81, "States": {"x" * 81: {"Type": "Succeed"}}}
    assert "longer than 80" in str(check_definition("m", machine))


def test_substitutions_are_compared_both_ways() -> None:
    problems = check_substitutions("m", '{"a": "${Here}", "n": ${Number}}', {"Here": 1, "Gone": 2})
    assert [problem.what for problem in problems] == [
        "${Number} is not substituted",
        "Gone is never used",
    ]


HOOKED = "States/Ask Hooks/Parameters"
TURNS = "States/Next Turn/Choices"
FAILED = "States/Announce workflow_failed/Parameters/Entries"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (put(TURNS, []), "turns missing, unknown or twice: ['cleanup', "),
        (put("States/Publish Snapshot/Next", "Succeeded"), "Discover Work: must lead back"),
        (put("States/Release Claim/Next", "Announce Events"), "Release Claim: must lead back"),
        (put(f"{HOOKED}/Name.$", "$$.Execution.Name"), "Name does not consist of the event"),
        (put(f"{HOOKED}/Input/detail.$", "$.claim"), "detail is not that of the turn"),
        (drop(f"{HOOKED}/Input/jobs.$"), "jobs is not that of the turn"),
        (
            put(
                "States/Discover Work/Resource",
                "arn:${Partition}:states:::states:startExecution.sync:2",
            ),
            "only Ask Hooks may start an execution",
        ),
        (put(FAILED, [{"DetailType": "failed"}]), "announces failed"),
        (put(FAILED, [{"DetailType": "workflow_failed"}]), "DetailType and Detail.event differ"),
        (
            put("States/Announce workflow_failed/Resource", "${AnnounceFunction}"),
            "must put ['workflow_failed', 'workflow_skipped'] itself",
        ),
    ],
)
def test_machine_that_is_no_loop_is_found(
    change: Callable[[dict[str, Any]], None], said: str
) -> None:
    machine = read_definition(WORKFLOW)
    change(machine)
    assert any(said in str(problem) for problem in check_loop("m", machine))


def test_work_that_is_done_twice_or_never_is_found() -> None:
    machine = read_definition(WORKFLOW)
    choices = machine["States"]["Next Turn"]["Choices"]
    choices.append(choices[0])
    assert "unknown or twice: ['hooks', 'hooks']" in str(check_loop("m", machine)[0])


# What every way through the machine announces.


def hooks(named: Mapping[str, list[str]]) -> dict[str, list[dict[str, str]]]:
    """Return what the claim says of the automations of each event, some of which have names."""
    return {event: [{"name": one} for one in named.get(event, ())] for event in HOOKABLE_EVENTS}


class Workflow:
    """The real definition, with functions that answer as the contract says.

    The function that announces is the real one, but for the bus. A failure of `Announce <event>` is
    one of that event: of its hooks, if it has any, else of the bus.
    """

    def __init__(self, workflow: str = "collect_and_cleanup", **changes: Any) -> None:
        self.permitted = changes.pop("permitted", "true")
        self.fails: dict[str, str] = changes.pop("fails", {})
        self.cause: str = changes.pop("cause", "made up")
        self.claims: list[dict[str, Any]] = changes.pop("claims", [{}])
        self.holder_status: str = changes.pop("holder_status", "RUNNING")
        self.held: bool = changes.pop("held", False)
        # How many resources wait for an approval while the rest goes.
        self.held_alone: int = changes.pop("held_alone", 0)
        # Event -> the automations that hold the plan at it.
        self.holding: dict[str, list[str]] = changes.pop("holding", {})
        steps = changes.pop("only", WORKFLOWS.get(workflow, ()))
        self.claim = {
            "claimed": True,
            "holder": None,
            "workflow": workflow,
            "wait": False,
            "wait_seconds": 60,
            "warnings": [],
            "steps": {step: step in steps for step in STEPS},
            "turns": [one.to_json() for one in turns_of(steps, has_jobs="jobs" in changes)],
            "cleanup_enabled": True,
            "dry_run": True,
            **SNAPSHOT,
            "automations": hooks(self.holding),
            "jobs": hooks({}),
            **changes,
        }
        self.announced: list[dict[str, Any]] = []
        self.names: list[str] = []
        self.asked: list[tuple[str, Any]] = []
        self.ticks = 0

    def run(self) -> Any:
        values = {"CleanupEnabled": self.permitted, "Partition": "aws", "Bucket": "bucket"}
        values["EventBus"] = "bus"
        execution = {
            "Name": RUN_ID,
            "Id": f"arn:{RUN_ID}",
            "StartTime": "2026-01-01T00:00:00Z",
            "Input": {"workflow": self.claim["workflow"]},
        }
        machine = read_definition(WORKFLOW, values)
        self.interpreter = Interpreter(self.answer, self.items, {"Execution": execution})
        return self.interpreter.run(machine, execution["Input"])

    def items(self, key: str) -> list[Any]:
        if key.endswith("work.json"):
            return [{"account": "111111111111", "name": "x", "regions": ["eu-west-1"], "task": "0"}]
        return ACCOUNTS

    def answer(self, state: str, resource: str, given: Any) -> Any:
        json.dumps(given)
        self.asked.append((state, given))
        if state in self.fails:
            raise TaskError(self.fails[state], self.cause)
        if state == "Announce Events":
            return self.turn(given)
        if state == "Count Skip":
            return {"ExecutionArn": "arn:skipped"}
        if "startExecution" in resource:
            self.tell(given["Input"]["detail"])
            self.names.append(given["Name"])
            return {"Output": self.output(given["Input"]["event"])}
        if "putEvents" in resource:
            (entry,) = given["Entries"]
            assert (entry["Source"], entry["EventBusName"]) == ("ebbtide", "bus")
            self.tell(entry["Detail"])
            return {"FailedEntryCount": 0}
        return {
            "Claim Run": lambda: {**self.claim, **self.claims.pop(0)},
            "Look At Holder": lambda: {"Status": self.holder_status},
            "Discover Work": lambda: {
                "work": f"runs/{RUN_ID}/work.json",
                "accounts": f"runs/{RUN_ID}/accounts.json",
                "tasks": 1,
            },
            "Publish Snapshot": lambda: {"manifest": "new", "accounts": 2, "resources": 7},
            "Summarise Plans": lambda: {
                "summary": "s",
                "selected": 3,
                "refused": 2,
                "undecided": 1,
                "held": self.held,
                "held_resources": 3 if self.held else self.held_alone,
                "approval": "beyond_limits",
                "hash": HASH,
            },
            "Tick": self.tick,
            "Summarise Cleanup": lambda: {"summary": "c", "gone": 3},
            "Publish Metrics": lambda: {"samples": 9, "series": 4},
            "Write Report": lambda: REPORT,
            "Summarise Jobs": lambda: JOBS,
        }.get(state, dict)()

    def turn(self, given: Any) -> dict[str, Any]:
        """Announce what has no hooks, and return what is to be done next."""
        try:
            events, turn = next_turn(AnnounceRequest.model_validate(given), "bucket")
        except EbbtideError as error:
            raise TaskError(type(error).__name__, str(error)) from error
        for event in events:
            self.tell(event.model_dump())
        return turn.model_dump(mode="json")

    def tell(self, detail: Mapping[str, Any]) -> None:
        event = EventDetail(**detail)
        if error := self.fails.get(f"Announce {event.event}"):
            raise TaskError(error, self.cause)
        self.announced.append(event.model_dump())

    def output(self, event: str) -> dict[str, Any]:
        """Return the answer of an announcement."""
        by = self.holding.get(event, [])
        return {"automations": [], "jobs": [], "holds": len(by), "held_by": by}

    def tick(self) -> Mapping[str, Any]:
        self.ticks += 1
        return {"done": self.ticks % 2 == 0, "wait_seconds": 5}

    @property
    def counted(self) -> list[str]:
        """The names of the executions that count this run as skipped."""
        found = [given for state, given in self.asked if state == "Count Skip"]
        assert all(given["StateMachineArn"] == "${SkippedStateMachine}" for given in found)
        return [given["Name"] for given in found]

    @property
    def events(self) -> list[str]:
        return [detail["event"] for detail in self.announced]

    @property
    def states(self) -> list[str]:
        return self.interpreter.entered

    @property
    def take_overs(self) -> list[str | None]:
        return [given["take_over"] for state, given in self.asked if state == "Claim Run"]

    def data_of(self, event: str) -> Any:
        return next(one["data"] for one in self.announced if one["event"] == event)


def events_of(*steps: str) -> list[str]:
    return [event for step in steps for event in (f"pre_{step}", step, f"post_{step}")]


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_each_workflow_announces_exactly_its_steps(workflow: str) -> None:
    run = Workflow(workflow)
    run.run()
    expected = ["workflow_started", *events_of(*WORKFLOWS[workflow]), "workflow_succeeded"]
    assert run.events == expected
    assert run.states[-2:] == ["Release Claim", "Succeeded"]


def asked_of(run: Workflow) -> list[Any]:
    """The inputs of the machine that announces events with hooks."""
    return [given["Input"] for state, given in run.asked if state == "Ask Hooks"]


def test_exactly_the_hookable_events_await_automations() -> None:
    awaited = {event: [{"name": event}] for event in HOOKABLE_EVENTS}
    run = Workflow(held=True, automations=awaited)
    run.run()
    asked = {given["event"]: given["automations"] for given in asked_of(run)}
    assert asked == awaited
    assert run.events == every_event(held=True)


def test_exactly_the_hookable_events_run_their_jobs() -> None:
    run = Workflow(held=True, jobs={event: [event] for event in HOOKABLE_EVENTS})
    run.run()
    assert {given["event"]: given["jobs"] for given in asked_of(run)} == {
        event: [event] for event in HOOKABLE_EVENTS
    }
    assert run.data_of("workflow_succeeded")["jobs"] == JOBS
    assert run.events == every_event(held=True)


def every_event(*, held: bool) -> list[str]:
    events = ["workflow_started", *STEP_EVENTS, "workflow_succeeded"]
    if held:
        events.insert(events.index("post_cleanup"), "cleanup_held")
    return events


def test_run_without_jobs_asks_nobody_about_them() -> None:
    run = Workflow()
    run.run()
    assert "Summarise Jobs" not in run.states
    assert run.data_of("workflow_succeeded")["jobs"]["ran"] == 0


def test_run_succeeds_although_its_jobs_cannot_be_counted() -> None:
    run = Workflow("metrics", jobs=hooks({}), fails={"Summarise Jobs": "Boom"})
    run.run()
    assert run.events[-1] == "workflow_succeeded"


def test_announcement_names_are_unique_and_fit() -> None:
    run = Workflow(automations=hooks({event: [event] for event in HOOKABLE_EVENTS}))
    run.run()
    assert len(set(run.names)) == len(run.names)
    assert max(map(len, run.names)) <= 80


def test_later_steps_use_the_published_snapshot() -> None:
    run = Workflow()
    accounts = f"runs/{RUN_ID}/accounts.json"
    assert run.run() == {"outcome": "succeeded", "manifest": "new", "accounts": accounts}
    plan = [given for state, given in run.asked if state == "Plan Account"]
    assert plan == [{"run_id": RUN_ID, "manifest": "new", **account} for account in ACCOUNTS]


def test_workflow_without_collect_uses_the_current_snapshot() -> None:
    run = Workflow("cleanup")
    assert run.run() == {"outcome": "succeeded", **SNAPSHOT}
    assert run.data_of("pre_cleanup_plan") == {"manifest": SNAPSHOT["manifest"]}


def test_cleanup_ticks_until_every_account_is_done() -> None:
    run = Workflow()
    run.run()
    assert run.ticks == 4
    assert run.states.count("Wait For Deletions") == 2
    assert run.data_of("pre_cleanup")["enabled"] is True


@pytest.mark.parametrize("change", [{"permitted": "false"}, {"cleanup_enabled": False}])
def test_cleanup_needs_both_keys(change: dict[str, Any]) -> None:
    run = Workflow(**change)
    run.run()
    assert run.ticks == 0
    assert run.events == ["workflow_started", *events_of(*STEPS), "workflow_succeeded"]
    assert run.data_of("cleanup")["enabled"] is False


def test_each_tick_knows_the_hash_of_the_plans_and_its_turn() -> None:
    run = Workflow()
    run.run()
    given = [given for state, given in run.asked if state == "Tick"]
    assert {one["summary_hash"] for one in given} == {HASH}
    assert len({one["turn"] for one in given}) == len(given)
    assert all(one["turn"].startswith(f"arn:{RUN_ID}/") for one in given)
    for one in given:
        TickRequest.model_validate(one | {"account": ACCOUNTS[0]["account"]})
    assert run.data_of("pre_cleanup")["hash"] == HASH


def test_retried_tick_begins_only_after_the_function_has_ended() -> None:
    """Where an error leaves open whether the function still works, the retry outwaits it."""
    resources = read_template()["Resources"]
    timeout = resources["TickFunction"]["Properties"]["Timeout"]
    tick = read_definition(WORKFLOW)["States"]["Clean Up Accounts"]["ItemProcessor"]["States"][
        "Tick"
    ]
    assert tick["TimeoutSeconds"] > timeout
    unclear = [one for one in tick["Retry"] if "Lambda.SdkClientException" in one["ErrorEquals"]]
    assert [one["IntervalSeconds"] > timeout for one in unclear] == [True]
    assert [(one["BackoffRate"], one["JitterStrategy"]) for one in unclear] == [(1, "NONE")]
    # These mean that the function was not started, or that it has ended.
    others = {name for one in tick["Retry"] if one not in unclear for name in one["ErrorEquals"]}
    assert {name for name in others if name.startswith("Lambda.")} == {
        "Lambda.TooManyRequestsException"
    }


def test_held_plan_is_announced_and_not_carried_out() -> None:
    run = Workflow(held=True)
    run.run()
    assert run.ticks == 0
    assert run.events[run.events.index("cleanup") + 1] == "cleanup_held"
    assert run.data_of("post_cleanup")["held"] is True
    assert run.data_of("cleanup_held") == {
        "summary": "s",
        "selected": 3,
        "refused": 2,
        "undecided": 1,
        "held": True,
        "held_by": [],
        "held_resources": 3,
        "approval": "beyond_limits",
        "hash": HASH,
    }


def test_what_is_held_alone_is_announced_after_the_rest_is_gone() -> None:
    run = Workflow(held_alone=1)
    run.run()
    assert run.ticks == 4
    assert run.events[run.events.index("cleanup") + 1 :][:2] == ["cleanup_held", "post_cleanup"]
    held = run.data_of("cleanup_held")
    assert (held["held"], held["held_resources"]) == (False, 1)
    assert run.data_of("post_cleanup")["outcome"]["gone"] == 3


HOLDABLE = HOOKABLE_EVENTS[: HOOKABLE_EVENTS.index("cleanup") + 1]


@pytest.mark.parametrize("event", HOLDABLE)
def test_automation_that_holds_the_plan_lets_nothing_be_deleted(event: str) -> None:
    run = Workflow(holding={event: ["change-window"]})
    run.run()
    assert run.ticks == 0
    assert run.events[run.events.index("cleanup") + 1] == "cleanup_held"
    assert run.data_of("cleanup_held")["held_by"] == ["change-window"]
    assert run.data_of("cleanup_held")["held_resources"] == 3
    assert run.data_of("post_cleanup")["held"] is True
    assert run.data_of("post_cleanup")["held_by"] == ["change-window"]
    assert run.events[-1] == "workflow_succeeded"


def test_all_who_hold_the_plan_are_named() -> None:
    run = Workflow(holding={"cleanup": ["c"], "pre_collect": ["a", "b"]})
    run.run()
    assert run.data_of("cleanup_held")["held_by"] == ["a", "b", "c"]


@pytest.mark.parametrize("change", [{"permitted": "false"}, {"cleanup_enabled": False}])
def test_nothing_is_held_where_nothing_may_be_deleted(change: dict[str, Any]) -> None:
    run = Workflow(holding={"pre_cleanup": ["a"]}, **change)
    run.run()
    assert "cleanup_held" not in run.events
    assert run.ticks == 0


@pytest.mark.parametrize(
    ("state", "lost"),
    [
        ("Collect Task", "Lose Task"),
        ("Merge Account", "Lose Merge"),
        ("Plan Account", "Lose Plan"),
        ("Tick", "Lose Cleanup"),
        ("Aggregate Account", "Lose Aggregate"),
    ],
)
def test_lost_child_never_fails_the_run(state: str, lost: str) -> None:
    run = Workflow(fails={state: "Sandbox.Timedout"})
    run.run()
    assert lost in run.states
    assert run.events[-1] == "workflow_succeeded"


def test_the_key_of_the_report_is_announced() -> None:
    run = Workflow()
    run.run()
    told = {"samples": 9, "series": 4, "report": REPORT}
    assert run.data_of("post_generate_metrics") == told


def test_a_report_that_cannot_be_written_does_not_fail_the_run() -> None:
    run = Workflow(fails={"Write Report": "Sandbox.Timedout"})
    run.run()
    assert run.data_of("post_generate_metrics") == {"samples": 9, "series": 4, "report": ""}
    assert run.events[-1] == "workflow_succeeded"


@pytest.mark.parametrize(
    ("state", "step"),
    [
        ("Claim Run", None),
        ("Announce workflow_started", None),
        ("Announce pre_collect", None),
        ("Discover Work", "collect"),
        ("Publish Snapshot", "collect"),
        ("Summarise Plans", "cleanup_plan"),
        ("Summarise Cleanup", "cleanup"),
        ("Announce post_cleanup", "cleanup"),
        ("Announce generate_metrics", "cleanup"),
        ("Publish Metrics", "generate_metrics"),
        ("Announce workflow_succeeded", "generate_metrics"),
    ],
)
def test_failure_is_announced_with_its_step_and_releases(state: str, step: str | None) -> None:
    run = Workflow(fails={state: "Boom"})
    with pytest.raises(TaskError, match="Boom"):
        run.run()
    assert run.events[-1] == "workflow_failed"
    assert run.data_of("workflow_failed") == {"step": step, "error": "Boom", "cause": "made up"}
    assert run.asked[-1] == ("Release After Failure", {"run_id": RUN_ID})


TRACE = ['  File "/var/task/app.py", line 25, in claim\n    answer = {}\n']
SENTENCE = (
    "line 2: cleanup.enabeld: unknown key (did you mean 'enabled'?)\nline 3: \"x\": unknown key"
)
# As Lambda's runtime for Python and the Lambda service write it: an error of the code, a time-out.
FAILURES_OF_FUNCTIONS = [
    {"errorMessage": SENTENCE, "errorType": "ConfigError", "requestId": "r", "stackTrace": TRACE},
    {"errorType": "ConfigError", "errorMessage": SENTENCE},
]


@pytest.mark.parametrize("body", FAILURES_OF_FUNCTIONS, ids=["error", "other order"])
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")], ids=["compact", "spaced"])
def test_failure_of_a_function_is_told_without_its_stack_trace(
    body: dict[str, Any], separators: tuple[str, str]
) -> None:
    cause = json.dumps(body, separators=separators)
    run = Workflow(fails={"Claim Run": "ConfigError"}, cause=cause)
    with pytest.raises(TaskError) as caught:
        run.run()
    told = {"step": None, "error": "ConfigError", "cause": SENTENCE}
    assert run.data_of("workflow_failed") == told
    assert (caught.value.error, caught.value.cause) == ("ConfigError", SENTENCE)
    assert run.states[-1] == "Failed"


@pytest.mark.parametrize(
    "cause",
    [
        json.dumps(FAILURES_OF_FUNCTIONS[0])[:-20],  # cut by Step Functions
        json.dumps({"ExecutionArn": "arn", "Cause": json.dumps(FAILURES_OF_FUNCTIONS[0])}),
        "",
        '{"errorMessage"}',
        "[]",
    ],
)
def test_any_other_cause_is_told_as_it_is(cause: str) -> None:
    run = Workflow(fails={"Publish Snapshot": "Boom"}, cause=cause)
    with pytest.raises(TaskError, match="Boom"):
        run.run()
    assert run.data_of("workflow_failed")["cause"] == cause
    assert run.states[-1] == "Failed"


def test_claim_is_released_when_nothing_can_be_announced() -> None:
    events = (*STEP_EVENTS, *WORKFLOW_EVENTS)
    run = Workflow(fails={f"Announce {event}": "Boom" for event in events})
    with pytest.raises(TaskError, match="Boom"):
        run.run()
    assert run.states[-3:] == ["Announce workflow_failed", "Release After Failure", "Failed"]


def test_failed_release_does_not_undo_a_success() -> None:
    run = Workflow("metrics", fails={"Release Claim": "Boom"})
    run.run()
    assert run.events[-1] == "workflow_succeeded"


HOLDER = {"run_id": "other", "execution": "arn:other", "etag": "e1"}
LOST = {"claimed": False, "holder": HOLDER}


def test_second_run_is_skipped() -> None:
    run = Workflow(claims=[LOST])
    assert run.run() == {"outcome": "skipped", "holder": "other", "execution": "arn:other"}
    assert run.events == ["workflow_skipped"]
    assert run.data_of("workflow_skipped") == {"holder": "other"}
    assert run.counted == [f"skipped-{sha1(RUN_ID.encode()).hexdigest()}"]
    assert not [state for state, _ in run.asked if state == "Announce Events"]


def test_only_a_run_that_holds_the_claim_invokes_the_function_that_announces() -> None:
    """RecentRunAlarm counts its invocations, so that skipped runs do not hide that none runs."""
    run = Workflow("metrics", wait=True, claims=[LOST, LOST, {}])
    assert run.run()["outcome"] == "succeeded"
    assert run.counted == []
    asked = [state for state, _ in run.asked]
    assert asked[asked.index("Announce Events") - 1] == "Claim Run"
    assert asked.count("Claim Run") == 3 and "Announce Events" not in asked[:4]


def test_run_is_skipped_although_it_cannot_be_counted() -> None:
    denied = "StepFunctions.ExecutionAlreadyExistsException"
    skipped = Workflow(claims=[LOST], fails={"Count Skip": denied})
    assert skipped.run()["outcome"] == "skipped"


@pytest.mark.parametrize("status", ["RUNNING", "PENDING_REDRIVE"])
def test_second_run_waits_if_asked_to(status: str) -> None:
    run = Workflow("metrics", wait=True, claims=[LOST, LOST, {}], holder_status=status)
    run.run()
    assert run.states.count("Wait For Holder") == 2
    assert run.take_overs == [None] * 3


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED", "SUCCEEDED"])
def test_claim_of_an_ended_run_is_taken_over(status: str) -> None:
    run = Workflow("metrics", claims=[LOST, {}], holder_status=status)
    run.run()
    assert [given["take_over"] for state, given in run.asked if state == "Claim Run"] == [
        None,
        "e1",
    ]


@pytest.mark.parametrize("error", ["Sfn.ExecutionDoesNotExistException", "Sfn.InvalidArnException"])
def test_claim_of_an_unknown_run_is_taken_over(error: str) -> None:
    run = Workflow("metrics", claims=[LOST, {}], fails={"Look At Holder": error})
    run.run()
    assert run.events[-1] == "workflow_succeeded"


def test_run_fails_when_the_holder_cannot_be_looked_at() -> None:
    run = Workflow(claims=[LOST], fails={"Look At Holder": "Sfn.AccessDeniedException"})
    with pytest.raises(TaskError, match=r"Sfn\.AccessDenied"):
        run.run()
    assert run.events == ["workflow_failed"]
