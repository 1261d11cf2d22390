"""Counts executions of state machines in CloudWatch, as Step Functions does (namespace AWS/States).

ministack announces each change of their status, but measures nothing.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from local.emulator.engine import load

NAMESPACE = "AWS/States"
ENDED = {
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}


def install() -> None:
    """Wrap the ministack function that announces the status of an execution."""
    states, cloudwatch = load("services.stepfunctions"), load("services.cloudwatch")
    announce = states._emit_execution_status_event

    def counted(execution: dict[str, Any]) -> None:
        announce(execution)
        machine = {"StateMachineArn": execution["stateMachineArn"]}
        for name, value, unit in metrics_of(execution):
            cloudwatch.record_metric(NAMESPACE, name, value, unit, machine)

    states._emit_execution_status_event = counted


def metrics_of(execution: dict[str, Any]) -> Iterator[tuple[str, float, str]]:
    """Yield the name, value and unit of what an execution adds with its present status."""
    if execution["status"] == "RUNNING":
        yield "ExecutionsStarted", 1, "Count"
    elif (name := ENDED.get(execution["status"])) is not None:
        yield name, 1, "Count"
        start, stop = (datetime.fromisoformat(execution[key]) for key in ("startDate", "stopDate"))
        yield "ExecutionTime", (stop - start).total_seconds() * 1000, "Milliseconds"
