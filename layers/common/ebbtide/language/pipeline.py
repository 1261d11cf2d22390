"""Split a text into a search and the commands that it is piped into, as in Resoto's shell.

is(volume) and age > 30d | count kind | sort count desc
-- the search ----------   -- Command   -- Command ----
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from ebbtide.language.errors import SearchError

if TYPE_CHECKING:
    from lark import Lark

_CALL = re.compile(r"(aggregate)\s*\((.+)\)", re.DOTALL)
_UNCLOSED = "this quote is never closed"


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a command without its quotes, and where it was typed; columns start at 1."""

    text: str
    column: int


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a pipeline. `rest` is everything behind its name, as typed."""

    name: str
    words: tuple[Word, ...]
    rest: str
    column: int
    typed: str

    def error(self, message: str, at: Word | None = None) -> SearchError:
        """Return the error at one of the words, or at the name of the command."""
        return SearchError(message, self.typed, self.column if at is None else at.column)


@dataclass(frozen=True, slots=True)
class Pipeline:
    text: str
    search: str
    commands: tuple[Command, ...]


def has_pipe(text: str) -> bool:
    """Return whether a text may be a pipeline; a quoted pipe counts, too."""
    return "|" in text


def parse_pipeline(text: str) -> Pipeline:
    """Split a text at the pipes outside quotes. Raises SearchError for a stray pipe or quote."""
    from lark.exceptions import UnexpectedInput

    try:
        tree = _parser().parse(text)
    except UnexpectedInput as error:
        raise SearchError(_UNCLOSED, text, (error.pos_in_stream or 0) + 1) from None
    found: list[Any] = list(tree.children)
    if found and not isinstance(found[0], str):
        raise SearchError("found `|` before any search; write the search first", text, 1)
    search = str(found[0]).strip() if found else ""
    return Pipeline(text, search, tuple(_command(one, text) for one in found[1:]))


def _command(tree: Any, text: str) -> Command:
    pipe, *tokens = tree.children
    if not tokens:
        after = text[pipe.end_pos :].lstrip()
        hint = "did you mean `or`?" if after.startswith("|") else "name a command behind it"
        raise SearchError(f"found `|` without a command; {hint}", text, pipe.start_pos + 1)
    name, *words = tokens
    column, end = name.start_pos + 1, tokens[-1].end_pos
    if called := _CALL.fullmatch(text, name.start_pos, end):
        # As it is written in front of a search.
        inner = Word(called[2], called.start(2) + 1)
        return Command(called[1], (inner,), called[2], column, text)
    rest = text[words[0].start_pos : end] if words else ""
    found = tuple(Word(_unquoted(str(word)), word.start_pos + 1) for word in words)
    return Command(str(name), found, rest, column, text)


def _unquoted(word: str) -> str:
    return "".join(shlex.split(word))


@cache
def _parser() -> Lark:
    from ebbtide.language.tables import make_parser

    return make_parser("pipeline")
