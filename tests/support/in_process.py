"""A deployment in one process: the real state machines, which call the real handlers.

Only AWS and the automations are made up: the cloud is mocked, and `answers` say what each
automation does. Functions are found as the template names them.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest import mock

from botocore.client import BaseClient

from ebbtide.store.bucket import Bucket
from tests.support.interpreter import Interpreter, TaskError
from tools.check_statemachine import DEFINITIONS, read_definition
from tools.template import REPOSITORY, read_template

WORKFLOW = DEFINITIONS / "collect_and_cleanup.asl.json"
ANNOUNCE = DEFINITIONS / "announce.asl.json"
_FUNCTION = re.compile(r"\$\{(\w+Function)\}")

# The event as the automation receives it -> the output of its answer; TaskError for a failure.
type Automation = Callable[[dict[str, Any]], Any]


@dataclass
class Deployment:
    """State machines and functions over a mocked cloud; `events` is what they announce."""

    bucket: Bucket
    account: str
    region: str
    answers: dict[str, Automation] = field(default_factory=dict)
    cleanup_permitted: bool = True
    events: list[dict[str, Any]] = field(default_factory=list)
    _modules: dict[str, ModuleType] = field(default_factory=dict)

    def run(self, name: str, **given: Any) -> Any:
        """Run the workflow as an execution of this name. Raises TaskError if it fails."""
        self._modules.clear()
        execution = {
            "Name": name,
            "Id": f"arn:{name}",
            "StartTime": datetime.now(UTC).isoformat(),
            "Input": given,
        }
        machine = read_definition(WORKFLOW, self._values())
        with self._listening(), mock.patch.dict(os.environ, self._environment()):
            interpreter = Interpreter(self._answer, self._items, {"Execution": execution})
            return interpreter.run(machine, given)

    def named(self, event: str) -> list[dict[str, Any]]:
        """Return the details of all events of a detail type."""
        return [one["detail"] for one in self.events if one["detail-type"] == event]

    def _values(self) -> dict[str, str]:
        permitted = str(self.cleanup_permitted).lower()
        names = {"Bucket": self.bucket.name, "EventBus": "default"}
        return {"Partition": "aws", "CleanupEnabled": permitted, **names}

    def _environment(self) -> dict[str, str]:
        return {
            "BUCKET": self.bucket.name,
            "ACCOUNT_ID": self.account,
            "AWS_REGION": self.region,
            "EVENT_BUS": "default",
            "POWERTOOLS_SERVICE_NAME": "ebbtide",
        }

    def _items(self, key: str) -> list[Any]:
        found: list[Any] = self.bucket.read_json(key)
        return found

    def _answer(self, state: str, resource: str, given: Any) -> Any:
        given = json.loads(json.dumps(given))
        if (function := _FUNCTION.fullmatch(resource)) is not None:
            return self._invoke(function[1], given)
        if state == "Count Skip":
            return {"ExecutionArn": "arn:skipped"}
        if "startExecution" in resource:
            return {"Output": self._announce(given["Input"])}
        if "putEvents" in resource:
            return self._put(given["Entries"])
        if "describeExecution" in resource:
            return {"Status": "RUNNING"}
        raise AssertionError(f"{state} calls {resource}")

    def _announce(self, given: Any) -> Any:
        interpreter = Interpreter(self._answer, self._items, {"Execution": {"Id": "arn:announce"}})
        return interpreter.run(read_definition(ANNOUNCE, self._values()), given)

    def _put(self, entries: list[dict[str, Any]]) -> Any:
        (entry,) = entries
        event = self._noted(entry)
        name = event["detail"].get("automation")
        return self.answers[name](event) if name in self.answers else {}

    def _noted(self, entry: dict[str, Any]) -> dict[str, Any]:
        detail = entry["Detail"]
        event = {
            "source": entry["Source"].replace("Ebbtide", "ebbtide"),
            "detail-type": entry["DetailType"],
            "detail": json.loads(detail) if isinstance(detail, str) else detail,
        }
        self.events.append(event)
        return event

    def _invoke(self, function: str, given: Any) -> Any:
        properties = _resources()[function]["Properties"]
        module, _, handler = properties["Handler"].partition(".")
        code = f"{properties['CodeUri']}/{module}"
        if code not in self._modules:
            self._modules[code] = _load(code)
        context = SimpleNamespace(
            function_name=function,
            memory_limit_in_mb=1024,
            invoked_function_arn=f"arn:{function}",
            aws_request_id="1",
            get_remaining_time_in_millis=lambda: 600_000,
        )
        try:
            return json.loads(json.dumps(getattr(self._modules[code], handler)(given, context)))
        except Exception as error:
            # As Lambda reports it to Step Functions.
            told = {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": []}
            raise TaskError(type(error).__name__, json.dumps(told)) from error

    @contextmanager
    def _listening(self) -> Iterator[None]:
        """Note the events that functions themselves put on the bus."""
        call = BaseClient._make_api_call

        def noting(client: Any, operation: str, given: Any) -> Any:
            if operation == "PutEvents":
                for entry in given["Entries"]:
                    self._noted(entry)
            return call(client, operation, given)

        with mock.patch.object(BaseClient, "_make_api_call", noting):
            yield


@cache
def _resources() -> dict[str, Any]:
    resources: dict[str, Any] = read_template()["Resources"]
    return resources


def _load(code: str) -> ModuleType:
    path = REPOSITORY / f"{code}.py"
    spec = importlib.util.spec_from_file_location(code.replace("/", "_"), path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
