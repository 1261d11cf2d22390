"""Columns of the output: paths into a node, written as in searches, each with a header."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ebbtide.language.syntax import Step
from ebbtide_cli.errors import UsageError

type Document = Mapping[str, Any]

DEFAULT_COLUMNS = "kind,id,name,age,region,account"
# Unless a path begins with a slash, `account` is the ancestor's name, and `account.id` its id.
_ANCESTORS = ("cloud", "account", "region", "zone")
_SEPARATOR = re.compile(r",(?=(?:[^`]*`[^`]*`)*[^`]*$)")
_STEP = re.compile(r"(?:`([^`]+)`|([^.`\[\]\s]+))((?:\[(?:\d+|\*|)\])*)(?:\.|$)")
_INDEX = re.compile(r"\[(\d*|\*)\]")
_LABEL = re.compile(r"(.*\S)\s+as\s+(\S+)")


# Shown in place of an unknown price: neither empty nor 0.
UNKNOWN = "unknown"

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
    # What rows show instead of null.
    null: str | None = None


def parse_columns(text: str) -> list[Column]:
    """Parse columns such as `name, tags.owner as owner, /metadata.expires`.

    Raises UsageError for an invalid path.
    """
    return [_column(entry.strip()) for entry in _SEPARATOR.split(text)]


def _column(text: str) -> Column:
    named = _LABEL.fullmatch(text)
    path, label = (named[1], named[2]) if named else (text, text)
    steps = _from_root(path.startswith("/"), _steps(path.removeprefix("/"), text))
    if steps[0].name != "reported" or len(steps) == 1:
        null = UNKNOWN if [step.name for step in steps] == ["price", "monthly"] else None
        return Column(label, lambda document: _walk(document, steps), null)
    return Column(label, lambda document: _walk(document, _own_names(_kind_of(document), steps)))


def _kind_of(document: Document) -> str:
    return str(document.get("reported", {}).get("kind", ""))


@cache
def _own_names(kind: str, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return the steps of a path with the names of Ebbtide for those of Resoto."""
    from ebbtide.language.aliases import steps_in

    return (steps[0], *steps_in(kind, steps[1:]))


def _steps(path: str, text: str) -> tuple[Step, ...]:
    steps, position = [], 0
    while match := _STEP.match(path, position):
        indexes = (None if found in ("", "*") else int(found) for found in _INDEX.findall(match[3]))
        steps.append(Step(match[1] or match[2], tuple(indexes)))
        position = match.end()
    if not steps or position != len(path) or path.endswith("."):
        raise UsageError(
            f"invalid column {text!r}; give a path such as tags.owner or /metadata.expires"
        )
    return tuple(steps)


def _from_root(absolute: bool, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    if absolute:
        return steps
    first, rest = steps[0], steps[1:]
    if first.name in _ANCESTORS and not first.indexes:
        above = (Step("ancestors"), first, Step("reported"))
        return (*above, *(rest or (Step("name"),)))
    return (Step("reported"), *steps)


def _walk(value: Any, steps: tuple[Step, ...]) -> Any:
    for position, step in enumerate(steps):
        value = value.get(step.name) if isinstance(value, Mapping) else None
        for number, index in enumerate(step.indexes):
            if not isinstance(value, list):
                return None
            if index is None:
                rest = (Step("", step.indexes[number + 1 :]), *steps[position + 1 :])
                return [_walk({"": entry}, rest) for entry in value]
            value = value[index] if index < len(value) else None
    return value
