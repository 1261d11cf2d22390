"""Show what the rules that only advise say about the resources of a run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ebbtide.kinds import concrete_kinds, known_kinds
from ebbtide.model.savings import Money
from ebbtide.plan.advising import read_advice
from ebbtide_cli.accounts import ids_of, named
from ebbtide_cli.columns import UNKNOWN
from ebbtide_cli.errors import UsageError
from ebbtide_cli.formats import DOCUMENTS, usual_format
from ebbtide_cli.formats.documents import write_documents
from ebbtide_cli.formats.rows import write_rows
from ebbtide_cli.output import inform
from ebbtide_cli.planned_runs import planned_run
from ebbtide_cli.progress import watched
from ebbtide_cli.sources import Source
from ebbtide_cli.summary import counted_as

_HEADER = ["rule", "account", "region", "kind", "monthly", "saving", "owner", "id", "name",
           "advice"]  # fmt: skip

type Document = Mapping[str, Any]


def write_advice_of(
    source: Source,
    run: str | None,
    accounts: Iterable[str],
    rules: Collection[str],
    kinds: Collection[str],
    format: str | None,
) -> None:
    """Write what is advised, what saves most first, and to stderr what that saves together.

    Raises UsageError for an unknown kind.
    """
    form, wanted = format or usual_format(), _kinds(kinds)
    with watched(source.open()) as store:
        decided = planned_run(store, run)
        chosen = ids_of(decided.names, accounts)
        found = [
            document
            for account in decided.accounts
            if not chosen or account in chosen
            if (document := read_advice(store, decided.run_id, account)) is not None
        ]
        store.stop()
    entries = [one for each in found for one in each["advice"] if _is_wanted(one, rules, wanted)]
    entries.sort(key=_largest_first)
    if form in DOCUMENTS:
        write_documents(form, entries)
    else:
        write_rows(form, _HEADER, (_row(one, decided.names) for one in entries))
    for line in _summary(found, entries, rules, decided.run_id):
        inform(line)


def _kinds(kinds: Collection[str]) -> frozenset[str]:
    for kind in kinds:
        if kind not in known_kinds():
            raise UsageError(f"unknown kind {kind!r}; `ebbtide kinds` lists all kinds")
    return frozenset(concrete_kinds(kinds))


def _is_wanted(entry: Document, rules: Collection[str], kinds: frozenset[str]) -> bool:
    if rules and entry["rule"] not in rules:
        return False
    return not kinds or entry["subject"]["kind"] in kinds


def _largest_first(entry: Document) -> tuple[bool, float, str, str]:
    saving = entry["saving"]
    return (saving is None, -(saving or 0.0), entry["rule"], entry["subject"]["graph_id"])


def _row(entry: Document, names: Mapping[str, str]) -> list[Any]:
    subject = entry["subject"]
    return [
        entry["rule"],
        named(names, subject["account"]),
        subject["region"],
        subject["kind"],
        *(UNKNOWN if entry[name] is None else entry[name] for name in ("monthly", "saving")),
        entry["owner"],
        subject["id"],
        subject["name"],
        entry["advice"],
    ]


def _summary(
    found: Iterable[Document], entries: list[Document], rules: Collection[str], run_id: str
) -> list[str]:
    counts = [
        (name, one)
        for document in found
        for name, one in document["rules"].items()
        if not rules or name in rules
    ]
    if not counts:
        return [f"No rule that advises was on in run {run_id} (docs/rule-library.md)."]
    saved = Money.of(one["saving"] for one in entries)
    text = f"{counted_as(len(entries), 'resource')} could be changed"
    lines = [f"{text}, which would save {saved.words}." if entries else "Nothing is advised."]
    if unknown := sum(one["unknown"] for _, one in counts):
        lines.append(f"{counted_as(unknown, 'resource')} could not be read for it.")
    failed = sorted({f"{name}: {one['error']}" for name, one in counts if one["error"]})
    return lines + [f"A search failed: {text}" for text in failed]
