"""From the text of a search to its syntax; everything that reads a search begins here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any

from ebbtide.base import clock
from ebbtide.language.checking import check
from ebbtide.language.placeholders import replace_placeholders
from ebbtide.language.source import MisreadError, SearchText
from ebbtide.language.syntax import Part, Query
from ebbtide.language.templates import expand

# Whoever walks over a query does so by recursion, and Python ends that at some 1000 calls.
MAX_NESTING = 200


def parse_search(
    text: str, templates: Mapping[str, str] | None = None, now: datetime | None = None
) -> Query:
    """The checked query of a text; raises SearchError.

    `templates` are what expand() may name, `now` is what @NOW@ and its like stand for.
    """
    query = parse(text, templates, now)
    check(query, text)
    return query


def parse(
    text: str, templates: Mapping[str, str] | None = None, now: datetime | None = None
) -> Query:
    """The query of a text, whether its kinds and fields exist or not; raises SearchError."""
    from ebbtide.language.lark_parser import read

    moment = (now or clock.now()).astimezone(UTC)
    source = replace_placeholders(expand(SearchText.of(text), templates or {}, moment), moment)
    try:
        query: Query = read(source.text, "query")
    except MisreadError as error:
        raise source.error(error.message, error.position) from None
    if query.parts == (Part(),) and source.text.strip()[-1:] in ("", ":"):
        raise source.error("nothing is searched for; `all` finds everything")
    if _is_too_deep(query):
        raise source.error(
            f"nested too deeply, in more than {MAX_NESTING} levels; each `and` and `or` is one: "
            "many values are better compared with `in [a, b]`"
        )
    return query


def _is_too_deep(query: Query) -> bool:
    """Goes down level by level, without recursion."""
    level: list[Any] = [query]
    for _ in range(MAX_NESTING):
        level = [child for each in level for child in _children(each)]
        if not level:
            return False
    return True


def _children(value: Any) -> list[Any]:
    if is_dataclass(value):
        return [getattr(value, field.name) for field in fields(value)]
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list | tuple) else []
