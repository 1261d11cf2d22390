"""The tables of plans, for the command and for the demonstration.

A full table has two lines for each resource, so that an id is never broken: it has a line to
itself if the line is too long. A brief table has one row for what belongs together, and names.
"""

from __future__ import annotations

import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ebbtide.model.price import amount
from ebbtide.report.words import kind_text
from ebbtide_cli.columns import UNKNOWN
from ebbtide_cli.output import one_line, spaced

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from ebbtide.model.resource import Subject
    from ebbtide.plan.model import Planned, Rejected

type Names = Mapping[str, str]

_OTHERS = (
    "wave",
    "part_of",
    "goes_with",
    "rules",
    "code",
    "reason",
    "blockers",
    "monthly",
    "owner",
)
_INDENT = " " * 6
# The header of the column of prices.
MONTHLY = "USD/month"
# In a brief table, a longer word of a resource is cut off instead of broken.
_LONGEST_WORD = 48
# Wrapping notes to less would not help anybody.
_NARROWEST = 40


@dataclass(frozen=True, slots=True)
class Block:
    """One resource: the cells before its id, its id and name, and what is to be said about it."""

    cells: tuple[str, ...]
    id: str
    name: str = ""
    notes: tuple[str, ...] = ()


def block_lines(header: Sequence[str], blocks: Sequence[Block], width: int) -> list[str]:
    """Return the lines of a full table; no id and no word is broken, whatever the width."""
    cells_of = [tuple(map(one_line, block.cells)) for block in blocks]
    rows = [tuple(header), *cells_of]
    widths = [max(len(row[place]) for row in rows) for place in range(len(header))]

    def prefix(cells: Sequence[str]) -> str:
        padded = (text.ljust(size) for text, size in zip(cells, widths, strict=True))
        return "".join(f"{text}  " for text in padded)

    lines = [f"{prefix(header)}resource"]
    for block, cells in zip(blocks, cells_of, strict=True):
        before, label = prefix(cells), one_line(block.id)
        if len(before) + len(label) > width:
            lines.append(before.rstrip())
            before = _INDENT[:4]
        lines.append(before + label)
        name = one_line(block.name)
        if name and name != label:
            if len(lines[-1]) + len(name) + 3 <= width:
                lines[-1] += f" ({name})"
            else:
                lines += wrapped(f"({name})", width)
        for note in block.notes:
            lines += wrapped(note, width)
    return lines


def wrapped(text: str, width: int, indent: str = _INDENT) -> list[str]:
    """Return a text in indented lines that break only between words."""
    return textwrap.wrap(
        one_line(text),
        max(width, _NARROWEST),
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def planned_block(entry: Planned, names: Names, *, details: bool = False) -> Block:
    """Return a resource that goes, with the rules and the reason, and what it goes with."""
    subject = entry.subject
    notes = [f"{', '.join(entry.rules)}: {entry.reason}"]
    if entry.part_of:
        notes.append(f"stays with {entry.part_of}, as a part of it")
    if entry.goes_with and entry.goes_with not in entry.reason:
        notes.append(f"AWS deletes it together with {entry.goes_with}")
    if entry.stays:
        notes.append(f"stays: {entry.stays}")
    notes += [f"breaks {one.user or one.kind}: {one.why}" for one in entry.breaks]
    if details:
        notes += _details(entry)
    place = (account_text(subject, names), subject.region, subject.kind)
    cells = (str(entry.wave), *place, price_text(entry.monthly))
    return Block(cells, subject.id, subject.name, tuple(notes))


def price_text(monthly: float | None) -> str:
    """Return a monthly price for a table; an unknown one is neither empty nor 0."""
    return UNKNOWN if monthly is None else amount(monthly).partition(" ")[0]


def _details(entry: Planned) -> list[str]:
    facts = [
        f"{name}={spaced(value)}" for found in entry.facts.values() for name, value in found.items()
    ]
    lists = {
        "facts": facts,
        "after": entry.after,
        "prepared after": entry.prepared_after,
        "needed by": entry.needed_by,
        "evidence": evidence_texts(entry.evidence),
        "tags": [f"{key}={value}" for key, value in entry.tags.items()],
    }
    # It reads the declarations of all restorations.
    from ebbtide_cli.restoring.registry import restorable

    notes = [f"{name}: {'; '.join(found)}" for name, found in lists.items() if found]
    return [*notes, f"once deleted: {restorable(entry.subject.kind)}"]


def evidence_texts(proofs: Iterable[str]) -> list[str]:
    """Return proofs such as `eu-west-1/aws_vpc: complete` with the kinds of a region together."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for proof in proofs:
        place, _, state = proof.partition(": ")
        region, _, kind = place.partition("/")
        groups[region, state].append(kind)
    return [f"{state} in {region}: {', '.join(kinds)}" for (region, state), kinds in groups.items()]


def rejected_block(entry: Rejected, names: Names) -> Block:
    """Return a resource that stays, with the reason, what keeps it, and what selected it."""
    subject = entry.subject
    notes = [entry.reason]
    # A graph id ends in the resource's own id, which most reasons name.
    unnamed = [name for name in entry.blockers if name.split("/", 3)[-1] not in entry.reason]
    if unnamed:
        notes.append(f"kept by {', '.join(unnamed)}")
    if entry.selected_because:
        notes.append(f"selected by {', '.join(entry.rules)}: {entry.selected_because}")
    place = (account_text(subject, names), subject.region, subject.kind)
    cells = (entry.code, *place, price_text(entry.monthly))
    return Block(cells, subject.id, subject.name, tuple(notes))


def account_text(subject: Subject, names: Names) -> str:
    return names.get(subject.account) or subject.account


def bare_table(title: str, *columns: str) -> Table:
    """Return an empty table without lines."""
    from rich.table import Table

    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=None,
        padding=(0, 1),
        collapse_padding=True,
        pad_edge=False,
    )
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def label(subject: Subject) -> str:
    """Return a resource in plain words: `volume data`."""
    name = subject.id.rpartition("/")[2] if "://" in subject.id else subject.name or subject.id
    if len(name) > _LONGEST_WORD:
        name = f"{name[: _LONGEST_WORD - 1]}…"
    return one_line(f"{kind_text(subject.kind)} {name}")


def brief_plan(console: Console, entries: Sequence[Planned], names: Names) -> None:
    """Show the planned resources with their wave, rule and reason.

    The next wave waits until the resources of the previous one are gone. One row stands for the
    parts of a whole, and for one resource in several regions.
    """
    from rich.text import Text

    deleted = [entry for entry in entries if entry.action == "delete"]
    wholes = {entry.subject.graph_id: label(entry.subject) for entry in entries}
    title = (
        f"\nThe plan: {len(deleted)} resources to delete, and {len(entries) - len(deleted)} that "
        "AWS deletes with them"
    )
    table = bare_table(title, "wave", "account", "rule", "resource", "because")
    for _, found in sorted(_groups(deleted).items()):
        first = found[0]
        texts = (
            *(_waves(found), account_text(first.subject, names), first.rules[0]),
            *(_in_short(found, wholes), first.reason),
        )
        table.add_row(*(Text(one_line(text)) for text in texts))
    words = [word for entry in deleted for word in label(entry.subject).split()]
    table.columns[3].min_width = max(map(len, words), default=0)
    console.print(table)


def _groups(entries: Iterable[Planned]) -> dict[tuple[str, ...], list[Planned]]:
    """Group entries that differ only in their region, and entries that are parts of one whole."""
    groups: dict[tuple[str, ...], list[Planned]] = defaultdict(list)
    for entry in entries:
        subject = entry.subject
        what = (entry.part_of,) if entry.part_of else (subject.kind, subject.name or subject.id)
        groups[subject.account, entry.rules[0], *what].append(entry)
    return groups


def _in_short(entries: Sequence[Planned], wholes: Mapping[str, str]) -> str:
    """Return a label for one resource, one in several regions, or the parts of one whole."""
    first = entries[0]
    if len(entries) == 1:
        return label(first.subject)
    if first.part_of:
        return f"{len(entries)} parts of {wholes.get(first.part_of, first.part_of)}"
    return f"{label(first.subject)} x{len(entries)}"


def _waves(entries: Iterable[Planned]) -> str:
    waves = sorted({entry.wave for entry in entries})
    return str(waves[0]) if len(waves) == 1 else f"{waves[0]}-{waves[-1]}"


def brief_rejected(console: Console, title: str, entries: Sequence[Rejected], names: Names) -> None:
    """Show what stays: one row for each account and reason code."""
    from rich.text import Text

    groups: dict[tuple[str, str], list[Rejected]] = defaultdict(list)
    for entry in entries:
        groups[entry.code, account_text(entry.subject, names)].append(entry)
    table = bare_table(f"\n{title}: {len(entries)} resources", "reason", "account", "resources")
    for (code, account), found in sorted(groups.items()):
        texts = (code, account, enumerated(found))
        table.add_row(*(Text(one_line(text)) for text in texts))
    console.print(table)


def enumerated(entries: Iterable[Rejected]) -> str:
    """Return resources in plain words, those of one name once."""
    counts = Counter(label(entry.subject) for entry in entries)
    return ", ".join(f"{text} x{n}" if n > 1 else text for text, n in counts.items())


def planned_row(outcome: str, entry: Planned, names: Names) -> dict[str, Any]:
    """Return a resource that goes as one row; every row has the same names."""
    found = _row(outcome, entry.subject, names)
    order = {"wave": entry.wave, "part_of": entry.part_of, "goes_with": entry.goes_with}
    reason = f"{entry.reason}; stays: {entry.stays}" if entry.stays else entry.reason
    prices = {"monthly": _known(entry.monthly), "owner": entry.owner}
    return {**found, **order, "rules": ", ".join(entry.rules), "reason": reason, **prices}


def rejected_row(outcome: str, entry: Rejected, names: Names) -> dict[str, Any]:
    """Return a resource that stays as one row."""
    return {
        **_row(outcome, entry.subject, names),
        "rules": ", ".join(entry.rules),
        "code": entry.code,
        "reason": entry.reason,
        "blockers": ", ".join(entry.blockers) or None,
        "monthly": _known(entry.monthly),
    }


def _known(monthly: float | None) -> float | str:
    return UNKNOWN if monthly is None else monthly


def _row(outcome: str, subject: Subject, names: Names) -> dict[str, Any]:
    return {
        "outcome": outcome,
        "account": account_text(subject, names),
        "region": subject.region,
        "kind": subject.kind,
        "id": subject.id,
        "name": subject.name,
        **dict.fromkeys(_OTHERS),
    }
