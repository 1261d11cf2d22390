"""Expired stacks whose deletion AWS accepts, but does not finish until somebody steps in."""

import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

from local.estate.background import zipped
from local.estate.ground import Item, Site, pairs

CUSTOM_TYPE = "Custom::Seed"
_ANSWER_SECONDS = 60
# Answers CloudFormation when its resource is created. Its variable ANSWER says how it answers when
# that is to be deleted; without a value it never does, and the deletion stays under way.
_CODE = """\
import json
import os
import urllib.request

def handler(event, context):
    print(json.dumps(event))
    created = event["RequestType"] == "Create"
    status = "SUCCESS" if created else os.environ.get("ANSWER")
    if status:
        answer = {"Status": status, "Reason": "seeds are missing", "PhysicalResourceId": "seed"}
        body = json.dumps(answer).encode()
        request = urllib.request.Request(event["ResponseURL"], body, method="PUT")
        urllib.request.urlopen(request).close()
"""


@dataclass(frozen=True, slots=True)
class StuckStacks:
    """Two stacks, each with a custom resource: one fails to be deleted, one never answers.

    CloudFormation fails the deletion of the first, and waits up to an hour for the second.
    """

    site: Site
    failing: Item
    silent: Item

    @classmethod
    def create(cls, site: Site) -> "StuckStacks":
        """Create both stacks, which their tags mark as expired."""
        failing = _stack(site, "failing-seeds", {"ANSWER": "FAILED"})
        silent = _stack(site, "silent-seeds", {})
        site.waste("expired", failing, silent)
        return cls(site, failing, silent)

    def resolve(self) -> None:
        """Step in: mend the function that fails, and answer for the one that does not."""
        self.site.client("lambda").update_function_configuration(
            FunctionName=self.failing.name, Environment={"Variables": {"ANSWER": "SUCCESS"}}
        )
        asked = self._asked()
        answer = {"Status": "SUCCESS", "PhysicalResourceId": asked["PhysicalResourceId"]}
        request = Request(asked["ResponseURL"], json.dumps(answer).encode(), method="PUT")
        with urlopen(request):
            pass
        self._await_end()

    def _asked(self) -> dict[str, Any]:
        """Return the request to delete the silent resource, from the log of its function."""
        group = f"/aws/lambda/{self.silent.name}"
        found = self.site.client("logs").filter_log_events(logGroupName=group)
        lines = [event["message"] for event in found["events"]]
        asked = [json.loads(line[line.index("{") :]) for line in lines if '"RequestType"' in line]
        (deletion,) = [request for request in asked if request["RequestType"] == "Delete"]
        return dict(deletion)

    def _await_end(self) -> None:
        deadline = time.monotonic() + _ANSWER_SECONDS
        while self._status(self.silent) != "DELETE_COMPLETE":
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.silent.name} is still {self._status(self.silent)}")
            time.sleep(0.1)

    def _status(self, stack: Item) -> str:
        client = self.site.client("cloudformation")
        return str(client.describe_stacks(StackName=stack.id)["Stacks"][0]["StackStatus"])


def _stack(site: Site, name: str, variables: dict[str, str]) -> Item:
    client = site.client("cloudformation")
    tags = site.aged(30, Name=name, owner="finance", expiration="7d")
    seed = {"Type": CUSTOM_TYPE, "Properties": {"ServiceToken": _function(site, name, variables)}}
    stack = client.create_stack(
        StackName=name,
        TemplateBody=json.dumps({"Resources": {"Seed": seed}}),
        Tags=pairs(tags),
    )["StackId"]
    client.get_waiter("stack_create_complete").wait(
        StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": _ANSWER_SECONDS}
    )
    return site.add("aws_cloudformation_stack", stack, name, stack)


def _function(site: Site, name: str, variables: dict[str, str]) -> str:
    made = site.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="app.handler",
        Role=f"arn:aws:iam::{site.account}:role/payments-function",
        Code={"ZipFile": zipped(_CODE)},
        Environment={"Variables": variables},
    )
    return str(made["FunctionArn"])
