"""A table fits the terminal if it can, and never shortens or folds an id."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide_cli.formats import rows
from ebbtide_cli.formats.fitting import SHORTEST, fitted, is_id, total, without_repeats
from ebbtide_cli.formats.rows import write_rows
from ebbtide_cli.output import prepare

WIDTH = 100
HEADER = ["kind", "id", "name", "age", "region", "account"]
LONG_ID = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/shop/6d0ecf831eec9f09"
ROW = ["aws_alb_target_group", LONG_ID, "shop" * 10, "3d 4h", "eu-central-1", "payments-production"]


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "table_width", lambda: WIDTH)
    prepare()


def printed(
    capsys: pytest.CaptureFixture[str], header: list[str], *found: list[str], fixed: bool = False
) -> list[str]:
    write_rows("table", header, found, fixed=fixed)
    return [line.rstrip() for line in capsys.readouterr().out.splitlines() if line.strip()]


def test_an_id_is_whole_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    _, _, line = printed(capsys, HEADER, ROW)
    assert LONG_ID in line
    assert len(line) <= max(WIDTH, len(LONG_ID) + SHORTEST + 5)


def test_what_is_left_out_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    write_rows("table", HEADER, [ROW])
    assert "--wide shows all columns" in capsys.readouterr().err


def test_wide_keeps_everything(capsys: pytest.CaptureFixture[str]) -> None:
    prepare(wide=True)
    try:
        _, _, line = printed(capsys, HEADER, ROW)
        assert [part for part in ROW if part not in line] == []
    finally:
        prepare()


def test_columns_that_were_asked_for_are_all_there(capsys: pytest.CaptureFixture[str]) -> None:
    header, _, line = printed(capsys, HEADER, ROW, fixed=True)
    assert re.split(r"\s{2,}", header.strip()) == HEADER
    assert LONG_ID in line


def test_an_empty_column_and_a_repeated_name_take_no_room() -> None:
    cells = without_repeats(HEADER, [["k", "i-1", "i-1", "", "r", "a"]])
    assert cells == [["k", "i-1", "", "", "r", "a"]]
    assert [HEADER[at] for at in fitted(HEADER, cells, WIDTH).columns] == [
        "kind", "id", "region", "account",
    ]  # fmt: skip


def test_without_an_id_a_name_is_one() -> None:
    found = fitted(["name", "search"], [["n" * 90, "s" * 90]], WIDTH)
    assert (found.columns, found.widths) == ((0, 1), (90, SHORTEST))


def test_times_are_short_and_whole(capsys: pytest.CaptureFixture[str]) -> None:
    _, _, line = printed(capsys, ["at", "text"], ["2026-11-25T12:00:00.123456Z", "x" * 200])
    assert line.split()[0] == "2026-11-25T12:00:00Z"
    assert len(line) <= WIDTH


@pytest.mark.parametrize("label", ["id", "/id", "arn", "run_id", "last_run", "subject.id"])
def test_ids_are_known_by_the_name_of_their_column(label: str) -> None:
    assert is_id(label)
    assert not is_id("name")


def test_a_sentence_is_wrapped_between_words_and_nothing_of_it_is_lost(
    capsys: pytest.CaptureFixture[str],
) -> None:
    why = f"protected by the stack that made it, {LONG_ID[:60]}, because somebody said so twice"
    lines = printed(capsys, ["id", "reason", "region"], ["i-1", why, "eu-central-1"])
    text = " ".join(line[6:].removesuffix("eu-central-1").strip() for line in lines[2:])
    assert text == why
    assert max(map(len, lines)) <= WIDTH


CELL = st.text(alphabet="abc -", max_size=60)


@given(st.integers(10, 160), st.booleans(), st.data())
def test_every_table_fits_or_only_ids_are_left(
    width: int, fixed: bool, data: st.DataObject
) -> None:
    labels = st.sampled_from([*HEADER, "state", "reason"])
    header = data.draw(st.lists(labels, min_size=1, unique=True))
    row = st.lists(CELL, min_size=len(header), max_size=len(header))
    cells = data.draw(st.lists(row, max_size=4))
    found = fitted(header, cells, width, fixed=fixed)
    shown = [header[at] for at in found.columns]
    filled = [label for at, label in enumerate(header) if any(row[at] for row in cells)]
    assert {label for label in filled if is_id(label)} <= set(shown)
    for at, size in zip(found.columns, found.widths, strict=True):
        longest = max(map(len, [header[at], *(row[at] for row in cells)]))
        assert size <= longest
        if is_id(header[at]):
            assert size == longest
    if total(found.widths) > width and not fixed:
        named = {"name"} if "id" not in header else set()
        assert sum(not is_id(label) and label not in named for label in shown) <= 1
    if fixed:
        assert shown == header
