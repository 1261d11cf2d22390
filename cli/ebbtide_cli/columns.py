"""Columns of the output: paths into a node, written as in searches, each with a header."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ebbtide_cli.errors import UsageError

type Document = Mapping[str, Any]

DEFAULT_COLUMNS = "kind,id,name,age,region,account"
# Unless a path begins with a slash, `account` is the ancestor's name, and `account.id` its id.
_ANCESTORS = ("cloud", "account", "region", "zone")
_SEPARATOR = re.compile(r",(?=(?:[^`]*`[^`]*`)*[^`]*$)")
_STEP = re.compile(r"(?:`([^`]+)`|([^.`\[\]\s]+))((?:\[(?:\d+|\*|)\])*)(?:\.|$)")
_INDEX = re.compile(r"\[(\d*|\*)\]")
_LABEL = re.compile(r"(.*\S)\s+as\s+(\S+)")


# Only these sections of a node show the marks of jobs.
_MARKED = ("desired", "metadata")


def asks_for_marks(text: str) -> bool:
    """Return whether a search or a list of columns may name the marks of jobs."""
    return any(section in text for section in _MARKED)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `get` returns its value from the document of a node, None if it has none."""

    label: str
    get: Callable[[Document], Any]


@dataclass(frozen=True, slots=True)
class _Step:
    """One name of a path, and the indexes of array elements below it; None means all."""

    name: str
    indexes: tuple[int | None, ...] = ()


def parse_columns(text: str) -> list[Column]:
    """Parse columns such as `name, tags.owner as owner, /metadata.expires`.

    Raises UsageError for an invalid path.
    """
    return [_column(entry.strip()) for entry in _SEPARATOR.split(text)]


def _column(text: str) -> Column:
    named = _LABEL.fullmatch(text)
    path, label = (named[1], named[2]) if named else (text, text)
    steps = _from_root(path.startswith("/"), _steps(path.removeprefix("/"), text))
    return Column(label, lambda document: _walk(document, steps))


def _steps(path: str, text: str) -> tuple[_Step, ...]:
    steps, position = [], 0
    while match := _STEP.match(path, position):
        indexes = (None if found in ("", "*") else int(found) for found in _INDEX.findall(match[3]))
        steps.append(_Step(match[1] or match[2], tuple(indexes)))
        position = match.end()
    if not steps or position != len(path) or path.endswith("."):
        raise UsageError(
            f"invalid column {text!r}; give a path such as tags.owner or /metadata.expires"
        )
    return tuple(steps)


def _from_root(absolute: bool, steps: tuple[_Step, ...]) -> tuple[_Step, ...]:
    if absolute:
        return steps
    first, rest = steps[0], steps[1:]
    if first.name in _ANCESTORS and not first.indexes:
        above = (_Step("ancestors"), first, _Step("reported"))
        return (*above, *(rest or (_Step("name"),)))
    return (_Step("reported"), *steps)


def _walk(value: Any, steps: tuple[_Step, ...]) -> Any:
    for position, step in enumerate(steps):
        value = value.get(step.name) if isinstance(value, Mapping) else None
        for number, index in enumerate(step.indexes):
            if not isinstance(value, list):
                return None
            if index is None:
                rest = (_Step("", step.indexes[number + 1 :]), *steps[position + 1 :])
                return [_walk({"": entry}, rest) for entry in value]
            value = value[index] if index < len(value) else None
    return value
