"""Regular expressions mean what they mean in Python, and have a limit of time."""

from __future__ import annotations

import random
import re
import warnings

import pytest

from ebbtide.language import SearchError, parse_search
from ebbtide.search import find, patterns
from ebbtide.search.patterns import compile_pattern, translated
from tests.support.effort import scaled
from tests.support.search_estate import NOW, snapshot

PIECES = [
    *"abA1 .*+?{}[]()|^$\\-,:&~<>=!Pse#\n_",
    *("\\d", "\\w", "\\b", "[^", "[[", "{2}", "{1,}", "{,2}", "{e}", "{e<=1}", "(?:", "(?=", "(?!"),
    *("(?<=a", "(?P<x>", "[[:alpha:]]", "&&", "--", "||", "~~", "(?i)", "(?x)", "(?s)", "\\1"),
    *("\\N{DIGIT ONE}", "(?#c)", "[]", "ß", "é", "İ", "\u017f", "\u212a"),
]
SIGNS = "abAB1 .[]{}:&-|e=<\n_,ßsSkKéÉİi~#lph\u017f\u212a"


@pytest.mark.scaled
def test_a_pattern_matches_what_it_matches_in_python() -> None:
    chance = random.Random(20261127)
    compared = 0
    while compared < scaled(1000):
        pattern = "".join(chance.choices(PIECES, k=chance.randint(1, 8)))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                known = re.compile(pattern, re.IGNORECASE)
        except (re.error, OverflowError):
            continue
        compared += 1
        is_in = compile_pattern(pattern)
        for _ in range(5):
            text = "".join(chance.choices(SIGNS, k=chance.randint(0, 8)))
            assert is_in(text) == (known.search(text) is not None), (pattern, text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("a{e<=1}", "a{e<=1}"),
        ("[[:alpha:]]", ":]"),
        ("x{}", "x{}"),
        ("a{2}", "aa"),
        ("(?x) a # { [\n b", "ab"),
    ],
)
def test_what_python_reads_literally_is_literal(pattern: str, text: str) -> None:
    assert compile_pattern(pattern)(text)
    assert re.compile(translated(pattern))


@pytest.mark.parametrize(
    "pattern",
    [
        "^([^ab]){2}$",
        "^([]a]){2}$",
        "^([^]a]){2}$",
        "^([[a]){2}$",
        "^([a^]){2}$",
        "^([{(]){2}$",
        "(a|b){1,}[^1]$",
    ],
)
def test_a_set_means_the_same_in_what_is_translated(pattern: str) -> None:
    is_in, known = compile_pattern(pattern), re.compile(pattern)
    for one in "ab]^[{(1-":
        for other in "ab]^[{(1-":
            text = one + other
            assert is_in(text) == (known.search(text) is not None), (pattern, text)


SLOW = "(a|aa)+$"


def test_a_slow_pattern_is_an_error_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "SECONDS", 0.05)
    compile_pattern.cache_clear()
    search = f'is(volume) and name !~ "{SLOW}"'
    is_in = compile_pattern(SLOW)
    with pytest.raises(SearchError, match=re.escape(repr(SLOW))):
        is_in("a" * 60 + "b")
    # The limit is per search: what is fast is found again, and what is slow fails again.
    assert is_in("aaa")
    assert list(find(parse_search(search, now=NOW), snapshot(), NOW))
    with pytest.raises(SearchError, match="takes too long"):
        is_in("a" * 60 + "b")
    compile_pattern.cache_clear()


def test_many_values_that_are_a_little_slow_are_too_slow_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patterns, "SECONDS", 0.02)
    monkeypatch.setattr(patterns, "SECONDS_PER_VALUE", 0)
    compile_pattern.cache_clear()
    is_in = compile_pattern(SLOW)
    with pytest.raises(SearchError):
        for _ in range(100_000):
            is_in("a" * 16 + "b")
    compile_pattern.cache_clear()
