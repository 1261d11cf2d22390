"""Parse the text of a search; the entry point for every reader of searches."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any

from ebbtide.base import clock
from ebbtide.language.aliases import AliasError, without_aliases
from ebbtide.language.checking import checked, column_of
from ebbtide.language.errors import SearchError
from ebbtide.language.merge_names import with_slashes
from ebbtide.language.placeholders import replace_placeholders
from ebbtide.language.source import MisreadError, SearchText
from ebbtide.language.syntax import Part, Path, Query
from ebbtide.language.templates import expand

# Functions that walk a query recurse, and Python limits recursion to about 1000 calls.
MAX_NESTING = 200


def parse_search(
    text: str, templates: Mapping[str, str] | None = None, now: datetime | None = None
) -> Query:
    """Parse and check a search. Raises SearchError if it is invalid.

    `templates` maps the names that expand() accepts to their texts. `now` is the time for
    placeholders such as @NOW@ and for durations beside times; default: the current time.
    """
    moment = (now or clock.now()).astimezone(UTC)
    return resolved(parse(text, templates, moment), text, moment)


def resolved(query: Query, text: str, moment: datetime) -> Query:
    """Replace Resoto's names in a query that was parsed from `text`, and check it.

    Raises SearchError.
    """
    try:
        query = without_aliases(query)
    except AliasError as error:
        raise SearchError(error.message, text, column_of(text, error.word)) from None
    return checked(query, text, moment)


def parse(
    text: str, templates: Mapping[str, str] | None = None, now: datetime | None = None
) -> Query:
    """Parse a search without checking its kinds and fields. Raises SearchError if it is invalid."""
    # Importing lark takes 50 ms, and many functions never parse a search.
    from ebbtide.language.lark_parser import read

    moment = (now or clock.now()).astimezone(UTC)
    source = replace_placeholders(expand(SearchText.of(text), templates or {}, moment), moment)
    try:
        query: Query = read(source.text, "search")
    except MisreadError as error:
        raise source.error(error.message, error.position) from None
    if query.parts == (Part(),) and not re.search(r"\ball\b", source.text):
        raise source.error("the search is empty; use `all` to find everything")
    if _is_too_deep(query):
        raise source.error(
            f"the search has more than {MAX_NESTING} nested levels, and each `and` and `or` adds "
            "one; to compare with many values, use `in [a, b]`"
        )
    return with_slashes(query)


def _is_too_deep(query: Query) -> bool:
    """Return whether a query has more than MAX_NESTING levels; checked without recursion."""
    level: list[Any] = [query]
    for _ in range(MAX_NESTING):
        level = [child for each in level for child in _children(each)]
        if not level:
            return False
        # Each step of a path is a level, too, although they are in one list.
        if any(isinstance(one, Path) and len(one.steps) > MAX_NESTING for one in level):
            return True
    return True


def _children(value: Any) -> list[Any]:
    if is_dataclass(value):
        return [getattr(value, field.name) for field in fields(value)]
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list | tuple) else []
