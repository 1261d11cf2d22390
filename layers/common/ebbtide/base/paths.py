"""Read paths from documents, and fill in the templates of call arguments."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from ebbtide.base.expressions import Getter, compiled

_TEMPLATE = re.compile(r"\{([^{}]+(?:\{[^{}]*\}[^{}]*)*)\}")


@lru_cache(maxsize=4096)
def getter(path: str) -> Getter:
    """Return a function that reads `path` from a document; it returns None for a missing value.

    Raises jmespath.exceptions.ParseError if the path is not valid JMESPath.
    """
    return compiled(path)


def values(path: str, document: Any) -> list[Any]:
    """Return the values at a path as a list without None: [], [one] or several."""
    found = getter(path)(document)
    if found is None:
        return []
    if isinstance(found, list):
        return [value for value in found if value is not None]
    return [found]


def render(template: Any, document: Mapping[str, Any]) -> Any:
    """Fill `{path}` in a template of strings, lists and dictionaries.

    A string that consists of one `{path}` becomes the value itself, of any type. Keys whose value
    is None are omitted, because boto3 rejects None.
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
    # The pattern has one group, so that the split alternates between texts and paths.
    texts_and_paths = _TEMPLATE.split(template)
    first, *texts = texts_and_paths[::2]
    parts = list(zip(map(getter, texts_and_paths[1::2]), texts, strict=True))
    return lambda document: first + "".join(f"{get(document)}{text}" for get, text in parts)


def without_none(value: Any) -> Any:
    """Copy a value without the dictionary keys whose value is None."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return {key: without_none(entry) for key, entry in value.items() if entry is not None}
    if isinstance(value, list):
        return [without_none(entry) for entry in value]
    return value


def template_paths(template: Any) -> Iterable[str]:
    """Yield each path that `render` looks up in this template."""
    if isinstance(template, str):
        yield from _TEMPLATE.findall(template)
    elif isinstance(template, Mapping):
        for value in template.values():
            yield from template_paths(value)
    elif isinstance(template, (list, tuple)):
        for value in template:
            yield from template_paths(value)
