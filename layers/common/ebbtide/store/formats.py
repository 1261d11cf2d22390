"""Refuse objects that another version of Ebbtide wrote in another format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ebbtide.base.errors import FormatError

# The formats of what several rooms read (docs/data.md).
PLAN_FORMAT = 1
CLEANUP_STATE_FORMAT = 2
# Format 1 lacks only what has a default, so that searches can read the endings of earlier runs.
CLEANUP_STATES_READ = (1, CLEANUP_STATE_FORMAT)
UNFINISHED_FORMAT = 1


def require_format(value: Mapping[str, Any], known: int | tuple[int, ...], what: str) -> None:
    """Raise FormatError unless an object has a format that its reader knows."""
    found = value.get("format")
    formats = known if isinstance(known, tuple) else (known,)
    if found not in formats:
        names = " and ".join(map(str, formats))
        raise FormatError(f"the {what} has format {found}; this version reads only format {names}")
