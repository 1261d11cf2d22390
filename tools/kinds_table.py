"""Writes docs/kinds.md, the table of all kinds, from their declarations; --check only compares."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from ebbtide.kind import Delete, Kind
from ebbtide.kinds import dependent_kinds, registry
from tools.generated import write_or_check

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "kinds.md"
INTRODUCTION = """\
# Kinds of resources

<!-- Written by tools/kinds_table.py from layers/common/ebbtide/kinds; `make docs` renews it. -->

Every kind is one declaration in `layers/common/ebbtide/kinds`. Where the configuration names
`volume`, it means every kind that has `volume` as a base kind. All that AWS answers is kept as
properties in snake_case; the promised fields are further names that all kinds of the same base kind
share.
"""


def text_of(kinds: list[Kind]) -> str:
    return "\n".join(
        [INTRODUCTION, *overview(kinds), "", *(line for k in kinds for line in part(k))]
    )


def overview(kinds: list[Kind]) -> Iterator[str]:
    yield f"## All {len(kinds)} kinds\n"
    yield "| kind | base kinds | scope | read by | deleted by |"
    yield "|---|---|---|---|---|"
    for kind in kinds:
        read = f"`{kind.list.service}.{kind.list.operation}`" if kind.list else "the collector"
        delete = f"`{kind.delete.call.operation}`" if kind.delete else "never"
        link = f"[`{kind.name}`](#{kind.name})"
        yield f"| {link} | {quoted(kind.bases)} | {kind.scope} | {read} | {delete} |"


def part(kind: Kind) -> Iterator[str]:
    """The section of one kind."""
    yield f"## {kind.name}\n"
    if kind.fields or kind.computed:
        yield f"- Promised fields: {quoted((*kind.fields, *kind.computed))}"
    related = sorted({relation.kind for relation in kind.relations})
    if related:
        yield f"- Related to: {quoted(related)}"
    if kind.delete:
        yield from deletion(kind, kind.delete)
    else:
        yield f"- Never deleted: {kind.undeletable}"
    for keep in kind.keep:
        yield f"- Kept when {keep.why}."
    yield ""


def deletion(kind: Kind, delete: Delete) -> Iterator[str]:
    first = sorted(dependent_kinds(kind.name))
    if first:
        yield f"- Deleted after: {quoted(first)}"
    if delete.prepare:
        steps = dict.fromkeys(step.call.operation for step in delete.prepare)
        yield f"- Before the deletion: {quoted(steps)}"
    yield f"- Must not have changed since the plan: {quoted(kind.fingerprint)}"
    if delete.note:
        yield f"- Note: {delete.note}"


def quoted(names: tuple[str, ...] | list[str] | dict[str, None]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def main(arguments: list[str]) -> int:
    text = text_of(sorted(registry().values(), key=lambda kind: kind.name)).rstrip("\n") + "\n"
    return write_or_check(__doc__, {TARGET: text}, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
