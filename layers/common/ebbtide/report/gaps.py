"""Where and why something could not be read: the gaps in the coverage of a snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ebbtide.base.errors import MissingError
from ebbtide.graph.manifest import AccountEntry, Manifest, read_coverage
from ebbtide.model.coverage import Coverage
from ebbtide.report.words import in_short, missing_permission
from ebbtide.store.readable import Readable

# States of a whole account.
MISSING, STALE = "missing", "stale"


@dataclass(frozen=True, slots=True)
class Gap:
    """What was not read of an account for one reason; no regions or kinds means all of them.

    `last_read` is the start of the last run that read it completely; None if there was none.
    """

    account: str
    state: str
    error: str
    regions: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    last_read: str | None = None

    @property
    def permission(self) -> str:
        return missing_permission(self.error)


def gaps_of(store: Readable, manifest: Manifest) -> Iterator[Gap]:
    """Yield the gaps of a snapshot, account by account; the coverage of one is read at a time."""
    for account in manifest.missing:
        yield Gap(account, MISSING, "the account has never been read")
    for entry in manifest.accounts:
        yield from gaps_in(store, entry)


def gaps_in(store: Readable, entry: AccountEntry) -> Iterator[Gap]:
    """Yield the gaps of one account."""
    if entry.stale_since is not None:
        error = f"nothing was read since {entry.stale_since}; the graph of run {entry.run_id} stays"
        yield Gap(entry.account, STALE, error, last_read=None)
        return
    if not entry.incomplete_reads:
        return
    try:
        coverage = read_coverage(store, entry)
    except MissingError:
        error = "the coverage has expired, or is not in this copy"
        yield Gap(entry.account, "unknown", error)
        return
    yield from grouped(entry.account, coverage)


def grouped(account: str, coverage: Sequence[Coverage]) -> list[Gap]:
    """Group the gaps of an account by their reason, the regions and kinds that share one together.

    Kinds in the same regions with the same reason are one gap.
    """
    if coverage and all(one.is_gap for one in coverage) and len(_reasons(coverage)) == 1:
        first = coverage[0]
        return [Gap(account, first.state, first.error or "", last_read=_oldest(coverage))]
    by_kind: dict[tuple[str, str, str], list[Coverage]] = {}
    for one in coverage:
        if one.is_gap:
            by_kind.setdefault((one.state, one.error or "", one.kind), []).append(one)
    by_place: dict[tuple[str, str, tuple[str, ...]], list[Coverage]] = {}
    for (state, error, _), entries in by_kind.items():
        regions = tuple(sorted({one.region for one in entries}))
        by_place.setdefault((state, error, regions), []).extend(entries)
    return [
        Gap(
            account,
            state,
            error,
            regions,
            tuple(sorted({one.kind for one in found})),
            last_read=_oldest(found),
        )
        for (state, error, regions), found in by_place.items()
    ]


def _reasons(coverage: Iterable[Coverage]) -> set[tuple[str, str | None]]:
    return {(one.state, one.error) for one in coverage}


def _oldest(coverage: Iterable[Coverage]) -> str | None:
    """Return the oldest last complete reading; None if there is none of one of them."""
    times = [one.read_at for one in coverage]
    return None if None in times else min(filter(None, times), default=None)


def unread(coverage: Sequence[Coverage]) -> str:
    """Return the gaps in an account's coverage in short; empty if it is complete."""
    gaps = [one for one in coverage if one.is_gap]
    if gaps and len(gaps) == len(coverage):
        return f"everything: {_reason(gaps[0])}"
    causes = dict.fromkeys(f"{_reason(one)} in {one.region}" for one in gaps)
    return "; ".join(causes)


def _reason(one: Coverage) -> str:
    return in_short(one.kind, one.state, one.error or "no reason was recorded")
