"""Stands between the code and the mocked cloud: watches, refuses and alters single API calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import botocore.client
import pytest
from botocore.exceptions import ClientError

READING = ("Describe", "List", "Get", "Assume", "Head")


@dataclass
class Wire:
    """Rules by operation name, as in `DeleteVolume`; they hold for every client and thread.

    `changes` are the mutating calls to all services but S3, which keeps the runs, in their order.
    """

    changes: list[str] = field(default_factory=list)
    _refused: dict[str, Exception] = field(default_factory=dict)
    _pretended: dict[str, Any] = field(default_factory=dict)
    _examined: dict[str, Callable[[Any], object]] = field(default_factory=dict)
    _ahead: dict[str, Callable[[], object]] = field(default_factory=dict)
    _altered: dict[str, Callable[[Any, Any], object]] = field(default_factory=dict)

    def refuse(self, operation: str, code: str, message: str = "no") -> None:
        """Answer every call of an operation with an error of AWS; the call is not carried out."""
        answer: Any = {"Error": {"Code": code, "Message": message}}
        self._refused[operation] = ClientError(answer, operation)

    def break_off(self, operation: str, error: Exception) -> None:
        """Raise an error of the client itself, such as a lost connection, instead of calling."""
        self._refused[operation] = error

    def pretend(self, operation: str, answer: Any = None) -> None:
        """Accept every call of an operation without carrying it out."""
        self._pretended[operation] = {} if answer is None else answer

    def allow(self, operation: str) -> None:
        self._refused.pop(operation, None)

    def ahead_of(self, operation: str, act: Callable[[], object]) -> None:
        """Do something once, right before the next call of an operation."""
        self._ahead[operation] = act

    def examine(self, operation: str, check: Callable[[Any], object]) -> None:
        """Let `check(arguments)` see every call of an operation first; it may raise."""
        self._examined[operation] = check

    def alter(self, operation: str, change: Callable[[Any, Any], object]) -> None:
        """Let `change(arguments, answer)` see and alter every answer of an operation."""
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
            return self._pretended[name]
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
