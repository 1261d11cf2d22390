"""Fit a table into the width of a terminal: leave out and shorten columns, but never an id."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

# Columns, so that a person can still tell the values apart.
SHORTEST = 16
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
    """The positions and widths of the columns that are shown, and the headers of those left out."""

    columns: tuple[int, ...]
    widths: tuple[int, ...]
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
    natural = [
        max(map(len, [label, *(row[at] for row in rows)])) for at, label in enumerate(header)
    ]
    least = [
        size if _is_rigid(label, at, rows) else min(size, max(SHORTEST, len(label)))
        for at, (size, label) in enumerate(zip(natural, header, strict=True))
    ]
    shown = list(range(len(header)))
    if rows and not fixed:
        filled = [at for at in shown if any(row[at] for row in rows)]
        shown = filled or shown
    left_out: list[str] = []
    while True:
        widths = _shortened([natural[at] for at in shown], [least[at] for at in shown], width)
        dropped = None if fixed or total(widths) <= width else _least(header, shown)
        if dropped is None:
            return Fitted(tuple(shown), tuple(widths), tuple(left_out))
        shown.remove(dropped)
        left_out.append(header[dropped])


def total(widths: Sequence[int]) -> int:
    """Return the width of a table whose columns have these widths."""
    return sum(widths) + GAP * (len(widths) - 1) + EDGES


def _is_rigid(label: str, at: int, rows: Sequence[Sequence[str]]) -> bool:
    return is_id(label) or all(_TIME.fullmatch(row[at]) for row in rows)


def _shortened(natural: list[int], least: list[int], width: int) -> list[int]:
    """Shorten the widest columns until the table fits, or until all are as short as they may be."""
    # The largest common width at which the table fits; each column gets no more than it needs.
    for most in range(max(natural, default=0), 0, -1):
        widths = [max(low, min(size, most)) for low, size in zip(least, natural, strict=True)]
        if total(widths) <= width:
            return widths
    return least


def _least(header: Sequence[str], shown: Sequence[int]) -> int | None:
    """Return the column to leave out next; None if only ids, or one more column, are left."""
    possible = [at for at in shown if not is_id(header[at])]
    if len(possible) <= 1:
        return None
    for label in _LEAST:
        for at in possible:
            if header[at] == label:
                return at
    return possible[-1]
