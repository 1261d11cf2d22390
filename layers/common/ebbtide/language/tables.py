"""Parsers from tables that are saved beside their grammars: building them takes 60 ms and more.

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

FOLDER = Path(__file__).parent
# The name of each grammar and of its tables, and how lark shall read it.
OPTIONS: dict[str, dict[str, Any]] = {
    "grammar": {
        "parser": "lalr",
        "start": ["search", "expansion"],
        "g_regex_flags": re.ASCII,
        "maybe_placeholders": False,
    },
    "pipeline": {"parser": "lalr", "maybe_placeholders": False},
}


def make_parser(name: str, transformer: Any = None) -> lark.Lark:
    """Return the parser of a grammar, whose rules call the methods of `transformer`."""
    grammar = grammar_of(name)
    saved = json.loads((FOLDER / f"{name}.json").read_text(), object_hook=_with_numbers)
    if saved["made_from"] != made_from(grammar):
        return lark.Lark(grammar, transformer=transformer, **OPTIONS[name])
    # What lark's own generated parsers call. Its load() would take no transformer.
    load: Callable[..., lark.Lark] = lark.Lark._load_from_dict
    return load(saved["data"], saved["memo"], transformer=transformer)


def grammar_of(name: str) -> str:
    return (FOLDER / f"{name}.lark").read_text()


def made_from(grammar: str) -> str:
    """Return what the tables of a grammar depend on."""
    return f"lark {lark.__version__}, grammar {sha256(grammar.encode()).hexdigest()}"


def _with_numbers(found: dict[str, Any]) -> dict[str | int, Any]:
    """Return a mapping with its numbers as keys, which JSON writes as texts."""
    return {int(key) if key.isdecimal() else key: value for key, value in found.items()}
