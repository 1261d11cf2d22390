"""The text of a search during expansion; it records where each character was typed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Self

from ebbtide.language.errors import SearchError

# The limit after expansion of templates; people write a few hundred characters.
MAX_LENGTH = 100_000


class Replacement(NamedTuple):
    """The text that replaces the characters from `start` up to `end`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class SearchText:
    """A text and its origin in the text that was typed.

    `origins` maps each position of `text`, including its end, to one of `typed`; None if both
    texts are equal.
    """

    typed: str
    text: str
    origins: tuple[int, ...] | None = None

    @classmethod
    def of(cls, typed: str) -> Self:
        return cls(typed, typed).checked()

    def checked(self) -> Self:
        if len(self.text) > MAX_LENGTH:
            raise SearchError(
                f"the search has {len(self.text)} characters, the limit is {MAX_LENGTH}"
            )
        return self

    def replaced(self, replacements: Iterable[Replacement]) -> SearchText:
        """Return the text with replacements, which must be in order and must not overlap."""
        old = self.origins or tuple(range(len(self.text) + 1))
        texts: list[str] = []
        origins: list[int] = []
        done = 0
        for start, end, text in replacements:
            texts += [self.text[done:start], text]
            origins += old[done:start]
            origins += [old[start]] * len(text)
            done = end
        texts.append(self.text[done:])
        origins += old[done:]
        return SearchText(self.typed, "".join(texts), tuple(origins)).checked()

    def error(self, message: str, position: int | None = None) -> SearchError:
        """Return the error at a position of `text`, shown where the user typed it."""
        if position is None:
            return SearchError(message, self.typed)
        origin = self.origins[position] if self.origins else position
        return SearchError(message, self.typed, origin + 1)


class MisreadError(Exception):
    """A mistake at a position of the text being parsed; the caller turns it into a SearchError."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.message, self.position = message, position
