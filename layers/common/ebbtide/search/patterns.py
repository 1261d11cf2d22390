"""Match regular expressions within a limit of time.

Python's `re` has no limit: `(a+)+$` needs years for thirty letters. The package `regex` has one.
It means the same by every pattern that `re` accepts, except two signs that it reads as syntax of
its own; compile_pattern escapes them.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from time import perf_counter

from ebbtide.language.errors import SearchError

# A pattern may take this long in all, and a little for each value: a search tests millions.
SECONDS = 1.0
SECONDS_PER_VALUE = 0.0005

# A pattern without groups and with one repetition takes at most as many steps as the square of
# the length. So short texts need neither `regex` nor a clock, which takes ten times as long as most
# searches.
_ESCAPED = re.compile(r"\\.", re.DOTALL)
_REPEATING = re.compile(r"[*+]")
_SHORT = 1000

# What `re` reads as a repetition; `regex` takes other braces for a fuzzy match.
_REPETITION = re.compile(r"\{(\d+(,\d*)?|,\d*)\}")
_NAMED = re.compile(r"\\N\{[^}]*\}")


class TooSlowError(SearchError):
    """A regular expression takes too long."""


class _Pattern:
    """A compiled pattern, and the time that is left for it."""

    def __init__(self, pattern: str) -> None:
        # Importing regex takes 40 ms, and few searches match patterns.
        import regex

        meant = translated(pattern)
        with _unwarned():
            self._search = regex.compile(meant, regex.IGNORECASE | regex.V0).search
        self._text, self._left = pattern, SECONDS

    def is_in(self, text: str) -> bool:
        """Return whether the pattern matches anywhere. Raises TooSlowError."""
        start = perf_counter()
        try:
            found = self._search(text, timeout=self._left) is not None
        except TimeoutError:
            self._left = 0
        else:
            spent = perf_counter() - start
            self._left = min(SECONDS, self._left + SECONDS_PER_VALUE - spent)
        if self._left <= 0:
            self._left = SECONDS
            raise TooSlowError(
                f"the regular expression {self._text!r} takes too long; avoid repetitions within "
                "repetitions, such as (a+)+"
            )
        return found


@contextmanager
def _unwarned() -> Iterator[None]:
    """Silence warnings about what patterns may mean in the future."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _is_simple(pattern: str) -> bool:
    plain = _ESCAPED.sub("x", pattern)
    return not set("({") & set(plain) and len(_REPEATING.findall(plain)) <= 1


def _simple(pattern: str) -> Callable[[str], bool]:
    """Return the function for a pattern that only long texts could make slow."""
    with _unwarned():
        search = re.compile(pattern, re.IGNORECASE).search
    timed = cache(lambda: _Pattern(pattern))

    def is_in(text: str) -> bool:
        return search(text) is not None if len(text) <= _SHORT else timed().is_in(text)

    return is_in


@lru_cache(maxsize=256)
def compile_pattern(pattern: str) -> Callable[[str], bool]:
    """Return a function that says whether a pattern matches anywhere in a text, ignoring case.

    The function raises TooSlowError if the pattern takes too long. All searches of a process share
    the time of a pattern, which comes back while it is fast. Raises SearchError if the pattern is
    invalid.
    """
    try:
        return _simple(pattern) if _is_simple(pattern) else _Pattern(pattern).is_in
    except (ValueError, OverflowError, RecursionError, re.error) as error:
        raise SearchError(f"invalid regular expression {pattern!r}: {error}") from error


def translated(pattern: str) -> str:
    """Return a pattern of `re` as one of `regex` with the same meaning."""
    with _unwarned():
        verbose = bool(re.compile(pattern).flags & re.VERBOSE)
    found: list[str] = []
    position, in_set = 0, False
    while position < len(pattern):
        piece = _piece(pattern, position, in_set, verbose)
        position += len(piece)
        if piece == "[" and not in_set:
            in_set = True
            # A bracket at its start is an element of the set.
            match = re.compile(r"\^?\]?").match(pattern, position)
            assert match is not None
            position = match.end()
            piece += match[0]
        elif in_set and piece == "]":
            in_set = False
        elif (in_set and piece == "[") or (not in_set and piece == "{"):
            piece = f"\\{piece}"
        found.append(piece)
    return "".join(found)


def _piece(pattern: str, position: int, in_set: bool, verbose: bool) -> str:
    """Return the next piece of a pattern: an escape, a comment, a repetition or one sign."""
    sign = pattern[position]
    if sign == "\\":
        named = _NAMED.match(pattern, position)
        return named[0] if named else pattern[position : position + 2]
    if in_set:
        return sign
    if sign == "{":
        repetition = _REPETITION.match(pattern, position)
        return repetition[0] if repetition else sign
    if pattern.startswith("(?#", position):
        return pattern[position : pattern.index(")", position) + 1]
    if verbose and sign == "#":
        return pattern[position:].partition("\n")[0]
    return sign
