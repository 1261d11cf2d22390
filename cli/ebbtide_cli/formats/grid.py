"""Write the lines of a table that fitting.py has fitted into a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ebbtide_cli.formats.fitting import GAP, NARROWEST, Fitted

# In front of what stands below a row.
_INDENT = " " * 4


def grid_lines(
    header: Sequence[str], rows: Sequence[Sequence[str]], shown: Fitted, width: int
) -> Iterator[str]:
    """Yield the header, a rule, and for each row a line, or more if some of it does not fit."""
    places = range(len(shown.columns))
    yield _line([header[at] for at in shown.columns], shown.widths)
    yield "-" * shown.total
    for row in rows:
        cells = [_cell(row[shown.columns[place]], shown, place) for place in places]
        below = list(_below(row, shown, cells))
        if shown.columns and shown.columns[0] in below:
            # What a row begins with goes before the rest of it, as in `df`.
            yield row[below.pop(0)]
        for number in range(max(map(len, cells), default=0)):
            line = (lines[number] if number < len(lines) else "" for lines in cells)
            if text := _line(list(line), shown.widths):
                yield text
        for at in sorted(below):
            yield from _wrapped_below(header[at], row[at], width)


def wrapped(text: str, width: int) -> list[str]:
    """Return the lines of a text, which break only between words; none for one without words."""
    from rich.cells import cell_len

    lines: list[str] = []
    size = width + 1
    for word in text.split():
        length = cell_len(word)
        if size + 1 + length > width:
            lines.append(word)
            size = length
        else:
            lines[-1] += f" {word}"
            size += 1 + length
    return lines


def _cell(text: str, shown: Fitted, place: int) -> list[str]:
    """Return the lines of a cell; none for an id that stands below the row."""
    from rich.cells import cell_len, set_cell_size

    width = shown.widths[place]
    if shown.wraps[place]:
        return wrapped(text, width)
    if cell_len(text) <= width:
        return [text]
    return [f"{set_cell_size(text, width - 1)}…"] if shown.cuts[place] else []


def _below(row: Sequence[str], shown: Fitted, cells: Sequence[Sequence[str]]) -> Iterator[int]:
    """Yield the columns of a row that do not fit into it, or never stand in it."""
    # A name can consist of spaces; there is nothing to show of it.
    yield from (
        at for at, cell in zip(shown.columns, cells, strict=True) if row[at].strip() and not cell
    )
    yield from (at for at in shown.below if row[at].strip())


def _wrapped_below(label: str, text: str, width: int) -> Iterator[str]:
    """Yield a text with its header; only its first line is indented less."""
    first, *more = wrapped(text, max(width - 2 * len(_INDENT) - len(label), NARROWEST))
    yield f"{_INDENT}{label}: {first}"
    yield from (f"{_INDENT * 2}{line}" for line in more)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    from rich.cells import cell_len

    padded = (
        f"{text}{' ' * (size - cell_len(text))}" for text, size in zip(cells, widths, strict=True)
    )
    return (" " * GAP).join(padded).rstrip()
