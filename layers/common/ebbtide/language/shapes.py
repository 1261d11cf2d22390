"""The names and types of the properties that AWS returns, by kind.

tools/query_fields.py writes shapes.json from botocore's models. The file is read for the first
search that needs it; it has the sections `kinds`, `structures` and `values`. A code describes the
form of a property:

    "s" text, "n" number, "b" boolean, "t" time, "x" anything, "0" always null
    "v3"            a text, one of the list of values number 3
    5               the structure number 5: name -> code
    [code]          a list
    {"name": code}  a structure; the name "*" stands for any other name, as in a map
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson

type Code = Any

TEXT, NUMBER, BOOLEAN, TIME, ANYTHING, NOTHING = "s", "n", "b", "t", "x", "0"
# Only of Ebbtide's own fields: how long ago a time was.
SPAN = "d"
ANY_NAME = "*"


@dataclass(frozen=True, slots=True)
class Choice:
    """A text or number with a known spelling."""

    # Completes "is not": "a region".
    what: str
    # Regular expression of all values, also of those that are not known by name.
    pattern: str
    known: tuple[str, ...] = ()
    # What to write instead.
    advice: str = ""


@cache
def _data() -> Mapping[str, Any]:
    found: Mapping[str, Any] = orjson.loads(Path(__file__).with_name("shapes.json").read_bytes())
    return found


def properties_of(kind: str) -> Mapping[str, Code]:
    """Return the code of each stored property of a declared kind; none for any other kind."""
    found: Mapping[str, Code] = _data()["kinds"].get(kind, {})
    return found


def known_regions() -> tuple[str, ...]:
    return tuple(_data()["regions"])


def members(code: Code) -> Mapping[str, Code] | None:
    """Return the names below a structure with their codes; None for any other form."""
    if isinstance(code, int):
        found: Mapping[str, Code] = _data()["structures"][code]
        return found
    return code if isinstance(code, dict) else None


def entry(code: Code) -> Code | None:
    """Return the code of a list's entries; None for any other form."""
    return code[0] if isinstance(code, list) else None


def values(code: Code) -> tuple[str, ...] | None:
    """Return the values that AWS documents for a text; None for any other form."""
    if isinstance(code, str) and code[0] == "v":
        return tuple(_data()["values"][int(code[1:])])
    return None


def word_of(code: Code) -> str:
    """Return the type of a form, for error messages."""
    if isinstance(code, list):
        return "a list"
    words = {NUMBER: "a number", BOOLEAN: "true or false", TIME: "a time", SPAN: "a duration"}
    if isinstance(code, str | Choice):
        return words.get(code, "a text") if isinstance(code, str) else "a text"
    return "a structure"
