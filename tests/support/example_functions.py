"""Loads the functions of examples/automations as Lambda does: their folder is on the path."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import boto3
from botocore.exceptions import ClientError

from tests.support.paths import REPOSITORY

AUTOMATIONS = REPOSITORY / "examples" / "automations"


@contextmanager
def function_of(example: str) -> Iterator[Any]:
    """Yield a function that imports modules of an example, and forget them afterwards.

    Modules of several examples have the same name.
    """
    folder = AUTOMATIONS / example / "function"
    names = {path.stem for path in folder.glob("*.py")}
    sys.path.insert(0, str(folder))
    try:
        yield lambda name: _imported(name)
    finally:
        sys.path.remove(str(folder))
        for name in names:
            sys.modules.pop(name, None)


def _imported(name: str) -> ModuleType:
    return importlib.import_module(name)


@dataclass
class Answers:
    """A session whose Step Functions remembers answers, and takes one for each token."""

    success: dict[str, str] = field(default_factory=dict)
    failure: dict[str, tuple[str, str]] = field(default_factory=dict)

    def client(self, name: str) -> Any:
        return self if name == "stepfunctions" else boto3.client(name)

    def send_task_success(self, *, taskToken: str, output: str) -> None:
        self._require(taskToken, "SendTaskSuccess")
        self.success[taskToken] = output

    def send_task_failure(self, *, taskToken: str, error: str, cause: str) -> None:
        self._require(taskToken, "SendTaskFailure")
        self.failure[taskToken] = (error, cause)

    def _require(self, token: str, operation: str) -> None:
        if token in self.success or token in self.failure:
            answer: Any = {"Error": {"Code": "TaskTimedOut", "Message": "answered"}}
            raise ClientError(answer, operation)
