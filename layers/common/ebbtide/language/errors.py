"""The error of an invalid search."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

# Letters that a word needs to count as the beginning of another one.
SHORTEST = 4


class SearchError(ValueError):
    """A search is invalid. `column` starts at 1; None if the error concerns the whole search.

    `str(error)` is one sentence; `error.pointed()` shows the search with a mark below the column.
    """

    def __init__(self, message: str, text: str = "", column: int | None = None) -> None:
        super().__init__(message if column is None else f"column {column}: {message}")
        self.message, self.text, self.column = message, text, column

    def pointed(self) -> str:
        if self.column is None:
            return f"{self.text}\n{self.message}" if self.text else self.message
        return f"{self.text}\n{' ' * (self.column - 1)}^ {self.message}"


class MistakeError(Exception):
    """A mistake in a parsed search, and the word that it concerns, if any.

    The check turns it into a SearchError.
    """

    def __init__(self, message: str, word: str | None = None) -> None:
        super().__init__(message)
        self.message, self.word = message, word


def unknown(name: str, what: str, known: Iterable[str], owner: str = "") -> str:
    """Return the message for a name that does not exist, with the most similar known one."""
    close = most_similar(name, known)
    hint = f" (did you mean {close!r}?)" if close else ""
    return f"unknown {what} {name!r}{owner}{hint}"


def most_similar(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that somebody most likely meant: a longer one, or a similar one."""
    folded = {one.lower(): one for one in sorted(known, reverse=True)}
    wanted = word.lower()
    if wanted in folded:
        return folded[wanted]
    longer = [one for one in folded if one.startswith(wanted)] if len(word) >= SHORTEST else []
    if longer:
        return folded[min(longer, key=lambda one: (len(one), one))]
    return next((folded[one] for one in get_close_matches(wanted, sorted(folded), 1)), None)
