"""Expand expand(name, key=value) to a named piece of a search with parameters in {{braces}}.

Users see templates as the snippets of the configuration (`searches`). They support the part of
Mustache that Resoto's templates use.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from ebbtide.base.clock import to_text
from ebbtide.base.durations import parse_duration
from ebbtide.language.errors import SearchError
from ebbtide.language.source import MisreadError, Replacement, SearchText

MAX_EXPANSIONS = 1000  # Per search; nested templates multiply.

_CALL = re.compile(r'"(?:[^"\\]|\\.)*"|`(?:[^`]|``)*`|\bexpand\s*\(', re.DOTALL)
_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"|[()]', re.DOTALL)
_TAG = re.compile(r"\{\{\s*([#^/&]?)\s*(\.|[\w-]+(?:\.[\w-]+)*)\s*\}\}")

type Scopes = tuple[Any, ...]


def expand(source: SearchText, templates: Mapping[str, str], now: datetime) -> SearchText:
    """Replace every expand(...) by its template, recursively. Raises SearchError."""
    return _Expander(templates, now).expand(source, ())


class _Expander:
    """Expand the calls of one search, and limit their number."""

    def __init__(self, templates: Mapping[str, str], now: datetime) -> None:
        self.templates, self.now, self.left = templates, now, MAX_EXPANSIONS

    def expand(self, source: SearchText, within: tuple[str, ...]) -> SearchText:
        if "expand" not in source.text:
            return source
        return source.replaced(self._replacements(source, within))

    def _replacements(self, source: SearchText, within: tuple[str, ...]) -> Iterator[Replacement]:
        done = 0
        for match in _CALL.finditer(source.text):
            # Skip quoted texts and names, and everything inside the previous call.
            if match.start() < done or match[0][0] in '"`':
                continue
            done = _closing(source, match.end())
            name, values = _read_call(source, match.end(), done - 1)
            try:
                text = self._filled_in(name, values, within)
            except MisreadError as error:
                raise source.error(error.message, match.start()) from None
            yield Replacement(match.start(), done, text)

    def _filled_in(self, name: str, values: Mapping[str, Any], within: tuple[str, ...]) -> str:
        if name not in self.templates:
            raise MisreadError(_unknown(name, "snippet", self.templates), 0)
        if name in within:
            raise MisreadError(f"snippet {name} uses itself: {' > '.join(within)}", 0)
        self.left -= 1
        if self.left < 0:
            raise MisreadError(f"too many snippets: the limit is {MAX_EXPANSIONS} per search", 0)
        try:
            text = _render(self.templates[name], (values,), self.now)
            return self.expand(SearchText.of(text), (*within, name)).text
        except SearchError as error:
            raise MisreadError(f"in snippet {name}: {error.message}", 0) from None
        except MisreadError as error:
            raise MisreadError(f"in snippet {name}: {error.message}", 0) from None


def _unknown(name: str, what: str, known: Mapping[str, Any]) -> str:
    close = get_close_matches(name, known, 1)
    hint = (
        f"did you mean {close[0]!r}?" if close else f"known: {', '.join(sorted(known)) or 'none'}"
    )
    return f"unknown {what} {name!r} ({hint})"


def _closing(source: SearchText, start: int) -> int:
    """Return the end of a call whose arguments start at `start`."""
    depth = 1
    for match in _BRACKET.finditer(source.text, start):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if depth == 0:
            return match.end()
    raise source.error("expand( has no closing parenthesis", start - 1)


def _read_call(source: SearchText, start: int, end: int) -> tuple[str, Mapping[str, Any]]:
    from ebbtide.language.lark_parser import read

    try:
        name, values = read(source.text[start:end], "expansion")
    except MisreadError as error:
        raise source.error(error.message, start + error.position) from None
    return name, values


def _render(text: str, scopes: Scopes, now: datetime) -> str:
    """Fill in a template. Raises MisreadError for a missing parameter or an unclosed section."""
    result, done = "", 0
    while match := _TAG.search(text, done):
        sign, name = match.groups()
        result += text[done : match.start()]
        done = match.end()
        if sign == "/":
            raise MisreadError(f"{{{{/{name}}}}} has no matching {{{{#{name}}}}}", 0)
        if sign in ("#", "^"):
            end = _section_end(text, name, done)
            result += _section(text[done : end.start()], sign, name, scopes, now)
            done = end.end()
        else:
            result += _written(_value(name, scopes, now))
    return result + text[done:]


def _section_end(text: str, name: str, start: int) -> re.Match[str]:
    depth = 1
    for match in _TAG.finditer(text, start):
        if match[2] == name:
            depth += {"/": -1, "#": 1, "^": 1}.get(match[1], 0)
        if depth == 0:
            return match
    raise MisreadError(f"{{{{#{name}}}}} has no matching {{{{/{name}}}}}", 0)


def _section(text: str, sign: str, name: str, scopes: Scopes, now: datetime) -> str:
    """Render a section once per element of a list, or once for any other non-empty value.

    An inverted section (^) is rendered only if the value is empty or missing.
    """
    try:
        value = _value(name, scopes, now)
    except MisreadError:
        value = None
    if sign == "^":
        return "" if value else _render(text, scopes, now)
    values = value if isinstance(value, list) else [value] if value else []
    return "".join(_render(text, (*scopes, each), now) for each in values)


def _value(name: str, scopes: Scopes, now: datetime) -> Any:
    if name == ".":
        return scopes[-1]
    first, *rest = name.split(".")
    scope = next((s for s in reversed(scopes) if isinstance(s, Mapping) and first in s), None)
    if scope is None:
        given = {key: 0 for each in scopes if isinstance(each, Mapping) for key in each}
        raise MisreadError(_unknown(first, "parameter", given), 0)
    value = scope[first]
    for suffix in rest:
        value = _member(value, suffix, now)
    return value


def _member(value: Any, name: str, now: datetime) -> Any:
    """Return a member of an object, or apply Resoto's suffix of that name to a value."""
    if isinstance(value, Mapping) and name in value:
        return value[name]
    match name:
        case "parens":
            return json.dumps(_written(value), ensure_ascii=False)
        case "as_list" if isinstance(value, Mapping):
            return [{"key": key, "value": each} for key, each in value.items()]
        case "as_list":
            return value if isinstance(value, list) else [value]
        case "with_index" if isinstance(value, list):
            return list(_indexed(value))
        case "with_index":
            return value
        case "from_now" | "ago":
            return _moment(value, now, 1 if name == "from_now" else -1)
    known = ".parens, .as_list, .with_index, .from_now, .ago"
    raise MisreadError(f"unknown suffix .{name} of a parameter (known: {known})", 0)


def _indexed(values: list[Any]) -> Iterator[dict[str, Any]]:
    for index, value in enumerate(values):
        found = dict(value) if isinstance(value, Mapping) else {"value": value}
        yield {**found, "index": index, "first": index == 0, "last": index == len(values) - 1}


def _moment(value: Any, now: datetime, sign: int) -> str:
    try:
        return to_text(now.replace(microsecond=0) + sign * parse_duration(str(value)))
    except (ValueError, OverflowError) as error:
        raise MisreadError(str(error), 0) from None


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
