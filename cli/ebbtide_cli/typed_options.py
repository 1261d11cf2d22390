"""Options of the command that users type inside the quoted search, as in Resoto's shell."""

from __future__ import annotations

import re
from dataclasses import dataclass

_OPTION = re.compile(r"--(explain|with-edges)(?![\w-])")
# A quoted text, in which an option or a pipe is no option and no pipe.
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|`(?:[^`]|``)*`|--[a-z][a-z-]*|[^"`]', re.DOTALL)


@dataclass(frozen=True, slots=True)
class TypedOptions:
    """A search without these options; each is replaced by spaces, so that columns stay right."""

    text: str
    explain: bool = False
    with_edges: bool = False
    has_pipe: bool = False


def options_in(text: str) -> TypedOptions:
    """Return the options in front of the first pipe, and whether there is one."""
    pieces: list[str] = []
    found: set[str] = set()
    for match in _PIECE.finditer(text):
        piece = match[0]
        if piece == "|":
            rest = text[match.start() :]
            return _typed("".join(pieces) + rest, found, has_pipe=True)
        option = _OPTION.fullmatch(piece)
        if option is not None:
            found.add(option[1])
            piece = " " * len(piece)
        pieces.append(piece)
    # A text with an unclosed quote is not understood here; its parser says what is wrong.
    return _typed(text if not found else "".join(pieces), found, has_pipe=False)


def _typed(text: str, found: set[str], *, has_pipe: bool) -> TypedOptions:
    return TypedOptions(text, "explain" in found, "with-edges" in found, has_pipe)
