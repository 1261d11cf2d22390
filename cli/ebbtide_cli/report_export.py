"""Export the report of a run: the page, its plan as CSV or a spreadsheet, or its data as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from ebbtide.base.errors import MissingError
from ebbtide.report.data import MOST_RESOURCES, report_data
from ebbtide.store.keys import RunKeys
from ebbtide.store.readable import Readable
from ebbtide_cli.errors import SourceError, UsageError
from ebbtide_cli.formats.rows import write_rows
from ebbtide_cli.output import chosen_file, inform, to_terminal
from ebbtide_cli.progress import watched
from ebbtide_cli.report_files import last_reported, last_run, reported_run, require_run
from ebbtide_cli.report_table import COLUMNS, plan_rows
from ebbtide_cli.sources import Source
from ebbtide_cli.spreadsheet import require_spreadsheets, spreadsheet
from ebbtide_cli.summary import counted_as

type Document = Mapping[str, Any]

_SUFFIXES = {".csv": "csv", ".xlsx": "xlsx", ".json": "json"}


def export_report(source: Source, run_id: str | None, format: str | None) -> None:
    """Write the stored page, or what the report of a run shows in another format."""
    chosen = format or _usual_format()
    _require_file(chosen, ("html", "xlsx"))
    if chosen == "xlsx":
        require_spreadsheets()
    with watched(source.open()) as store:
        if chosen == "html":
            key = RunKeys(reported_run(store, run_id)).report
            text = store.read_text(key)
            store.stop()
            sys.stdout.write(text)
            return
        run_id = _chosen_run(store, run_id)
        data = _data(store, source, run_id, _most(store, run_id))
        store.stop()
    _write(chosen, data)


def build_report(source: Source, run_id: str | None) -> None:
    """Write the page of a run, made from its other files."""
    from ebbtide.report.page import page

    _require_file("html", ("html",))
    with watched(source.open()) as store:
        if run_id is not None:
            require_run(store, run_id)
        data = _data(store, source, run_id or last_run(store), MOST_RESOURCES)
        store.stop()
    sys.stdout.write(page(data))


def _data(store: Readable, source: Source, run_id: str, most: int) -> Document:
    """Return the data of a report. Raises SourceError if the snapshot of the run is missing."""
    try:
        return report_data(store, run_id, region=source.region or "", most=most)
    except MissingError as error:
        raise SourceError(
            f"run {run_id} has lost its snapshot, which has expired or is not in this copy: {error}"
        ) from error


def _usual_format() -> str:
    path = chosen_file()
    return "html" if path is None else _SUFFIXES.get(path.suffix.lower(), "html")


def _require_file(format: str, kinds: tuple[str, ...]) -> None:
    """Raise UsageError if a terminal would get what is not for people to read."""
    if format in kinds and chosen_file() is None and to_terminal():
        raise UsageError(f"{format} is for a file; give --output FILE")


def _chosen_run(store: Readable, run_id: str | None) -> str:
    """Return the run, else the last one with a report, else the last one. Raises UsageError."""
    if run_id is None:
        return last_reported(store) or last_run(store)
    require_run(store, run_id)
    return run_id


def _most(store: Readable, run_id: str) -> int:
    """Return how many resources the data needs so that it has every entry of the plan."""
    summary = store.find_json(RunKeys(run_id).plan_summary) or {"accounts": ()}
    lists = ("planned", "reported", "refused", "undecided")
    entries = sum(int(one.get(name, 0)) for one in summary["accounts"] for name in lists)
    return max(MOST_RESOURCES, entries)


def _write(format: str, data: Document) -> None:
    if format == "json":
        json.dump(data, sys.stdout, ensure_ascii=False, separators=(",", ":"))
        sys.stdout.write("\n")
        return
    rows: Iterator[list[Any]] = plan_rows(data)
    if format == "csv":
        write_rows("csv", COLUMNS, rows)
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(spreadsheet("plan", COLUMNS, rows))
    inform(f"{counted_as(len(data['plan']), 'resource')} of the plan of run {data['run']['id']}.")
