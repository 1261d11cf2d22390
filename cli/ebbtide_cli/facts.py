"""One line of the status, and what becomes of a question that the caller may not ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

type Record = dict[str, Any]

GOOD, ATTENTION, UNKNOWN = "ok", "attention", "unknown"


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the status; `data` are its values for documents."""

    about: str
    state: str
    details: str
    data: Record


def asked(about: str, ask: Callable[[], list[Fact]]) -> list[Fact]:
    """Return facts; one that is unknown if the caller may not ask, as viewers may not for all."""
    from botocore.exceptions import ClientError

    try:
        return ask()
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "unknown error")
        reason = f"AWS refused {error.operation_name}: {code}"
        return [Fact(about, UNKNOWN, reason, {"reason": reason})]
