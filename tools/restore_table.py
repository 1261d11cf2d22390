"""Write docs/restoring.md from the declarations of restorations; --check only compares."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from ebbtide.kinds import declared_in, registry
from ebbtide.model.call import Call
from ebbtide_cli.restoring.model import WAYS, Lost, Restoration
from ebbtide_cli.restoring.registry import restoration_of
from tools.generated import write_or_check

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "restoring.md"
INTRODUCTION = """\
# What can be restored

<!-- Written by tools/restore_table.py from cli/ebbtide_cli/restoring/declared/. -->

`ebbtide cleanup restore RUN ID` brings back what a run deleted
([operations.md](operations.md#restoring)), with your own credentials. This page says for each kind
that Ebbtide can delete how it comes back, and what does not. `plan show --details` and `plan
explain` say the same before the deletion.

- *window*: AWS keeps the resource for a time; the call takes its deletion back.
- *bin*: from the Recycle Bin of EC2, if a retention rule of yours covered the resource when it was
  deleted.
- *copy*: from the final snapshot of the deletion, or from a backup that AWS keeps.
- *create*: by the calls that create it, with the stored description.
"""


def text_of() -> str:
    """Return the page: how many kinds come back in which way, and a table of them and the rest."""
    found = {name: restoration_of(name) for name in sorted(deletable())}
    there = {name: one for name, one in found.items() if isinstance(one, Restoration)}
    lost = {name: one for name, one in found.items() if isinstance(one, Lost)}
    lines = [*summary(there, len(found)), "", *restored(there), "", *not_restored(lost)]
    return INTRODUCTION + "\n" + "\n".join(lines).rstrip("\n") + "\n"


def deletable() -> list[str]:
    return [kind.name for kind in registry().values() if kind.delete is not None]


def summary(found: dict[str, Restoration], count: int) -> Iterator[str]:
    yield f"## {len(found)} of {count} kinds\n"
    yield "| way | kinds |"
    yield "| --- | --- |"
    for way in WAYS:
        yield f"| {way} | {sum(one.way == way for one in found.values())} |"


def restored(found: dict[str, Restoration]) -> Iterator[str]:
    yield "| kind | way | id | calls | not restored |"
    yield "| --- | --- | --- | --- | --- |"
    for name, one in found.items():
        calls = ", ".join(dict.fromkeys(f"`{call.operation}`" for call in calls_of(one)))
        condition = f" Not if {one.unless}." if one.unless else ""
        id = "same" if one.keeps_id else "new"
        yield f"| {linked(name)} | {one.way} | {id} | {calls} | {one.lost}{condition} |"


def calls_of(found: Restoration) -> Iterator[Call]:
    yield from found.instead.values()
    yield found.call
    yield from (follow.call for follow in found.then)


def not_restored(found: dict[str, Lost]) -> Iterator[str]:
    """Yield the kinds that do not come back, by reason."""
    yield "## Kinds that Ebbtide cannot restore\n"
    yield "| reason | kinds |"
    yield "| --- | --- |"
    for why in dict.fromkeys(one.why for one in found.values()):
        kinds = ", ".join(linked(name) for name, one in found.items() if one.why == why)
        yield f"| {why[0].upper()}{why[1:]} | {kinds} |"


def linked(kind: str) -> str:
    return f"[`{kind}`](kinds/{declared_in()[kind]}.md#{kind})"


def main(arguments: list[str]) -> int:
    return write_or_check(__doc__, {TARGET: text_of()}, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
