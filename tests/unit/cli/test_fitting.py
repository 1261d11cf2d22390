"""A table fits the terminal if it can, and never shortens or folds an id."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide_cli.formats import rows
from ebbtide_cli.formats.fitting import SHORTEST, fitted, is_id, without_repeats
from ebbtide_cli.formats.grid import grid_lines
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
    _, _, row, below = printed(capsys, HEADER, ROW)
    assert below == f"    id: {LONG_ID}"
    assert [part for part in (ROW[0], *ROW[3:]) if part not in row] == []
    assert len(row) <= WIDTH


def test_what_a_row_begins_with_has_a_line_before_the_rest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, _, first, row = printed(capsys, ["id", "text"], [LONG_ID, "x" * 20])
    assert (first, row.split()) == (LONG_ID, ["x" * 20])


def test_an_id_of_usual_length_stays_in_its_row(capsys: pytest.CaptureFixture[str]) -> None:
    volume = ["aws_ec2_volume", "vol-0123456789abcdef0"]
    lines = printed(capsys, HEADER, ROW, [*volume, "", "", "", ""])
    assert lines[-1].split() == volume


@pytest.mark.parametrize(
    "text",
    [
        LONG_ID, "123456789012", "123456789012/eu-west-1/aws_vpc/vpc-1", "vpc-0123456789abcdef0",
        "elasticloadbalancing:DescribeLoadBalancers", "AROA6242BE258E134478B",
        "aws_ec2_network_interface_permission",
    ],
)  # fmt: skip
def test_what_looks_like_an_id_is_whole_whatever_its_column_is_called(
    capsys: pytest.CaptureFixture[str], text: str
) -> None:
    names = [f"{text}-{number}" for number in range(3)]
    header = ["id", *(f"tags.t{number}" for number in range(3)), "tags.long"]
    lines = printed(capsys, header, ["i-1", text, *names[1:], "x" * 90], fixed=True)
    assert any(text in re.split(r"\s+", line) for line in lines)


def test_what_is_left_out_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    write_rows("table", [*HEADER, "code"], [[*ROW, "c" * 25]])
    assert "fit the terminal: age, name; --wide shows all columns" in capsys.readouterr().err


def test_a_name_of_spaces_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    sentence = ["vol-2", "a name of many words that takes a line of its own", "x" * 60]
    lines = printed(capsys, ["id", "name", "state"], ["vol-1", "   ", "ok"], sentence)
    assert ["vol-1", "ok"] in [line.split() for line in lines]


def test_without_rows_there_is_no_header(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, HEADER) == []


def test_lists_break_between_their_elements(capsys: pytest.CaptureFixture[str]) -> None:
    found = [f"sg-0123456789abcdef{number}" for number in range(9)]
    write_rows("table", ["id", "groups"], [["i-1", found]], fixed=True)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert [id for id in found if not any(id in line for line in lines)] == []


def test_wide_keeps_everything(capsys: pytest.CaptureFixture[str]) -> None:
    prepare(wide=True)
    try:
        _, _, line = printed(capsys, HEADER, ROW)
        assert [part for part in ROW if part not in line] == []
    finally:
        prepare()


def test_columns_that_were_asked_for_are_all_there(capsys: pytest.CaptureFixture[str]) -> None:
    header, _, *lines = printed(capsys, HEADER, ROW, fixed=True)
    assert re.split(r"\s{2,}", header.strip()) == HEADER
    assert any(LONG_ID in line for line in lines)


def test_an_empty_column_and_a_repeated_name_take_no_room() -> None:
    cells = without_repeats(HEADER, [["k", "i-1", "i-1", "", "r", "a"]])
    assert cells == [["k", "i-1", "", "", "r", "a"]]
    assert [HEADER[at] for at in fitted(HEADER, cells, WIDTH).columns] == [
        "kind", "id", "region", "account",
    ]  # fmt: skip


@pytest.mark.parametrize(("width", "columns"), [(42, (0, 1)), (41, (0,))])
def test_a_second_column_is_left_out_if_only_the_first_one_fits(
    width: int, columns: tuple[int, ...]
) -> None:
    found = fitted(["kind", "region"], [["k" * 20, "r" * 20]], width)
    assert found.columns == columns
    assert found.total <= width


def test_without_an_id_a_name_is_one() -> None:
    found = fitted(["name", "/tags"], [["n" * 30, "s" * 90]], WIDTH, fixed=True)
    assert (found.columns, found.widths, found.cuts) == ((0, 1), (30, 68), (False, True))


def test_times_are_short_and_whole(capsys: pytest.CaptureFixture[str]) -> None:
    row = ["2026-11-25T12:00:00.123456Z", "x" * 200]
    _, _, line = printed(capsys, ["at", "tags.text"], row, fixed=True)
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
    text = " ".join(line[5:].removesuffix("eu-central-1").strip() for line in lines[2:])
    assert text == why
    assert max(map(len, lines)) <= WIDTH


CELL = st.text(alphabet="abc -", max_size=60) | st.sampled_from([" ", "   "])


@given(st.integers(10, 160), st.booleans(), st.data())
def test_every_table_fits_or_only_ids_are_left(
    width: int, fixed: bool, data: st.DataObject
) -> None:
    labels = st.sampled_from([*HEADER, "state", "reason"])
    header = data.draw(st.lists(labels, min_size=1, unique=True))
    row = st.lists(CELL, min_size=len(header), max_size=len(header))
    cells = data.draw(st.lists(row, max_size=4))
    found = fitted(header, cells, width, fixed=fixed)
    shown = sorted((*found.columns, *found.below))
    names = [header[at] for at in shown]
    filled = [label for at, label in enumerate(header) if any(row[at] for row in cells)]
    assert {label for label in filled if is_id(label)} <= set(names)
    for at, size in zip(found.columns, found.widths, strict=True):
        longest = max(map(len, [header[at], *(row[at] for row in cells)]))
        assert min(longest, len(header[at])) <= size <= longest
    for place, cuts in enumerate(found.cuts):
        assert not cuts or found.widths[place] >= min(
            SHORTEST, max(len(row[found.columns[place]]) for row in [header, *cells])
        )
    if found.total > width and not fixed:
        named = {"name"} if "id" not in header else set()
        assert sum(not is_id(label) and label not in named for label in names) <= 1
    if fixed:
        assert names == header


@given(
    st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=4), st.integers(30, 90)
)
def test_nothing_is_lost(cells: list[list[str]], width: int) -> None:
    """Each word of each cell is there, but for what is left out."""
    header = ["id", "reason", "state"]
    found = fitted(header, cells, width)
    text = " ".join(grid_lines(header, cells, found, width))
    for at in (*found.columns, *found.below):
        for row in cells:
            assert all(word in text for word in row[at].split()), (row[at], text)
