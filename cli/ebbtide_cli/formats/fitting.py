"""Fit a table into the width of a terminal: leave out and shorten columns, but never an id.

Sentences are wrapped between words, and single words are shortened.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

# Columns, so that a person can still tell the values apart.
SHORTEST = 16
NARROWEST = 24  # of a column of sentences
# Between two columns of the table, and at both its edges together.
GAP, EDGES = 3, 2
# The last name of a column whose values people copy into the next command.
_IDS = frozenset(
    {"arn", "approval", "graph_id", "hash", "id", "job", "key", "last_run", "plan", "run", "run_id"}
)
# What a table can do without, the least important first; then those furthest to the right.
_LEAST = ("cloud", "timezone", "zone", "cron", "name", "age", "search", "region")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z|")
_FRACTION = re.compile(r"(?<=\d{2}:\d{2}:\d{2})\.\d+(?=Z)")


@dataclass(frozen=True, slots=True)
class Fitted:
    """The columns that are shown, by position, and the headers of those that are left out.

    `wraps` says of each column whether its sentences go on in the next line.
    """

    columns: tuple[int, ...]
    widths: tuple[int, ...]
    wraps: tuple[bool, ...]
    left_out: tuple[str, ...] = ()


def is_id(label: str) -> bool:
    """Return whether a column has ids, which are copied and so never shortened."""
    return re.split(r"[./]", label)[-1] in _IDS


def compact(text: str) -> str:
    """Return a text for a table, without the fractions of seconds in times."""
    return _FRACTION.sub("", text)


def without_repeats(header: Sequence[str], rows: list[list[str]]) -> list[list[str]]:
    """Return the rows without names that only repeat the id beside them."""
    if "id" not in header or "name" not in header:
        return rows
    id_at, name_at = header.index("id"), header.index("name")
    return [
        ["" if at == name_at and row[id_at] == value else value for at, value in enumerate(row)]
        for row in rows
    ]


def fitted(
    header: Sequence[str], rows: Sequence[Sequence[str]], width: int, *, fixed: bool = False
) -> Fitted:
    """Choose columns and widths; with `fixed`, the user named the columns, and none is left out.

    If the ids alone are wider than the terminal, so is the table.
    """
    # Only tables need rich, which takes time to import.
    from rich.cells import cell_len

    columns = [[label, *(row[at] for row in rows)] for at, label in enumerate(header)]
    natural = [max(map(cell_len, column)) for column in columns]
    ids = [_identifies(label, header) for label in header]
    sentences = [_has_sentences(column, id) for column, id in zip(columns, ids, strict=True)]
    least = [
        size if id else _least_width(column, size, sentence=sentence)
        for column, size, id, sentence in zip(columns, natural, ids, sentences, strict=True)
    ]
    shown = list(range(len(header)))
    if rows and not fixed:
        filled = [at for at in shown if any(row[at] for row in rows)]
        shown = filled or shown
    left_out: list[str] = []
    while True:
        widths = _shortened([natural[at] for at in shown], [least[at] for at in shown], width)
        dropped = None if fixed or total(widths) <= width else _least(header, shown, ids, sentences)
        if dropped is None:
            wraps = tuple(sentences[at] for at in shown)
            return Fitted(tuple(shown), tuple(widths), wraps, tuple(left_out))
        shown.remove(dropped)
        left_out.append(header[dropped])


def total(widths: Sequence[int]) -> int:
    """Return the width of a table whose columns have these widths."""
    return sum(widths) + GAP * (len(widths) - 1) + EDGES


def _identifies(label: str, header: Sequence[str]) -> bool:
    """Return whether a column has ids; without any column `id`, names are what people copy."""
    return is_id(label) or (label == "name" and "id" not in header)


def _has_sentences(column: Sequence[str], is_key: bool) -> bool:
    return not is_key and any(" " in text and len(text) > NARROWEST for text in column)


def _least_width(column: Sequence[str], natural: int, *, sentence: bool) -> int:
    """Return the width below which a column would break an id or read badly."""
    label, *values = column
    if all(map(_TIME.fullmatch, values)):
        return natural
    if sentence:
        longest = max(len(word) for text in column for word in [*text.split(), ""])
        return max(longest, min(natural, NARROWEST))
    return min(natural, max(SHORTEST, len(label)))


def _shortened(natural: list[int], least: list[int], width: int) -> list[int]:
    """Shorten the widest columns until the table fits, or until all are as short as they may be."""
    # The largest common width at which the table fits; each column gets no more than it needs.
    for most in range(max(natural, default=0), 0, -1):
        widths = [max(low, min(size, most)) for low, size in zip(least, natural, strict=True)]
        if total(widths) <= width:
            return widths
    return least


def _least(
    header: Sequence[str], shown: Sequence[int], ids: Sequence[bool], sentences: Sequence[bool]
) -> int | None:
    """Return the column to leave out next; None if only ids, or one more column, are left."""
    possible = [at for at in shown if not ids[at]]
    if len(possible) <= 1:
        return None
    for label in _LEAST:
        for at in possible:
            if header[at] == label:
                return at
    return next((at for at in reversed(possible) if not sentences[at]), possible[-1])
