"""Finds the commands in the guides in docs/.

The pages write commands in blocks, after `$` or indented, and as spans in sentences and tables.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path

_INLINE = re.compile(r"`(ebbtide [^`]+)`")
_BLOCK = re.compile(r"^(?:\$ |    )?(ebbtide .+)$")


def commands_of(page: Path) -> list[str]:
    """Return the command lines of a page: those in blocks, and those in the cells of tables."""
    found: list[str] = []
    fenced = False
    for line in page.read_text().splitlines():
        if line.startswith("```"):
            fenced = not fenced
        elif fenced or line.startswith("    "):
            match = _BLOCK.match(line)
            found += [match[1]] if match else []
        elif line.startswith("|"):
            found += [one.replace("\\|", "|") for one in _INLINE.findall(line)]
    return found


def spans_of(page: Path) -> list[str]:
    """Return the commands in the sentences and tables of a page, however short."""
    return _INLINE.findall(page.read_text())


def words_of(line: str, meant: Mapping[str, str]) -> list[str]:
    """Return the arguments of a command line, with what the page's names mean here."""
    words = shlex.split(line)[1:]
    words = words[: words.index("|")] if "|" in words else words
    for name in sorted(meant, key=len, reverse=True):
        words = [
            re.sub(rf"(?<![\w.]){re.escape(name)}(?![\w])", meant[name], word) for word in words
        ]
    return words
