"""Path texts compiled once to getters; plain ones, and lists of plain ones, run without JMESPath.

A compiled JMESPath search costs 3.5 to 7 us, a dictionary lookup 0.1 us, and a collection
evaluates a dozen paths per resource.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import jmespath

from ebbtide.clock import to_text

type Getter = Callable[[Any], Any]

_PLAIN = re.compile(r"[A-Za-z_][\w]*(\.[A-Za-z_][\w]*)*")
# `A.B[].C[].D`: each [] flattens a list one level and goes on with its entries.
_LISTS = re.compile(rf"{_PLAIN.pattern}(\[\](\.{_PLAIN.pattern})?)+")
_TEMPLATE = re.compile(r"\{([^{}]+(?:\{[^{}]*\}[^{}]*)*)\}")
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@lru_cache(maxsize=4096)
def getter(path: str) -> Getter:
    """A function that reads `path` from a document, None where there is nothing.

    Raises jmespath.exceptions.ParseError for a path that is no JMESPath.
    """
    if _LISTS.fullmatch(path):
        start, *rest = [
            tuple(step for step in part.split(".") if step) for part in path.split("[]")
        ]
        return lambda document: _collect(_walk(document, start), rest)
    if not _PLAIN.fullmatch(path):
        expression = jmespath.compile(path)
        return lambda document: expression.search(document)
    steps = tuple(path.split("."))
    if len(steps) == 1:
        name = steps[0]
        return lambda document: document.get(name) if isinstance(document, dict) else None
    return lambda document: _walk(document, steps)


def _walk(document: Any, steps: tuple[str, ...]) -> Any:
    for step in steps:
        if not isinstance(document, dict):
            return None
        document = document.get(step)
    return document


def _collect(found: Any, rest: list[tuple[str, ...]]) -> Any:
    """What JMESPath calls a flatten projection, once per part of the path after the first."""
    for steps in rest:
        if not isinstance(found, list):
            return None
        entries = [
            inner for entry in found for inner in (entry if isinstance(entry, list) else [entry])
        ]
        walked = (_walk(entry, steps) for entry in entries)
        found = [entry for entry in walked if entry is not None]
    return found


def values(path: str, document: Any) -> list[Any]:
    """All values at a path as a flat list without None: [] , [one] or many."""
    found = getter(path)(document)
    if found is None:
        return []
    if isinstance(found, list):
        return [value for value in found if value is not None]
    return [found]


def render(template: Any, document: Mapping[str, Any]) -> Any:
    """Fill `{path}` in a template of strings, lists and dictionaries.

    A string that is nothing but one `{path}` becomes the value itself, whatever its type;
    keys whose value turns out None are left out, because boto3 refuses None.
    """
    if isinstance(template, str):
        return _render_text(template, document)
    if isinstance(template, Mapping):
        rendered = {key: render(value, document) for key, value in template.items()}
        return {key: value for key, value in rendered.items() if value is not None}
    if isinstance(template, (list, tuple)):
        return [value for entry in template if (value := render(entry, document)) is not None]
    return template


def _render_text(template: str, document: Mapping[str, Any]) -> Any:
    whole = _TEMPLATE.fullmatch(template)
    if whole:
        return without_none(getter(whole[1])(document))
    return _TEMPLATE.sub(lambda match: str(getter(match[1])(document)), template)


def without_none(value: Any) -> Any:
    """A copy without dictionary keys whose value is None."""
    if isinstance(value, dict):
        return {key: without_none(entry) for key, entry in value.items() if entry is not None}
    if isinstance(value, list):
        return [without_none(entry) for entry in value]
    return value


def template_paths(template: Any) -> Iterable[str]:
    """Every path that `render` would look up in this template."""
    if isinstance(template, str):
        yield from _TEMPLATE.findall(template)
    elif isinstance(template, Mapping):
        for value in template.values():
            yield from template_paths(value)
    elif isinstance(template, (list, tuple)):
        for value in template:
            yield from template_paths(value)


@lru_cache(maxsize=16384)
def snake(name: str) -> str:
    """An API's name in snake_case: DBInstanceArn -> db_instance_arn."""
    return _WORD_START.sub("_", name).lower()


_AS_IT_IS = frozenset({str, int, float, bool, type(None)})


def stored(value: Any) -> Any:
    """A copy of an API answer as it is kept: names in snake_case, times as text, no bytes."""
    form = type(value)
    if form in _AS_IT_IS:
        return value
    if form is dict:
        return {snake(str(key)): stored(entry) for key, entry in value.items()}
    if form is list:
        return [stored(entry) for entry in value]
    return plain(value)


def plain(value: Any) -> Any:
    """A copy that JSON can hold: times as text, bytes and streams by their length."""
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    if isinstance(value, datetime):
        return to_text(value)
    if isinstance(value, (str, int, float, bool, type(None))):
        return value
    return f"<{len(value)} bytes>" if isinstance(value, bytes) else str(value)
