"""Finds the stack of a physical id, which ministack's DescribeStackResources ignores."""

from typing import Any

from local.emulator.engine import Answer, Params, load, param

_ACTION = "DescribeStackResources"


def install() -> None:
    """Answer the parameter PhysicalResourceId as the CloudFormation API reference describes."""
    service = load("services.cloudformation")
    handlers = load("services.cloudformation.handlers")
    by_name = handlers._ACTION_HANDLERS[_ACTION]

    def describe(params: Params) -> Answer:
        physical_id = param(params, "PhysicalResourceId")
        if not physical_id:
            return _answer(by_name(params))
        for name, stack in service._stacks.items():
            members = stack.get("_resources", {}).values()
            if any(one.get("PhysicalResourceId") == physical_id for one in members):
                return _answer(by_name({**params, "StackName": name}))
        message = f"Stack for {physical_id} does not exist"
        return _answer(handlers._error("ValidationError", message))

    handlers._ACTION_HANDLERS[_ACTION] = describe


def _answer(found: Any) -> Answer:
    answer: Answer = found
    return answer
