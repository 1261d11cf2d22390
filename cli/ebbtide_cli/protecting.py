"""Whether a resource is protected now: by its tags, the configuration, a job, AWS or Ebbtide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ebbtide import search
from ebbtide.config import ProtectConfig
from ebbtide.language import Query
from ebbtide.language.syntax import Part, Path, Predicate, Step
from ebbtide.verdict.snapshot_marks import SnapshotMarks
from ebbtide_cli.accounts import names_in
from ebbtide_cli.configuration import read_config
from ebbtide_cli.errors import UsageError
from ebbtide_cli.formats import DOCUMENTS, usual_format
from ebbtide_cli.neighbours import lines_named
from ebbtide_cli.progress import watched
from ebbtide_cli.results import write_records
from ebbtide_cli.sources import Source
from ebbtide_cli.summary import Summary, summarize
from ebbtide_cli.view import LateMarks, View, view_of

_HEADER = ["protected", "kind", "id", "account", "because"]
_ARN_ACCOUNT = 4


def check(source: Source, name: str, accounts: list[str], format: str | None) -> bool:
    """Write for each resource with this name whether it is protected; return whether all are.

    The current configuration counts, not that of the last run. Raises UsageError if nothing in the
    snapshot or the configuration has the name.
    """
    with watched(source.open()) as store:
        protect = read_config(store).protect
        view = view_of(store, None, accounts)
        rows = list(_rows(view, name, protect))
    if not rows:
        rows = list(_rows_of_configuration(name, protect))
    if not rows:
        run = view.snapshot.manifest.run_id
        raise UsageError(
            f"resource not found in the snapshot of run {run}: {name!r}, and protect.ids does not "
            "list it"
        )
    form = format or usual_format()
    if form not in DOCUMENTS:
        names = names_in(view.snapshot.manifest)
        rows = [[*row[:3], names.get(row[3]) or row[3], row[4]] for row in rows]
    write_records(form, _HEADER, rows)
    summarize(Summary(len(rows), "resource", view.snapshot.manifest, view.asked, accounts or None))
    return all(row[0] is True for row in rows)


def _rows(view: View, name: str, protect: ProtectConfig) -> Iterator[list[Any]]:
    late = view.snapshot.marks
    assert isinstance(late, LateMarks)
    marks = late.loaded
    assert isinstance(marks, SnapshotMarks)
    for line in _lines(view, name):
        found = marks.protection_under(line, protect)
        reasons = [one.reason.removeprefix("protected: ") for one in found.reasons]
        protected = True if reasons else None if found.unknown else False
        because = "; ".join([*reasons, *([] if reasons else filter(None, [found.unknown]))])
        known = [line[key] for key in ("kind", "id", "account")]
        yield [protected, *known, because or "nothing protects it"]


def _lines(view: View, name: str) -> Iterator[Any]:
    found = lines_named(view, name)
    if found:
        yield from found
        return
    term = Predicate(Path((Step("name"),)), "==", name)
    for match in search.find(Query((Part(term),)), view.snapshot, view.now):
        yield match.line


def _rows_of_configuration(name: str, protect: ProtectConfig) -> Iterator[list[Any]]:
    """Yield what the configuration says of a resource that the snapshot does not have."""
    because = [f"{name} is listed in protect.ids"] if name in protect.ids else []
    parts = name.split(":")
    account = parts[_ARN_ACCOUNT] if name.startswith("arn:") and len(parts) > _ARN_ACCOUNT else ""
    if account and account in protect.accounts:
        because.append(f"account {account} is listed in protect.accounts")
    if because:
        yield [True, None, name, account or None, "; ".join(because)]
