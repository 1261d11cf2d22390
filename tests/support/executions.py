"""Step Functions for tests: executions by name, whose status a test sets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from botocore.exceptions import ClientError

ARN = "arn:aws:states:eu-central-1:111122223333:stateMachine:ebbtide-collect-and-cleanup"
OUTPUTS = {"BucketName": "ebbtide-data", "StateMachineArn": ARN}


def refused(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "made up"}}, operation)


@dataclass
class States:
    """Answers as the client of Step Functions does; `looked` is called at each description."""

    executions: dict[str, dict[str, Any]] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    looked: Callable[[str], None] = lambda _: None

    def add(self, name: str, status: str, **given: Any) -> Self:
        """Add an execution; `age` and `took` are minutes, `output` and `input` documents."""
        age, took = given.pop("age", 60), given.pop("took", 10)
        start = self.now - timedelta(minutes=age)
        found = {"name": name, "status": status, "startDate": start, "input": "{}"}
        if status not in ("RUNNING", "PENDING_REDRIVE"):
            found["stopDate"] = start + timedelta(minutes=took)
        for key in ("input", "output"):
            if key in given:
                given[key] = json.dumps(given[key])
        self.executions[name] = found | given
        return self

    def start_execution(self, **given: Any) -> Mapping[str, Any]:
        assert given["stateMachineArn"] == ARN
        if given["name"] in self.executions:
            raise refused("ExecutionAlreadyExists", "StartExecution")
        self.add(given["name"], "RUNNING", age=0, input=json.loads(given["input"]))
        return {"executionArn": f"{ARN}:{given['name']}"}

    def stop_execution(self, **given: Any) -> None:
        name = self._name(given, "StopExecution")
        self.executions[name] |= {"status": "ABORTED", "stopDate": self.now}
        self.executions[name] |= {"error": given["error"], "cause": given["cause"]}

    def describe_execution(self, **given: Any) -> Mapping[str, Any]:
        name = self._name(given, "DescribeExecution")
        self.looked(name)
        return self.executions[name]

    def get_execution_history(self, **given: Any) -> Mapping[str, Any]:
        """Tell the state entered last; after a colon, `states` has the event that it asks for."""
        state = self.states.get(self._name(given, "GetExecutionHistory"))
        events: list[dict[str, Any]] = [{"id": 2}]
        if state:
            name, _, event = state.partition(": ")
            entered = {"name": name}
            if given["includeExecutionData"]:
                entered["input"] = json.dumps({"turn": {"event": event or None}})
            events.append({"stateEnteredEventDetails": entered})
        return {"events": events}

    def get_paginator(self, operation: str) -> Self:
        assert operation == "list_executions"
        return self

    def paginate(self, **given: Any) -> Iterator[Mapping[str, Any]]:
        assert given["stateMachineArn"] == ARN
        newest = sorted(self.executions.values(), key=lambda one: one["startDate"], reverse=True)
        hidden = ("input", "output", "error", "cause")
        yield {
            "executions": [
                {key: value for key, value in one.items() if key not in hidden} for one in newest
            ]
        }

    def _name(self, given: Mapping[str, Any], operation: str) -> str:
        arn, _, name = given["executionArn"].rpartition(":")
        assert arn == ARN.replace("stateMachine", "execution")
        if name not in self.executions:
            raise refused("ExecutionDoesNotExist", operation)
        return str(name)
