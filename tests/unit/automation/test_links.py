"""A signed link says what it was made for, until its end, and nothing else is accepted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.automation.links import LONGEST, read_signed, sign
from ebbtide.base.errors import InputError, SettingsError

KEY = "k" * 64
AT = datetime(2026, 11, 28, 12, tzinfo=UTC)
END = AT + timedelta(hours=1)
CLAIMS: dict[str, Any] = {"run": "run-1", "owner": "téam/<b>"}
TOKEN = sign(CLAIMS, KEY, purpose="keep", until=END)


def read(token: str, **changed: Any) -> dict[str, Any]:
    return read_signed(token, **{"key": KEY, "purpose": "keep", "at": AT, **changed})


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=20), max_size=5))
def test_the_claims_come_back(claims: dict[str, str]) -> None:
    claims.pop("ends", None)
    assert read(sign(claims, KEY, purpose="keep", until=END)) == claims


@given(st.integers(0, len(TOKEN) - 1), st.characters())
def test_a_link_with_another_character_is_not_valid(place: int, other: str) -> None:
    changed = TOKEN[:place] + other + TOKEN[place + 1 :]
    if changed != TOKEN:
        with pytest.raises(InputError, match="not valid"):
            read(changed)


@given(st.text())
def test_no_other_text_is_a_link(text: str) -> None:
    with pytest.raises(InputError, match="not valid"):
        read(text)


@given(st.integers(0, len(TOKEN) - 1))
def test_a_link_that_was_cut_is_not_valid(length: int) -> None:
    with pytest.raises(InputError, match="not valid"):
        read(TOKEN[:length])


@pytest.mark.parametrize("changed", [{"key": "o" * 64}, {"purpose": "approve"}])
def test_a_link_counts_for_its_key_and_purpose_alone(changed: dict[str, str]) -> None:
    with pytest.raises(InputError, match="not valid"):
        read(TOKEN, **changed)


def test_a_link_ends() -> None:
    assert read(TOKEN, at=END - timedelta(seconds=1)) == CLAIMS
    with pytest.raises(InputError, match="expired"):
        read(TOKEN, at=END)


def test_the_same_link_made_twice_is_the_same() -> None:
    assert sign(dict(reversed(CLAIMS.items())), KEY, purpose="keep", until=END) == TOKEN


def test_a_weak_key_and_a_long_link_are_refused() -> None:
    with pytest.raises(SettingsError, match="fewer than 32"):
        sign(CLAIMS, "short", purpose="keep", until=END)
    with pytest.raises(InputError, match="characters; at most"):
        sign({"id": "x" * LONGEST}, KEY, purpose="keep", until=END)
