"""The text of a search while it is expanded, which still knows where each character was typed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Self

from ebbtide.language.errors import SearchError

# What a search may be after its templates are filled in; people write a few hundred characters.
MAX_LENGTH = 100_000


class Replacement(NamedTuple):
    """What stands in place of the characters from `start` up to `end`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class SearchText:
    """`origins` has, per character of `text` and for its end, the place in `typed`; None: equal."""

    typed: str
    text: str
    origins: tuple[int, ...] | None = None

    @classmethod
    def of(cls, typed: str) -> Self:
        return cls(typed, typed).checked()

    def checked(self) -> Self:
        if len(self.text) > MAX_LENGTH:
            raise SearchError(f"a search may have {MAX_LENGTH} characters, not {len(self.text)}")
        return self

    def replaced(self, replacements: Iterable[Replacement]) -> SearchText:
        """With these pieces in place of what was there; they come in order and do not overlap."""
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
        """The error of what stands at this position of `text`, shown where it was typed."""
        if position is None:
            return SearchError(message, self.typed)
        origin = self.origins[position] if self.origins else position
        return SearchError(message, self.typed, origin + 1)


class MisreadError(Exception):
    """What is wrong at a position of the text that is being read; becomes a SearchError."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.message, self.position = message, position
