"""Change the section `jobs` of a configuration text, and leave every other character as it is.

Writing YAML anew would lose comments, quotes and line breaks. Each change therefore edits the text
between positions that the YAML parser reports, reads the result again, and is refused unless the
result means exactly what it should.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

import yaml

from ebbtide_cli.errors import UsageError
from ebbtide_cli.yaml_lines import content_end, line_end, with_newline

type Job = Mapping[str, Any]

_KEY = "jobs"


def with_job(text: str, job: Job) -> str:
    """Return the text with one more job. Raises UsageError if the name is taken."""
    if any(known["name"] == job["name"] for known in jobs_of(text)):
        raise UsageError(f"job {job['name']} already exists; delete it first")
    return _verified(text, _appended(text, job), [*jobs_of(text), job])


def without_job(text: str, name: str) -> str:
    """Return the text without a job. Comments around it stay.

    Raises UsageError if the text has no such job.
    """
    position = _position(text, name)
    found = jobs_of(text)
    return _verified(text, _removed(text, position), [*found[:position], *found[position + 1 :]])


def with_activity(text: str, name: str, active: bool) -> str:
    """Return the text with a job activated or deactivated; unchanged if it already is.

    Raises UsageError if the text has no such job.
    """
    position = _position(text, name)
    found = jobs_of(text)
    if found[position].get("active", True) == active:
        return text
    changed = [*found[:position], {**found[position], "active": active}, *found[position + 1 :]]
    return _verified(text, _switched(text, position, active), changed)


def jobs_of(text: str) -> list[dict[str, Any]]:
    return list((yaml.safe_load(text) or {}).get(_KEY) or [])


def unknown_job(name: str, names: Sequence[str]) -> UsageError:
    """Return the error for an unknown job; `names` are the jobs in the configuration."""
    known = f"the configuration has {', '.join(names)}" if names else "the configuration has none"
    return UsageError(f"job not found: {name}; {known}")


def _position(text: str, name: str) -> int:
    names = [job["name"] for job in jobs_of(text)]
    if name not in names:
        raise unknown_job(name, names)
    return names.index(name)


def _verified(before: str, after: str, jobs: list[Any]) -> str:
    expected = {**(yaml.safe_load(before) or {}), _KEY: jobs}
    try:
        if yaml.safe_load(after) == expected:
            return after
    except yaml.YAMLError:
        pass
    raise UsageError(
        "cannot change the section jobs without changing other parts of the configuration; "
        "edit config/ebbtide.yaml by hand"
    )


def _section(text: str) -> tuple[yaml.Node, Any] | None:
    """Return the nodes of the key `jobs` and its value; None if the text has no such key."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode):
        return None
    return next(((key, value) for key, value in root.value if key.value == _KEY), None)


def _items(text: str) -> list[Any]:
    section = _section(text)
    assert section is not None
    return list(section[1].value)


def _appended(text: str, job: Job) -> str:
    section = _section(text)
    if section is None:
        return f"{with_newline(text)}{_KEY}:\n{_block(job, 2)}"
    value = section[1]
    if not value.value or not isinstance(value, yaml.SequenceNode):
        # The value is empty, null or []. Remove it, but keep a comment in the same line.
        start, end = value.start_mark.index, value.end_mark.index
        below = line_end(text, end)
        rest = with_newline(text[:start].rstrip(" ") + text[end:below])
        return f"{rest}{_block(job, 2)}{text[below:]}"
    if value.flow_style:
        end = value.end_mark.index - 1
        return f"{text[:end]}, {json.dumps(dict(job))}{text[end:]}"
    end = content_end(text, value)
    return f"{with_newline(text[:end])}{_block(job, value.start_mark.column)}{text[end:]}"


def _removed(text: str, position: int) -> str:
    section = _section(text)
    assert section is not None
    key, sequence = section
    items = list(sequence.value)
    if sequence.flow_style:
        start, end = _flow_span(items, position)
        return text[:start] + text[end:]
    item = items[position]
    start = text.rfind("\n", 0, text.rfind("-", 0, item.start_mark.index)) + 1
    end = content_end(text, item)
    if len(items) > 1:
        return text[:start] + text[end:]
    colon = text.index(":", key.end_mark.index) + 1
    return f"{text[:colon]} []{text[colon:start]}{text[end:]}"


def _flow_span(items: list[yaml.Node], position: int) -> tuple[int, int]:
    """Return start and end of an item of [a, b], including the comma that goes with it."""
    item = items[position]
    if position + 1 < len(items):
        return item.start_mark.index, items[position + 1].start_mark.index
    start = items[position - 1].end_mark.index if position else item.start_mark.index
    return start, item.end_mark.index


def _switched(text: str, position: int, active: bool) -> str:
    job = _items(text)[position]
    pairs = {key.value: (key, value) for key, value in job.value}
    word = "true" if active else "false"
    if "active" in pairs:
        old = pairs["active"][1]
        return text[: old.start_mark.index] + word + text[old.end_mark.index :]
    key, name = pairs["name"]
    if job.flow_style:
        end = name.end_mark.index
        return f"{text[:end]}, active: {word}{text[end:]}"
    end = line_end(text, name.end_mark.index)
    indent = " " * key.start_mark.column
    return f"{with_newline(text[:end])}{indent}active: {word}\n{text[end:]}"


def _block(job: Job, indent: int) -> str:
    written = yaml.safe_dump([dict(job)], sort_keys=False, allow_unicode=True, width=inf)
    return "".join(f"{' ' * indent}{line}\n" for line in written.splitlines())
