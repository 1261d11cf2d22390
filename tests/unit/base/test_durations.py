"""Durations as Resoto's users write them."""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.base.durations import describe, parse_duration

UNITS = {"y": 365 * 86400, "M": 31 * 86400, "w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("24h", 86400),
        ("7d4h", 7 * 86400 + 4 * 3600),
        ("7 days 4 hours", 7 * 86400 + 4 * 3600),
        ("1 day, 2 hours and 3 minutes", 86400 + 7200 + 180),
        ("1M", 31 * 86400),
        ("1m", 60),
        ("2mo", 62 * 86400),
        ("1.5h", 5400),
        ("4 weeks", 28 * 86400),
        ("1 year", 365 * 86400),
        ("P7D", 7 * 86400),
        ("PT2H30M", 9000),
    ],
)
def test_known_forms_have_resotos_lengths(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "90", "never", "3 fortnights", "7d x", "P", "PT", "9999999y"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_duration(text)


@given(st.lists(st.tuples(st.integers(0, 99), st.sampled_from(sorted(UNITS))), min_size=1))
def test_parts_add_up(parts: list[tuple[int, str]]) -> None:
    text = "".join(f"{number}{unit}" for number, unit in parts)
    expected = sum(number * UNITS[unit] for number, unit in parts)
    assert parse_duration(text).total_seconds() == expected


@given(st.text())
def test_any_text_parses_or_raises_value_error(text: str) -> None:
    with suppress(ValueError):
        assert parse_duration(text) >= timedelta(0)


def test_lengths_are_described_by_their_largest_unit_and_the_next_smaller_one() -> None:
    assert describe(timedelta(days=3, hours=4, minutes=5)) == "3d 4h"
    assert describe(timedelta(days=90, seconds=15)) == "90d"
    assert describe(timedelta(days=20, hours=10)) == "20d 10h"
    assert describe(timedelta(minutes=12)) == "12m"
    assert describe(timedelta(0)) == "0s"
