"""List the gaps in the coverage of a snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ebbtide.base.clock import from_text, now
from ebbtide.base.durations import describe
from ebbtide.graph.manifest import Manifest
from ebbtide.kinds import concrete_kinds, known_kinds
from ebbtide.report.gaps import Gap, gaps_of
from ebbtide_cli.accounts import ids_of, named
from ebbtide_cli.errors import UsageError
from ebbtide_cli.formats import DOCUMENTS, usual_format
from ebbtide_cli.formats.documents import write_documents
from ebbtide_cli.formats.fitting import compact
from ebbtide_cli.output import inform
from ebbtide_cli.progress import watched
from ebbtide_cli.results import write_records
from ebbtide_cli.run_log import kind_text, region_text
from ebbtide_cli.snapshots import snapshot_at
from ebbtide_cli.sources import Source
from ebbtide_cli.summary import counted_as

type Record = dict[str, Any]

HEADER = ["account", "region", "kind", "state", "last_read", "permission", "error"]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which gaps to list: accounts by id or name, regions, kinds and states; none means all."""

    accounts: Sequence[str] = ()
    regions: Sequence[str] = ()
    kinds: Sequence[str] = ()
    states: Sequence[str] = ()

    def select(self, gaps: Iterator[Gap], names: Mapping[str, str]) -> Iterator[Gap]:
        """Yield the gaps reduced to what is asked for. Raises UsageError for an unknown name."""
        for kind in set(self.kinds) - known_kinds():
            raise UsageError(f"unknown kind {kind!r}; `ebbtide kinds` lists all kinds")
        accounts, kinds = set(ids_of(names, self.accounts)), concrete_kinds(self.kinds)
        for gap in gaps:
            if (accounts and gap.account not in accounts) or self._has_not(gap):
                continue
            reduced = replace(
                gap,
                regions=tuple(
                    one for one in gap.regions if not self.regions or one in self.regions
                ),
                kinds=tuple(one for one in gap.kinds if not kinds or one in kinds),
            )
            # No regions and no kinds mean all of them, which was so before or is not asked for.
            emptied = (gap.regions and not reduced.regions) or (gap.kinds and not reduced.kinds)
            if not emptied:
                yield reduced

    def _has_not(self, gap: Gap) -> bool:
        return bool(self.states) and gap.state not in self.states


def write_coverage(source: Source, at: str | None, chosen: Filter, format: str | None) -> int:
    """Write the gaps of a snapshot, and return how many there are."""
    form = format or usual_format()
    with watched(source.open()) as store:
        manifest = snapshot_at(store, at, now()).manifest
        names = {entry.account: entry.name or entry.account for entry in manifest.accounts}
        names |= {account: account for account in manifest.missing}
        found = list(chosen.select(gaps_of(store, manifest), names))
        store.stop()
    if form in DOCUMENTS:
        write_documents(form, (_document(gap, names) for gap in found))
    else:
        write_records(form, HEADER, (_row(gap, names) for gap in found))
    inform(_summary(manifest, found))
    return len(found)


def _summary(manifest: Manifest, found: list[Gap]) -> str:
    age = describe(now() - from_text(manifest.created))
    about = f"snapshot of run {manifest.run_id}, {age} old"
    if not found:
        return f"0 gaps; {about}."
    accounts = len({gap.account for gap in found})
    total = len(manifest.accounts) + len(manifest.missing)
    return f"{counted_as(len(found), 'gap')} in {accounts} of {total} accounts; {about}."


def _row(gap: Gap, names: Mapping[str, str]) -> list[Any]:
    return [
        named(names, gap.account),
        region_text(gap.regions),
        kind_text(gap.kinds),
        gap.state,
        None if gap.last_read is None else compact(gap.last_read),
        gap.permission or None,
        gap.error,
    ]


def _document(gap: Gap, names: Mapping[str, str]) -> Record:
    return {
        "account": gap.account,
        "account_name": named(names, gap.account),
        "regions": list(gap.regions) or "all",
        "kinds": list(gap.kinds) or "all",
        "state": gap.state,
        "last_read": gap.last_read,
        "permission": gap.permission or None,
        "error": gap.error,
    }
