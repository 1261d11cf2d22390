"""What a search may fail to see: resources of kinds that could not be read completely."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ebbtide.graph.manifest import AccountEntry
from ebbtide.kinds import registry
from ebbtide.language.relied_on import kinds_relied_on, kinds_touched
from ebbtide.language.restricting import kinds_of
from ebbtide.language.syntax import Part, Query
from ebbtide.model.lines import ResourceLine
from ebbtide.search.extent import Reach, reach_of
from ebbtide.search.merges import without_merges
from ebbtide.search.node import Context
from ebbtide.search.reasons import why_uncertain
from ebbtide.search.snapshot import Snapshot


@dataclass(slots=True)
class Hidden:
    """What may be hidden from one search in one snapshot.

    `alone` is the search without all that is not in its results themselves: what it does not find
    cannot match, whatever is hidden. None if nothing hidden can make anything match.
    """

    query: Query
    snapshot: Snapshot
    context: Context
    alone: Query | None = field(init=False, default=None)
    _relied: frozenset[str] = field(init=False, default=frozenset())
    _touched: frozenset[str] = field(init=False, default=frozenset())
    _reach: Reach = field(init=False, default="near")

    def __post_init__(self) -> None:
        if self.snapshot.gaps is None:
            return
        query = self.query
        if not self.snapshot.limits_rely:
            free = tuple(replace(part, limit=None) for part in query.parts)
            query = replace(query, parts=free)
        self._relied, self._touched = kinds_relied_on(query), kinds_touched(query)
        self._reach = reach_of(query)
        if self._touched:
            last = self.query.parts[-1]
            self.alone = Query((Part(without_merges(last.term), usage=last.usage),))

    def absent(self, line: ResourceLine) -> str:
        """Return why something may be hidden without which a resource would not match."""
        return self._near(line, self._relied)

    def beside(self, line: ResourceLine) -> str:
        """Return why something may be hidden that would make a resource match."""
        return why_uncertain(line, self.context) or self._near(line, self._touched)

    def is_in(self, entry: AccountEntry) -> bool:
        """Return whether anything may be hidden that could affect results in an account."""
        gaps, own = self.snapshot.gaps, kinds_of(self.query.parts[-1].term)
        kinds = self._touched | (frozenset(registry()) if own is None else own)
        return gaps is not None and gaps.within(entry.account, kinds, self._reach)

    def _near(self, line: ResourceLine, kinds: frozenset[str]) -> str:
        gaps = self.snapshot.gaps
        return gaps.near(line, kinds, self._reach) if gaps is not None and kinds else ""
