"""Send an answer through Step Functions, and say plainly why it was not accepted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from ebbtide.base.errors import InputError, LateAnswerError

# SendTaskFailure in the API reference of Step Functions.
_LONGEST_ERROR, _LONGEST_CAUSE = 256, 32_768
_LATE = frozenset({"TaskTimedOut", "TaskDoesNotExist"})
_WRONG = frozenset({"InvalidToken", "InvalidOutput"})


def send_success(client: Any, token: str, output: str) -> None:
    _send(lambda: client.send_task_success(taskToken=token, output=output))


def send_failure(client: Any, token: str, error: str, why: str) -> None:
    _send(
        lambda: client.send_task_failure(
            taskToken=token, error=error[:_LONGEST_ERROR], cause=why[:_LONGEST_CAUSE]
        )
    )


def _send(call: Callable[[], object]) -> None:
    try:
        call()
    except ClientError as failure:
        code = failure.response.get("Error", {}).get("Code", "")
        if code in _LATE:
            raise LateAnswerError(
                "the run no longer waits for this answer: its time-out is over, it was answered "
                "already, or the run has ended"
            ) from failure
        if code in _WRONG:
            raise InputError(f"Step Functions does not accept this answer: {code}") from failure
        raise
