"""Checks the text of a document before anything is built from it; what is hostile ends here.

Anybody who may write to the bucket can make a document that is small and means gigabytes, or that
nests so deeply that a parser gives up. So the text is checked first, then its events.
"""

from __future__ import annotations

import codecs
import re
from typing import Any, NamedTuple, NoReturn

import yaml

from ebbtide.base.errors import ConfigError, Problem

# docs/configuration.md states these limits.
MAX_BYTES = 256 * 1024
# What a reader needs of a document that may be larger, to see that it is.
MOST_READ = MAX_BYTES + 1
MAX_DEPTH = 32
MAX_VALUES = 20_000
MAX_TEXT = 10_000

# libyaml, where PyYAML comes with it, is twenty times as fast.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# YAML 1.1, production 1: the characters that a document may contain.
_FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"  #
)
_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


class Position(NamedTuple):
    """A line and a column of the text; both start at 1."""

    line: int
    column: int


def refuse(position: Position, message: str) -> NoReturn:
    """Raise ConfigError for one mistake after which nothing else can be checked."""
    raise ConfigError.of([Problem(*position, "", message)])


def checked_text(content: str | bytes) -> str:
    """Return a document as text, checked for its size, encoding and characters."""
    if len(content) > MAX_BYTES:
        _refuse_size()
    if isinstance(content, bytes):
        content = _decoded(content)
    text = content.removeprefix("\ufeff")
    found = _FORBIDDEN.search(text)
    if found is not None:
        refuse(
            place_in(text, found.start()),
            f"the character U+{ord(found[0]):04X} is not allowed in YAML; remove it",
        )
    if len(text.encode()) > MAX_BYTES:
        _refuse_size()
    return text


def _refuse_size() -> NoReturn:
    refuse(
        Position(1, 1),
        f"the configuration is longer than {MAX_BYTES // 1024} KiB, which is the limit",
    )


def _decoded(content: bytes) -> str:
    for mark, name in _MARKS.items():
        if content.startswith(mark):
            refuse(Position(1, 1), f"the configuration is encoded as {name}; save it as UTF-8")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        before = content[: error.start].decode()
        refuse(
            place_in(before, len(before)),
            f"the byte 0x{content[error.start]:02X} is not UTF-8; save the file as UTF-8",
        )


def place_in(text: str, index: int) -> Position:
    """Return the line and the column of an index in a text."""
    breaks = list(_BREAK.finditer(text, 0, index))
    start = breaks[-1].end() if breaks else 0
    return Position(len(breaks) + 1, index - start + 1)


def position_of(mark: Any) -> Position:
    return Position(mark.line + 1, mark.column + 1)


def sentence_of_yaml(error: yaml.MarkedYAMLError) -> str:
    """Return what the parser found wrong, with advice for the usual mistakes."""
    problem = str(error.problem or error.context)
    if "cannot start any token" in problem:
        return (
            f"{problem}; indent with spaces, not tabs, and put texts with special signs in quotes"
        )
    if "mapping values" in problem:
        return f"{problem}; check the indentation, and put a text with a colon in quotes"
    if "another document" in problem:
        return "a second document begins here (---); the configuration is one document"
    return problem if error.context is None else f"{problem} ({error.context})"


def check_events(text: str) -> None:
    """Raise ConfigError for what would be too much to compose, before anything is composed."""
    depth = values = 0
    for event in yaml.parse(text, Loader=LOADER):
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
            continue
        if not isinstance(event, yaml.NodeEvent):
            continue
        values += 1
        if values > MAX_VALUES:
            refuse_values(position_of(event.start_mark))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                refuse_depth(position_of(event.start_mark))
        if isinstance(event, yaml.ScalarEvent) and len(event.value) > MAX_TEXT:
            refuse(
                position_of(event.start_mark),
                f"a text of {len(event.value):,} characters; the limit is {MAX_TEXT:,}",
            )


def refuse_values(position: Position) -> NoReturn:
    refuse(
        position,
        f"more than {MAX_VALUES:,} keys and values, with each alias and merge key counted as what "
        "it repeats",
    )


def refuse_depth(position: Position) -> NoReturn:
    refuse(position, f"more than {MAX_DEPTH} nested levels")
