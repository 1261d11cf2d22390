"""Errors of validators that say more than a sentence: known names, or several places."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple


class UnknownNameError(ValueError):
    """A value is not one of the names that `known` returns; `advice` says how to find them.

    Looking for the most similar name takes milliseconds, and a document may have thousands of
    wrong ones, so only those that people read get a suggestion (config/sentences.py).
    """

    def __init__(
        self, what: str, name: str, known: Callable[[], Iterable[str]], advice: str
    ) -> None:
        super().__init__(f"unknown {what} {name!r}; {advice}")
        self.what, self.name, self.known = what, name, known


class Mistake(NamedTuple):
    """A mistake in a part of the value that a validator looks at."""

    place: tuple[str, ...]
    message: str


class MistakesError(ValueError):
    """Several mistakes, each with its place below the value that the validator was given."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("; ".join(f"{'.'.join(one.place)}: {one.message}" for one in mistakes))
        self.mistakes = tuple(mistakes)
