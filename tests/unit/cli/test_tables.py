"""A table never breaks an id, however narrow the window is."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from ebbtide_cli.formats import tables
from ebbtide_cli.formats.tables import block_of

ID = "0123456789abcdef0123456789abcdef"
texts = st.text(st.sampled_from("abc- /:.,"), max_size=60).map(lambda text: " ".join(text.split()))


def written(header: list[str], rows: list[list[str]], width: int) -> list[str]:
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "console", lambda: Console(file=out, width=width))
        tables.write_table(header, rows)
    return out.getvalue().splitlines()


@given(
    st.integers(1, 6).flatmap(
        lambda count: st.lists(
            st.lists(texts, min_size=count, max_size=count), min_size=1, max_size=4
        )
    ),
    st.integers(40, 140),
)
def test_no_word_is_broken_and_none_is_lost(rows: list[list[str]], width: int) -> None:
    header = [f"column{number}" for number in range(len(rows[0]))]
    lines = written(header, rows, width)
    shown = sorted(word for line in lines for word in line.split())
    words = sorted(word for row in rows for text in row for word in text.split())
    labels = {*header, *(f"{name}:" for name in header)}
    assert [word for word in shown if word not in labels] == words
    assert all(len(line.rstrip()) <= width for line in lines)


def test_sentences_are_wrapped_between_words_beside_ids() -> None:
    rows = [[ID, "it was refused because something else still uses it, and that stays"]]
    lines = written(["id", "because"], rows, 80)
    assert lines[0].split() == ["id", "because"]
    assert lines[1].startswith(f"{ID}  it was refused")
    assert len(lines) == 3


def test_a_row_that_does_not_fit_takes_a_few_lines() -> None:
    header = ["run", "account", "state", "error"]
    row = [ID, ID, "", "a long sentence about what went wrong in that account"]
    assert written(header, [row], 60) == block_of(header, row, 60)
    assert block_of(header, row, 60) == [
        f"run: {ID}",
        f"    account: {ID}",
        "    error: a long sentence about what went wrong in that",
        "        account",
    ]


def test_an_id_longer_than_the_window_stays_in_one_piece() -> None:
    assert block_of(["arn"], [ID * 3], 40) == ["arn:", f"        {ID * 3}"]
