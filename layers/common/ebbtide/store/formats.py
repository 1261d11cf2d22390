"""Refuse objects that another version of Ebbtide wrote in another format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ebbtide.base.errors import FormatError

# The formats of what several rooms read (docs/data.md).
PLAN_FORMAT = 1
CLEANUP_STATE_FORMAT = 1


def require_format(value: Mapping[str, Any], known: int, what: str) -> None:
    """Raise FormatError unless an object has the format that its reader knows."""
    found = value.get("format")
    if found != known:
        raise FormatError(f"the {what} has format {found}; this version reads only format {known}")
