"""The lines on stderr that follow every list: how many results, of which snapshot, what is missing.

An empty list means "none" only if everything was read, so each list says what was not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from ebbtide.base.clock import from_text
from ebbtide.base.durations import describe
from ebbtide.graph.manifest import AccountEntry, Manifest
from ebbtide_cli.output import inform

# Names that a line shows before it only counts.
_SHOWN = 3


@dataclass(slots=True)
class Results[T]:
    """Results that are counted as they are written."""

    found: Iterable[T]
    count: int = 0

    def __iter__(self) -> Iterator[T]:
        for one in self.found:
            self.count += 1
            yield one


@dataclass(frozen=True, slots=True)
class Summary:
    """What a list is about: `count` things that are each called `noun`, from a snapshot or none.

    `accounts` and `kinds` are those that the list could hold; None means all. `unknown` is the
    number of resources for which the search's condition is unknown, and `unpriced` of those without
    a known price in sums of prices. `limit` is the largest count that the user wanted.
    """

    count: int
    noun: str
    manifest: Manifest | None
    now: datetime
    accounts: Collection[str] | None = None
    kinds: Collection[str] | None = None
    unknown: int = 0
    unpriced: int = 0
    limit: int | None = None

    def lines(self) -> Iterator[str]:
        counted = counted_as(self.count, self.noun)
        if self.limit is not None and self.count >= self.limit:
            counted += " (--limit); there may be more"
        if self.manifest is None:
            yield f"{counted}; there is no snapshot yet."
            return
        age = self.now - from_text(self.manifest.created)
        yield f"{counted}; snapshot of run {self.manifest.run_id}, {describe(age)} old."
        if self.unknown:
            yield f"The condition is unknown for {counted_as(self.unknown, 'more resource')}."
        if self.unpriced:
            are = "is" if self.unpriced == 1 else "are"
            left = f"{counted_as(self.unpriced, 'resource')} {are} not in the amounts"
            yield f"{left}: the price is unknown."
        gaps = list(self._gaps(self.manifest))
        if gaps:
            yield f"Not read completely: {'; '.join(gaps)}."

    def _gaps(self, manifest: Manifest) -> Iterator[str]:
        chosen = self.accounts
        entries = [
            entry for entry in manifest.accounts if chosen is None or entry.account in chosen
        ]
        missing = [name for name in manifest.missing if chosen is None or name in chosen]
        if missing:
            yield f"{_named('account', missing)} {'is' if len(missing) == 1 else 'are'} missing"
        stale = [entry for entry in entries if entry.stale_since is not None]
        if stale:
            oldest = min(str(entry.stale_since) for entry in stale)
            yield f"{_named('account', map(_name, stale))} not read since {oldest}"
        yield from self._kinds([entry for entry in entries if entry.stale_since is None])

    def _kinds(self, entries: Iterable[AccountEntry]) -> Iterator[str]:
        """Say which kinds have gaps; a manifest of an older version tells only their number."""
        kinds: set[str] = set()
        accounts: list[str] = []
        uncounted = 0
        for entry in entries:
            found = {kind for kind in entry.gaps if self.kinds is None or kind in self.kinds}
            kinds |= found
            if found:
                accounts.append(_name(entry))
            if not entry.gaps:
                uncounted += entry.incomplete_reads
        if kinds:
            yield f"{_named('kind', sorted(kinds))} in {_named('account', accounts)}"
        if uncounted:
            yield f"{counted_as(uncounted, 'read')} of kinds in regions"


def counted_as(number: int, noun: str) -> str:
    """Return a number and its noun, such as `1 resource` and `2 resources`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _name(entry: AccountEntry) -> str:
    return entry.name or entry.account


def _named(noun: str, names: Iterable[str]) -> str:
    found = list(names)
    if len(found) > _SHOWN:
        return counted_as(len(found), noun)
    return f"{noun}{'' if len(found) == 1 else 's'} {', '.join(found)}"


def summarize(summary: Summary) -> None:
    """Print the lines of a summary to stderr, unless the user asked for silence."""
    for line in summary.lines():
        inform(line)
