"""Paths into documents, templates of call arguments, and documents in the form they are kept in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from ebbtide.clock import to_text
from ebbtide.expressions import Getter, compiled

_TEMPLATE = re.compile(r"\{([^{}]+(?:\{[^{}]*\}[^{}]*)*)\}")
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@lru_cache(maxsize=4096)
def getter(path: str) -> Getter:
    """A function that reads `path` from a document, None where there is nothing.

    Raises jmespath.exceptions.ParseError for a path that is no JMESPath.
    """
    return compiled(path)


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
        return _text_renderer(template)(document)
    if isinstance(template, Mapping):
        rendered = {key: render(value, document) for key, value in template.items()}
        return {key: value for key, value in rendered.items() if value is not None}
    if isinstance(template, (list, tuple)):
        return [value for entry in template if (value := render(entry, document)) is not None]
    return template


@lru_cache(maxsize=4096)
def _text_renderer(template: str) -> Callable[[Mapping[str, Any]], Any]:
    whole = _TEMPLATE.fullmatch(template)
    if whole:
        get = getter(whole[1])
        return lambda document: without_none(get(document))
    if "{" not in template:
        return lambda _: template
    # Split by a pattern with one group: texts and paths in turn.
    texts_and_paths = _TEMPLATE.split(template)
    first, *texts = texts_and_paths[::2]
    parts = list(zip(map(getter, texts_and_paths[1::2]), texts, strict=True))
    return lambda document: first + "".join(f"{get(document)}{text}" for get, text in parts)


def without_none(value: Any) -> Any:
    """A copy without dictionary keys whose value is None."""
    if isinstance(value, str):
        return value
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
        return stored_members(value)
    if form is list:
        return [stored(entry) for entry in value]
    return to_text(value) if form is datetime else plain(value)


def stored_members(answer: Mapping[str, Any], without: str | None = None) -> dict[str, Any]:
    """The members of an answer as they are kept, but for the one called `without`."""
    return {
        snake(str(key)): entry if type(entry) in _AS_IT_IS else stored(entry)
        for key, entry in answer.items()
        if key != without
    }


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
