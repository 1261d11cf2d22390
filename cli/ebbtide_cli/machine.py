"""The state machine of a deployment: its executions are the runs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ebbtide.store.readable import Readable
from ebbtide_cli.errors import SourceError, UsageError
from ebbtide_cli.sources import DEFAULT_STACK, Source

# What Step Functions calls the end of a run -> what Ebbtide calls it.
STATUSES = {
    "RUNNING": "running",
    "SUCCEEDED": "succeeded",
    "FAILED": "failed",
    "TIMED_OUT": "timed_out",
    "ABORTED": "stopped",
    "PENDING_REDRIVE": "pending_redrive",
}
UNDER_WAY = ("running", "pending_redrive")
SKIPPED = "skipped"
BAD = ("failed", "timed_out", "stopped")

# The state that waits for the hooks of an event, and the events that a state leaves meanwhile.
_ASKING, _EVENTS_OF_A_TASK = "Ask Hooks", 10
# InvalidArn: the name has characters that no execution has.
_MISSING = ("ExecutionDoesNotExist", "StateMachineDoesNotExist", "InvalidArn")


@dataclass(frozen=True, slots=True)
class Execution:
    """One execution as Step Functions describes it; `output` is None in a list of executions."""

    run_id: str
    status: str
    started: datetime
    ended: datetime | None = None
    given: Mapping[str, Any] | None = None
    output: Mapping[str, Any] | None = None
    error: str = ""
    cause: str = ""

    @property
    def is_under_way(self) -> bool:
        return self.status in UNDER_WAY

    @property
    def outcome(self) -> str:
        """The status, or `skipped` if the output says so; an older version left its holder."""
        output = self.output or {}
        skipped = output.get("outcome") == SKIPPED or "etag" in output
        return SKIPPED if self.status == "succeeded" and skipped else self.status


@dataclass(frozen=True, slots=True)
class State:
    """A state that a run has entered; `event` is the one whose hooks it asks, else empty."""

    name: str = ""
    event: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """Starts, stops and describes executions of one state machine."""

    client: Any
    arn: str
    stack: str

    def executions(self) -> Iterator[Execution]:
        """Yield the executions of the last 90 days, newest first."""
        pages = self.client.get_paginator("list_executions").paginate(
            stateMachineArn=self.arn, PaginationConfig={"PageSize": 100}
        )
        for page in pages:
            for one in page["executions"]:
                yield _execution(one)

    def find(self, run_id: str) -> Execution | None:
        """Return an execution with its input and output; None if there is none of this name."""
        from botocore.exceptions import ClientError

        try:
            return _execution(self.client.describe_execution(executionArn=self._execution(run_id)))
        except ClientError as error:
            if error.response["Error"]["Code"] in _MISSING:
                return None
            raise

    def state_of(self, run_id: str) -> State:
        """Return the state that a run entered last; one without a name if it is too soon to know.

        Only the state that asks hooks is looked up a second time: its input names the event.
        """
        name = str(self._entered(run_id, 100, full=False).get("name", ""))
        if name != _ASKING:
            return State(name)
        entered = self._entered(run_id, _EVENTS_OF_A_TASK, full=True)
        given = _document(entered.get("input")) or {}
        return State(name, str((given.get("turn") or {}).get("event") or ""))

    def _entered(self, run_id: str, events: int, *, full: bool) -> Mapping[str, Any]:
        """Return what the history says of the state that a run entered last."""
        found = self.client.get_execution_history(
            executionArn=self._execution(run_id),
            reverseOrder=True,
            maxResults=events,
            includeExecutionData=full,
        )["events"]
        details = (event.get("stateEnteredEventDetails") for event in found)
        return next((detail for detail in details if detail), {})

    def start(self, run_id: str, given: Mapping[str, Any]) -> None:
        """Start a run. Raises UsageError if its name was used before."""
        from botocore.exceptions import ClientError

        try:
            self.client.start_execution(
                stateMachineArn=self.arn, name=run_id, input=json.dumps(given)
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
                raise
            raise UsageError(
                f"there is already a run named {run_id}; give another --name"
            ) from error

    def stop(self, run_id: str) -> None:
        self.client.stop_execution(
            executionArn=self._execution(run_id), error="Stopped", cause="stopped by a person"
        )

    def _execution(self, run_id: str) -> str:
        return f"{self.arn.replace(':stateMachine:', ':execution:')}:{run_id}"


def _execution(found: Mapping[str, Any]) -> Execution:
    return Execution(
        run_id=found["name"],
        status=STATUSES.get(found["status"], found["status"].lower()),
        started=found["startDate"],
        ended=found.get("stopDate"),
        given=_document(found.get("input")),
        output=_document(found.get("output")),
        error=found.get("error", ""),
        cause=readable(found.get("cause", "")),
    )


def _document(text: str | None) -> Mapping[str, Any] | None:
    try:
        value = None if text is None else json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def readable(cause: str) -> str:
    """Return the message of a Lambda error, which Step Functions passes on as JSON."""
    try:
        document = json.loads(cause)
    except ValueError:
        return cause
    if isinstance(document, dict) and "errorMessage" in document:
        return str(document["errorMessage"])
    return cause


def stack_of(source: Source, store: Readable) -> str:
    """Return the stack of a source. Raises SourceError if a bucket does not tell it."""
    if source.stack is not None or source.bucket is None:
        return source.stack or DEFAULT_STACK
    for key in ("graph/current.json", "graph/claim.json"):
        pointer = store.find_json(key)
        record = None if pointer is None else store.find_json(f"runs/{pointer['run_id']}/run.json")
        stack = (record or {}).get("own", {}).get("stack")
        if stack:
            return str(stack)
    raise SourceError(f"no run in {store.name} names its stack; give --stack instead of --bucket")


def machine_of(source: Source, store: Readable) -> Machine:
    """Return the state machine of a source. Raises UsageError for a folder, which has none."""
    if source.folder is not None:
        raise UsageError(
            f"{source.folder} is a copy, which runs nothing; give --stack to start, stop or watch"
        )
    stack = stack_of(source, store)
    arn = source.outputs_of(stack).get("StateMachineArn")
    if arn is None:
        raise SourceError(f"stack {stack} has no output StateMachineArn; update the stack")
    return Machine(source.client("stepfunctions"), arn, stack)


def found_machine(source: Source, store: Readable) -> Machine | None:
    """Return the state machine of a source; None for a folder."""
    return None if source.folder is not None else machine_of(source, store)
