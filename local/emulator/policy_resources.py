"""Tells policies what a request is about, where ministack does not look it up.

IAM user guide, "AWS global condition context keys": aws:ResourceTag/key is the tag of the resource
that the request names, and is missing without such a tag. Service authorization reference: who
answers for a task needs the right on the state machine that waits.
"""

import json
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from local.emulator.engine import load, param

_TAGGED = ("ec2:StartInstances", "ec2:StopInstances")
_ANSWERS = ("SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat")

_machine: ContextVar[str] = ContextVar("machine", default="")
_waiting: dict[str, str] = {}  # task token -> ARN of the state machine

Context = dict[str, Any]


def install() -> None:
    """Wrap the functions that find the resource of a request and its tags."""
    _instance_tags()
    _state_machines()


def _instance_tags() -> None:
    actions, ec2 = load("core.iam_actions"), load("services.ec2")
    context_of: Callable[..., Context] = actions.request_tag_context

    def with_tags(service: str, action: str, body: bytes, params: dict[str, Any]) -> Context:
        context = context_of(service, action, body, params)
        if action not in _TAGGED:
            return context
        tags = ec2._tags.get(param(params, "InstanceId.1")) or ()
        found = {f"aws:resourcetag/{tag['Key']}".lower(): tag["Value"] for tag in tags}
        return {**context, **found}

    actions.request_tag_context = with_tags


def _state_machines() -> None:
    actions, machines = load("core.iam_actions"), load("services.stepfunctions")
    resource_of = actions.extract_resource_arn
    execute, call_back = machines._execute_task, machines._invoke_with_callback

    def execute_known(state: Any, given: Any, execution: Any, context: Any) -> Any:
        token = _machine.set(context.get("StateMachine", {}).get("Id", ""))
        try:
            return execute(state, given, execution, context)
        finally:
            _machine.reset(token)

    def call_back_known(resource: Any, given: Any, token: str, state: Any) -> Any:
        _waiting[token] = _machine.get()
        return call_back(resource, given, token, state)

    def resource_known(
        service: str, method: str, path: str, headers: dict[str, str], body: bytes, *rest: Any
    ) -> Any:
        if service == "states" and headers.get("x-amz-target", "").endswith(_ANSWERS):
            machine = _waiting.get(json.loads(body or b"{}").get("taskToken", ""))
            if machine:
                return machine
        return resource_of(service, method, path, headers, body, *rest)

    machines._execute_task = execute_known
    machines._invoke_with_callback = call_back_known
    actions.extract_resource_arn = resource_known
