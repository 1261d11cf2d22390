"""`ebbtide savings`: what deletions save, and what the last plan would save."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ebbtide.base.clock import now, to_text
from ebbtide.model.price import amount
from ebbtide.model.savings import NOBODY, PARTS
from ebbtide.report.savings import Row, once, rows, total
from ebbtide_cli.accounts import account_names
from ebbtide_cli.columns import UNKNOWN
from ebbtide_cli.errors import UsageError
from ebbtide_cli.formats import DOCUMENTS, usual_format
from ebbtide_cli.formats.documents import write_documents
from ebbtide_cli.ledger_report import Chosen, Wanted, deletions
from ebbtide_cli.output import inform
from ebbtide_cli.planned_runs import Decided, last_planned
from ebbtide_cli.progress import watched
from ebbtide_cli.results import write_records
from ebbtide_cli.sources import Source
from ebbtide_cli.summary import counted_as

USUAL_PERIOD = "30d"
_NUMBERS = ("deleted", "monthly", "unpriced", "saved_so_far", "planned", "planned_monthly",
            "planned_unpriced")  # fmt: skip
_NONE = "none"


def write_savings(source: Source, since: str, by: str, format: str | None) -> None:
    """Write one row per rule, account, owner or kind, and the sums to stderr.

    Raises UsageError for a division or a period that there is not.
    """
    if by not in PARTS:
        raise UsageError(f"unknown division {by!r}; give one of {', '.join(PARTS)}")
    form, moment = format or usual_format(), now()
    with watched(source.open()) as store:
        names = account_names(store)
        chosen = Chosen.of(Wanted(since=since, endings=("gone",)), names, moment)
        gone, decided = once(deletions(store, chosen)), last_planned(store)
        store.stop()
    planned = None if decided is None else decided.summary.get("savings")
    found = rows(by, gone, planned, moment)
    records = [_record(row, by, names) for row in found]
    if form in DOCUMENTS:
        write_documents(form, records)
    else:
        shown = ([_shown(value) for value in one.values()] for one in records)
        write_records(form, [by, *_NUMBERS], shown)
    assert chosen.start is not None
    for line in _summary(total(gone, planned, moment), decided, to_text(chosen.start)):
        inform(line)


def _record(row: Row, by: str, names: Mapping[str, str]) -> dict[str, Any]:
    name = _NONE if row.name == NOBODY else row.name
    if by == "account":
        name = names.get(name) or name
    values = (
        row.realised.resources,
        row.realised.known,
        row.realised.unknown,
        row.so_far,
        row.planned.resources,
        row.planned.known,
        row.planned.unknown,
    )
    return {by: name, **dict(zip(_NUMBERS, values, strict=True))}


def _shown(value: Any) -> Any:
    return UNKNOWN if value is None else value


def _summary(all_of_it: Row, decided: Decided | None, since: str) -> list[str]:
    gone = all_of_it.realised
    text = f"{counted_as(gone.resources, 'resource')} deleted since {since}"
    if gone.resources:
        text += f", which saves {gone.words}"
    lines = [f"{text}."]
    if gone.resources and all_of_it.so_far is not None:
        lines.append(
            f"Saved so far, estimated from list prices since each was deleted: about "
            f"{amount(all_of_it.so_far)}."
        )
    if decided is None:
        return [*lines, "No plan was made yet."]
    planned = all_of_it.planned
    would = f"would save {planned.words}" if planned.resources else "has no prices to sum up"
    return [*lines, f"The plan of run {decided.run_id} {would}."]
