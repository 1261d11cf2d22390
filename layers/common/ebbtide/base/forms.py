"""Convert API answers to stored documents: snake_case names and JSON values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from ebbtide.base.clock import to_text

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@lru_cache(maxsize=16384)
def snake(name: str) -> str:
    """Convert an API name to snake_case: DBInstanceArn -> db_instance_arn."""
    return _WORD_START.sub("_", name).lower()


@lru_cache(maxsize=1024)
def stored_path(path: str) -> str:
    """Convert a path of an answer to that of what is stored: Group.groupId -> group.group_id."""
    return ".".join(map(snake, path.split(".")))


_AS_IT_IS = frozenset({str, int, float, bool, type(None)})


def stored(value: Any) -> Any:
    """Convert an API answer for storage: snake_case names, times as text, no bytes."""
    # The exact types cover nearly all values; plain() handles the others, such as subclasses.
    form = type(value)
    if form in _AS_IT_IS:
        return value
    if form is dict:
        return stored_members(value)
    if form is list:
        return [stored(entry) for entry in value]
    return to_text(value) if form is datetime else plain(value)


def stored_members(answer: Mapping[str, Any], without: str | None = None) -> dict[str, Any]:
    """Convert the members of an answer for storage, except the member named `without`."""
    return {
        snake(str(key)): entry if type(entry) in _AS_IT_IS else stored(entry)
        for key, entry in answer.items()
        if key != without
    }


def plain(value: Any) -> Any:
    """Convert a value to JSON types: times become text, bytes become `<n bytes>`."""
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    if isinstance(value, datetime):
        return to_text(value)
    if isinstance(value, (str, int, float, bool, type(None))):
        return value
    return f"<{len(value)} bytes>" if isinstance(value, bytes) else str(value)
