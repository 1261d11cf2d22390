"""The parser of the language, loaded for the first search and then cached.

Importing lark takes 50 ms, so other modules import this one only when they need it.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from lark import Lark
from lark.exceptions import UnexpectedInput

from ebbtide.language.mistakes import explained
from ebbtide.language.tables import make_parser
from ebbtide.language.transformer import Builder

type Start = Literal["search", "expansion"]


def read(text: str, start: Start) -> Any:
    """Parse a text into a Query, or into the name and arguments of an expand() call.

    Raises MisreadError if the text is invalid.
    """
    try:
        return parser().parse(text, start=start)
    except UnexpectedInput:
        raise explained(parser(), text, start) from None


@cache
def parser() -> Lark:
    """Return the parser for `search` and `expansion`."""
    return make_parser("grammar", Builder())
