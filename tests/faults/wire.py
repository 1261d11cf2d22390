"""Intercepts API calls to the mocked cloud: records, refuses and alters single calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import botocore.client
import pytest
from botocore.exceptions import ClientError

from tests.support.answering import from_aws

READING = ("Describe", "List", "Get", "Assume", "Head")


@dataclass
class Wire:
    """Rules by operation name, such as `DeleteVolume`, for every client and thread.

    `changes` lists the mutating calls in order, except those to S3, where runs are stored.
    """

    changes: list[str] = field(default_factory=list)
    _refused: dict[str, Exception] = field(default_factory=dict)
    _pretended: dict[str, Any] = field(default_factory=dict)
    _examined: dict[str, Callable[[Any], object]] = field(default_factory=dict)
    _ahead: dict[str, Callable[[], object]] = field(default_factory=dict)
    _altered: dict[str, Callable[[Any, Any], object]] = field(default_factory=dict)

    def refuse(self, operation: str, code: str, message: str = "no") -> None:
        """Answer every call to an operation with an AWS error instead of carrying it out."""
        answer: Any = {"Error": {"Code": code, "Message": message}}
        self._refused[operation] = ClientError(answer, operation)

    def break_off(self, operation: str, error: Exception) -> None:
        """Raise a client-side error, such as a lost connection, instead of making the call."""
        self._refused[operation] = error

    def pretend(self, operation: str, answer: Any = None) -> None:
        """Answer every call to an operation with success without carrying it out."""
        self._pretended[operation] = {} if answer is None else answer

    def allow(self, operation: str) -> None:
        self._refused.pop(operation, None)

    def ahead_of(self, operation: str, act: Callable[[], object]) -> None:
        """Call `act()` once, right before the next call to an operation."""
        self._ahead[operation] = act

    def examine(self, operation: str, check: Callable[[Any], object]) -> None:
        """Pass the arguments of every call to an operation to `check`, which may raise."""
        self._examined[operation] = check

    def alter(self, operation: str, change: Callable[[Any, Any], object]) -> None:
        """Pass every answer of an operation to `change(arguments, answer)`, which may modify it."""
        self._altered[operation] = change

    def make(self, original: Callable[..., Any], client: Any, name: str, arguments: Any) -> Any:
        act = self._ahead.pop(name, None)
        if act is not None:
            act()
        if not name.startswith(READING) and client.meta.service_model.service_name != "s3":
            self.changes.append(name)
        if name in self._examined:
            self._examined[name](arguments)
        if name in self._refused:
            raise self._refused[name]
        if name in self._pretended:
            return from_aws(self._pretended[name])
        answer = original(client, name, arguments)
        if name in self._altered:
            self._altered[name](arguments, answer)
        return answer


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    between, original = Wire(), botocore.client.BaseClient._make_api_call

    def call(self: Any, name: str, arguments: Any) -> Any:
        return between.make(original, self, name, arguments)

    with monkeypatch.context() as patch:
        patch.setattr(botocore.client.BaseClient, "_make_api_call", call)
        yield between
