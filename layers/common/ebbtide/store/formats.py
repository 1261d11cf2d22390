"""Refuse objects that another version of Ebbtide wrote in another format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ebbtide.base.errors import FormatError


def require_format(value: Mapping[str, Any], known: int, what: str) -> None:
    """Raises FormatError unless an object has the one format that its reader understands."""
    found = value.get("format")
    if found != known:
        raise FormatError(f"the {what} has format {found}, this version understands {known} only")
