"""Paths into documents, templates of call arguments, and documents in the form they are kept in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from ebbtide.base.expressions import Getter, compiled

_TEMPLATE = re.compile(r"\{([^{}]+(?:\{[^{}]*\}[^{}]*)*)\}")


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
