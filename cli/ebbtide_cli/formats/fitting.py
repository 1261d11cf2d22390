"""Fit a table into the width of a terminal, so that everything that people copy stays whole.

Only names, and columns that the user named, are cut. A longer id has a line to itself below its
row, as in `df`; so have sentences that would be too narrow, and both begin with their header.
If that is not enough, columns are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# Columns, so that a person can still tell the values apart.
SHORTEST = 16
NARROWEST = 24  # of a column of sentences
GAP = 2  # between two columns
# Ids that are longer have a line to themselves: the first limit keeps UUIDs and the names of runs
# in their column, the second one most ids of EC2.
_LIMITS = (36, 26)
# The last name of a column whose values people copy into the next command.
_IDS = frozenset(
    {"arn", "approval", "graph_id", "hash", "id", "job", "key", "last_run", "plan", "run", "run_id"}
)
# What looks like an id, whatever its column is called: an ARN, an account, a graph id, a kind, a
# permission, and ids as EC2 and IAM make them.
_LOOKS = re.compile(
    r"arn:\S+|\d{12}(/\S+)?|aws_\w+|[a-z0-9-]+:[A-Z]\w+|[a-z]+-[0-9a-f]{8,}\S*|A[A-Z]{3}[A-Z0-9]{12,}"
)
# What a table can do without, the least important first; then those furthest to the right.
_LEAST = (
    *("key", "cloud", "optional", "timezone", "zone", "cron", "size", "usd", "took", "resources"),
    *("age", "workflow", "search", "name", "ending", "region", "run"),
)
_FRACTION = re.compile(r"(?<=\d{2}:\d{2}:\d{2})\.\d+(?=Z)")


@dataclass(frozen=True, slots=True)
class Fitted:
    """The columns that are shown, by position, and the headers of those that are left out.

    `wraps` says of each column whether its sentences go on in the next line, `cuts` whether its
    words may be cut. `below` are the columns that have lines below each row.
    """

    columns: tuple[int, ...]
    widths: tuple[int, ...]
    wraps: tuple[bool, ...]
    cuts: tuple[bool, ...]
    below: tuple[int, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """The width of the rows, without the lines below them."""
        return total(self.widths)


@dataclass(frozen=True, slots=True)
class _Column:
    label: str
    sizes: tuple[int, ...]  # of the header and the cells
    longest_word: int
    wraps: bool
    cuts: bool
    key: bool  # people copy its values
    kept: bool  # never left out

    def widest(self, limit: int | None) -> int:
        """Return the width at which all cells fit, or all that are not longer than the limit."""
        if limit is None or self.cuts or self.wraps:
            return max(self.sizes)
        return max([self.sizes[0], *(size for size in self.sizes[1:] if size <= limit)])

    def narrowest(self, limit: int | None) -> int:
        """Return the width below which the column would break an id or read badly."""
        widest = self.widest(limit)
        if self.wraps:
            return max(self.longest_word, self.sizes[0], min(widest, NARROWEST))
        return min(widest, max(SHORTEST, self.sizes[0])) if self.cuts else widest


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

    Only if what may not be left out is wider than the terminal, so is the table.
    """
    columns = [_column(label, at, header, rows, fixed=fixed) for at, label in enumerate(header)]
    shown = list(range(len(header)))
    if rows and not fixed:
        shown = [at for at in shown if any(row[at] for row in rows)] or shown
    left_out: list[str] = []
    while True:
        for found in _layouts(columns, shown, tuple(left_out), width):
            if found.total <= width:
                return found
        dropped = None if fixed else _least(columns, shown)
        if dropped is None:
            return found
        shown.remove(dropped)
        left_out.append(header[dropped])


def total(widths: Sequence[int]) -> int:
    """Return the width of a table whose columns have these widths."""
    return sum(widths) + GAP * max(len(widths) - 1, 0)


def _column(
    label: str, at: int, header: Sequence[str], rows: Sequence[Sequence[str]], *, fixed: bool
) -> _Column:
    # Only tables need rich, which takes time to import.
    from rich.cells import cell_len

    cells = [row[at] for row in rows]
    # Without any column `id`, names are what people copy.
    key = is_id(label) or (label == "name" and "id" not in header)
    wraps = not key and any(" " in text and len(text) > NARROWEST for text in cells)
    whole = key or any(map(_LOOKS.fullmatch, cells)) or not (fixed or label == "name")
    return _Column(
        label,
        tuple(map(cell_len, [label, *cells])),
        max((cell_len(word) for text in cells for word in text.split()), default=0),
        wraps=wraps,
        cuts=not (whole or wraps),
        key=key,
        # The first column says what a row is about.
        kept=at == 0 or (key and label != "key" and (label != "run" or "id" not in header)),
    )


def _layouts(
    columns: Sequence[_Column], shown: Sequence[int], left_out: tuple[str, ...], width: int
) -> Iterator[Fitted]:
    """Yield ways to show these columns, the one that reads best first."""
    sentences = tuple(at for at in shown if columns[at].wraps)
    ways: list[tuple[tuple[int, ...], int | None]] = [((), None), ((), _LIMITS[0])]
    if len(sentences) < len(shown):
        ways += [(sentences, limit) for limit in (None, *_LIMITS)]
    for below, limit in ways:
        beside = tuple(at for at in shown if at not in below)
        yield Fitted(
            beside,
            tuple(_shortened([columns[at] for at in beside], limit, width)),
            tuple(columns[at].wraps for at in beside),
            tuple(columns[at].cuts for at in beside),
            below,
            left_out,
        )


def _shortened(columns: Sequence[_Column], limit: int | None, width: int) -> list[int]:
    """Shorten the widest columns until the table fits, or until all are as short as they may be."""
    widest = [column.widest(limit) for column in columns]
    narrowest = [column.narrowest(limit) for column in columns]
    # The largest common width at which the table fits; each column gets no more than it needs.
    for most in range(max(widest, default=0), 0, -1):
        widths = [max(low, min(size, most)) for low, size in zip(narrowest, widest, strict=True)]
        if total(widths) <= width:
            return widths
    return narrowest


def _least(columns: Sequence[_Column], shown: Sequence[int]) -> int | None:
    """Return the column to leave out next; None if only ids, or one more column, are left."""
    possible = [at for at in shown if not columns[at].kept]
    # The first column is kept whatever it has.
    others = [at for at in shown if columns[at].kept and not columns[at].key]
    if not possible or len(possible) + len(others) <= 1:
        return None
    for label in _LEAST:
        for at in possible:
            if columns[at].label == label:
                return at
    return next((at for at in reversed(possible) if not columns[at].wraps), possible[-1])
