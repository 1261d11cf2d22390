"""The parser of the language, built for the first search and kept.

Imports lark, so it is imported no sooner than it is needed: with what it imports it takes 50 ms.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, Literal

from lark import Lark
from lark.exceptions import UnexpectedInput

from ebbtide.language.mistakes import explained
from ebbtide.language.transformer import Builder

type Start = Literal["query", "expansion"]


def read(text: str, start: Start) -> Any:
    """What a text says: a Query, or the name and arguments of a template.

    Raises MisreadError.
    """
    try:
        return parser().parse(text, start=start)
    except UnexpectedInput:
        raise explained(parser(), text, start) from None


@cache
def parser() -> Lark:
    """Built once, in some 50 ms; its starts are `query` and `expansion`."""
    return Lark(
        Path(__file__).with_name("grammar.lark").read_text(),
        parser="lalr",
        start=["query", "expansion"],
        transformer=Builder(),
        g_regex_flags=re.ASCII,
        maybe_placeholders=False,
    )
