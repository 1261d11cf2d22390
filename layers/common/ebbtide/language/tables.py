"""The tables of the parser, which grammar.json holds: building them takes 60 ms at each start.

tools/parser_tables.py writes them. They are ignored if the grammar or the version of lark is
another one; the parser then builds its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import lark

GRAMMAR = Path(__file__).with_name("grammar.lark")
TABLES = Path(__file__).with_name("grammar.json")
OPTIONS: dict[str, Any] = {
    "parser": "lalr",
    "start": ["search", "expansion"],
    "g_regex_flags": re.ASCII,
    "maybe_placeholders": False,
}


def make_parser(transformer: Any) -> lark.Lark:
    """Return the parser, whose rules call the methods of `transformer`."""
    grammar = GRAMMAR.read_text()
    saved = json.loads(TABLES.read_text(), object_hook=_with_numbers)
    if saved["made_from"] != made_from(grammar):
        return lark.Lark(grammar, transformer=transformer, **OPTIONS)
    # What lark's own generated parsers call. Its load() would take no transformer.
    load: Callable[..., lark.Lark] = lark.Lark._load_from_dict
    return load(saved["data"], saved["memo"], transformer=transformer)


def made_from(grammar: str) -> str:
    """Return what the tables of a grammar depend on."""
    return f"lark {lark.__version__}, grammar {sha256(grammar.encode()).hexdigest()}"


def _with_numbers(found: dict[str, Any]) -> dict[str | int, Any]:
    """Return a mapping with its numbers as keys, which JSON writes as texts."""
    return {int(key) if key.isdecimal() else key: value for key, value in found.items()}
