"""Lets moto answer one call at a time, where a test lets several threads write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any
from unittest.mock import patch

from moto.core.botocore_stubber import BotocoreStubber

_answer = BotocoreStubber.__call__


@contextmanager
def one_call_at_a_time() -> Iterator[None]:
    """Hold a lock during each answer.

    moto checks the condition of a write and then writes: of two threads, both may pass. AWS does
    both as one (DynamoDB Developer Guide, "Working with items", conditional writes).
    """
    lock = RLock()

    def locked(self: BotocoreStubber, *arguments: Any, **named: Any) -> Any:
        with lock:
            return _answer(self, *arguments, **named)

    with patch.object(BotocoreStubber, "__call__", locked):
        yield
