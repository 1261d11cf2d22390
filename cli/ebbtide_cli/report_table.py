"""The plan of a report as a table, one row for each entry, with everything that is known of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ebbtide.base.clock import to_text

COLUMNS = (
    "list", "account", "account_name", "region", "kind", "id", "name", "arn", "owner", "creator",
    "created", "monthly", "currency", "rules", "reason", "selected_because", "code", "evidence",
    "wave", "after", "held", "approved", "ending", "ending_reason",
)  # fmt: skip
# Between several texts in one cell.
_BETWEEN = "; "

type Document = Mapping[str, Any]


def plan_rows(data: Document) -> Iterator[list[Any]]:
    """Yield the cells of each entry, in the order of COLUMNS; what is unknown is None."""
    for entry in data["plan"]:
        cells = _resource(data, entry["resource"]) | _decision(data, entry)
        # An entry knows the price at the time of planning.
        cells["monthly"] = entry["monthly"]
        cells["currency"] = None if entry["monthly"] is None else data["currency"]
        yield [cells[name] for name in COLUMNS]


def _resource(data: Document, place: int) -> dict[str, Any]:
    columns, names = data["resources"], data["names"]
    account, account_name = names["accounts"][columns["account"][place]]
    owner, created = columns["owner"][place], columns["created"][place]
    return {
        "account": account,
        "account_name": account_name or None,
        "region": names["regions"][columns["region"][place]],
        "kind": names["kinds"][columns["kind"][place]],
        "id": columns["id"][place],
        "name": columns["name"][place],
        "arn": columns["arn"][place],
        "owner": None if owner < 0 else names["owners"][owner],
        "creator": columns["creator"][place] or None,
        "created": None if created is None else to_text(datetime.fromtimestamp(created, UTC)),
    }


def _decision(data: Document, entry: Document) -> dict[str, Any]:
    ids = data["resources"]["id"]
    return {
        **{name: entry[name] for name in ("list", "wave", "approved", "ending")},
        **{
            name: entry[name] or None
            for name in ("reason", "selected_because", "code", "held", "ending_reason")
        },
        "rules": ", ".join(entry["rules"]),
        "evidence": _BETWEEN.join(entry["evidence"]) or None,
        "after": _BETWEEN.join(ids[place] for place in entry["after"]) or None,
    }
