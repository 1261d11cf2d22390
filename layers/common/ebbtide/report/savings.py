"""What deletions have saved, from ledgers, beside what the last plan would save."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import fsum
from typing import Any

from ebbtide.base.clock import from_text
from ebbtide.model.savings import NOBODY, Money, Saved
from ebbtide.report.deletions import Deletion

# The hours of a month, by which AWS computes monthly prices.
HOURS = 730.0


@dataclass(frozen=True, slots=True)
class Row:
    """The savings of one rule, account, owner or kind, or of all.

    `realised` is of what is gone, and `so_far` what that has saved since it is gone, in USD: an
    estimate; None if no price of it is known. `planned` is of what the last plan would delete.
    """

    name: str
    realised: Money
    so_far: float | None
    planned: Money


def once(deletions: Iterable[Deletion]) -> list[Deletion]:
    """Return what is gone, each resource once, by its last deletion.

    What has the same id may have been made again and deleted again. It saves from then on.
    """
    found: dict[str, Deletion] = {}
    for one in sorted(deletions, key=lambda one: one.at):
        if one.ending == "gone":
            found[one.graph_id] = one
    return list(found.values())


def rows(
    part: str, gone: Iterable[Deletion], planned: Mapping[str, Any] | None, moment: datetime
) -> list[Row]:
    """Return the savings by rule, account, owner or kind, the largest realised ones first.

    `planned` are the savings of a plan's summary; None without a plan.
    """
    by_name: dict[str, list[Deletion]] = {}
    for one in gone:
        by_name.setdefault(getattr(saved_by(one), part), []).append(one)
    plans = (planned or {}).get("by", {}).get(part, {})
    found = [
        _row(name, by_name.get(name, []), plans.get(name), moment)
        for name in sorted({*by_name, *plans})
    ]
    return sorted(found, key=lambda row: (-row.realised.monthly, -row.planned.monthly, row.name))


def total(gone: Iterable[Deletion], planned: Mapping[str, Any] | None, moment: datetime) -> Row:
    """Return the savings of all."""
    return _row("", list(gone), planned, moment)


def _row(
    name: str, gone: list[Deletion], planned: Mapping[str, Any] | None, moment: datetime
) -> Row:
    realised = Money.of(one.monthly for one in gone)
    so_far = None if realised.known is None else round(fsum(_so_far(gone, moment)), 2)
    return Row(name, realised, so_far, Money.from_json(planned))


def _so_far(gone: Iterable[Deletion], moment: datetime) -> Iterator[float]:
    for one in gone:
        seconds = max(0.0, (moment - from_text(one.at)).total_seconds())
        if one.monthly is not None:
            yield one.monthly / HOURS * seconds / 3600


def saved_by(one: Deletion) -> Saved:
    """Return what a deletion saves, and what it counts for."""
    rule = next(iter(one.rules), NOBODY)
    return Saved(one.monthly, rule, one.account, one.owner or NOBODY, one.kind)
