"""The saved tables of the parser are those of the grammar, and no others are used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import lark
import pytest

from ebbtide.language import tables
from ebbtide.language.lark_parser import read
from ebbtide.language.mistakes import explained
from ebbtide.language.source import MisreadError
from ebbtide.language.tables import make_parser
from ebbtide.language.transformer import Builder
from tools import parser_tables

SEARCHES = (
    "is(volume) and age > 30d",
    'is(aws_ec2_instance) and (tags.owner == null or name =~ "^a") --> is(volume) limit 3',
    "aggregate(region as region: sum(volume_size) as size, sum(1)): is(volume)",
    'id("vol-1") <-[1:2]delete- with(any, <-- not is(aws_vpc)) sort age desc',
    "/ancestors.account.reported.name in [a, b] and tags.{a: 3} has_key c",
    "is(",
    "all limit",
    "is(volume) and and",
)
SAVED = make_parser("grammar", Builder())


def outcome(parser: lark.Lark, text: str) -> Any:
    try:
        return parser.parse(text, start="search")
    except lark.exceptions.UnexpectedInput:
        return str(explained(parser, text, "search").message)
    except MisreadError as error:
        return error.message


def built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, **other: Any) -> list[Any]:
    """Return the grammars that lark analysed for a parser, with a change of the saved tables."""
    saved = json.loads((tables.FOLDER / "grammar.json").read_text()) | other
    (tmp_path / "grammar.json").write_text(json.dumps(saved))
    (tmp_path / "grammar.lark").write_text(tables.grammar_of("grammar"))
    monkeypatch.setattr(tables, "FOLDER", tmp_path)
    analysed: list[Any] = []

    class Counted(lark.Lark):
        def __init__(self, grammar: Any, **options: Any) -> None:
            analysed.append(grammar)
            super().__init__(grammar, **options)

    monkeypatch.setattr(lark, "Lark", Counted)
    parser = make_parser("grammar", Builder())
    for text in SEARCHES:
        assert outcome(parser, text) == outcome(SAVED, text)
    return analysed


def test_the_saved_tables_are_those_of_the_grammar() -> None:
    assert parser_tables.main(["--check"]) == 0


def test_a_parser_of_saved_tables_analyses_no_grammar(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert built(monkeypatch, tmp_path) == []


def test_tables_of_another_grammar_or_version_are_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And a parser that builds its own reads every search in the same way."""
    found = built(monkeypatch, tmp_path, made_from="lark 1.0.0, grammar 0", data=None, memo=None)
    assert found == [tables.grammar_of("grammar")]


def test_both_starts_are_saved() -> None:
    assert read('"old", a=30d', "expansion") == ("old", {"a": "30d"})
