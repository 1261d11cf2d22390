"""Count the lines of one account for many metrics at once: equal lines are evaluated together.

For each kind, metrics that read the same columns share a cluster, and one whose columns another one
also reads joins that cluster. Lines are counted in batches, so that most of the work happens in
loops of the interpreter's own. What was counted is evaluated at the end, and before it takes much
memory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import batched
from operator import attrgetter
from typing import Any, cast

from ebbtide.base.json_lines import decode_line
from ebbtide.language.restricting import kinds_of
from ebbtide.metrics.columns import Column, Reads, reads_of
from ebbtide.metrics.figures import Figure
from ebbtide.metrics.lines import Layout, LineError
from ebbtide.metrics.work import Work
from ebbtide.model.owning_account import named_owner, owning_account

# Lines at a time, few enough for the cache of a core: with 256, each takes half as long again. And
# groups of equal lines, each of which holds one of them.
BATCH = 64
MOST_GROUPS = 20_000

# Part of every key: hardly any line has one of them, and a stale one is known only in part.
SEEN = (Column("line", "stale_since"), Column("line", "orphaned_since"))

# The types of a column of numbers; the last one is that of a value that is not there.
_NUMBERS = frozenset({int, float, type(None)})


@dataclass(frozen=True, slots=True)
class Counted:
    """A metric whose lines can be counted by columns."""

    work: Work
    reads: Reads


# Equal lines: their number, one of them, and for each column how many values are known, and their
# sum. It is a list, because the interpreter changes nothing else as fast.
type Equal = list[Any]


@dataclass(slots=True)
class Lines:
    """The lines of one kind in a batch: undecoded, and what the metrics read of them."""

    raw: list[bytes] = field(default_factory=list)
    read: list[Any] = field(default_factory=list)


@dataclass(slots=True)
class Cluster:
    """Metrics of one kind that read the same columns, and the lines that are equal in them."""

    key: Callable[[Any], Any]
    columns: Sequence[Column]
    values: Sequence[Callable[[Any], Any]]
    members: Sequence[Counted]
    groups: dict[Any, Equal] = field(default_factory=dict)

    def count(self, lines: Lines) -> None:
        """Count lines of its kind."""
        keys = list(map(self.key, lines.read))
        values = [list(map(get, lines.read)) for get in self.values]
        try:
            found = list(map(self.groups.get, keys))
        except TypeError:
            # A list or an object, where most resources have a single value.
            self._count_singly(lines)
            return
        if not all(_NUMBERS.issuperset(map(type, one)) for one in values):
            self._count_singly(lines)
            return
        groups = self._opened(found, keys, lines)
        for group in groups:
            group[0] += 1
        for place, one in enumerate(values):
            known, total = 2 + 2 * place, 3 + 2 * place
            for group, value in zip(groups, one, strict=True):
                if value is not None:
                    group[known] += 1
                    group[total] += value

    def _opened(self, found: list[Equal | None], keys: list[Any], lines: Lines) -> list[Equal]:
        """Return the groups of lines; make those that are new."""
        if None in found:
            empty = [0, 0] * len(self.values)
            for key, raw, group in zip(keys, lines.raw, found, strict=True):
                if group is None:
                    self.groups.setdefault(key, [0, raw, *empty])
            found = list(map(self.groups.get, keys))
        return cast(list[Equal], found)

    def _count_singly(self, lines: Lines) -> None:
        for raw in lines.raw:
            line = decode_line(raw)
            for member in self.members:
                member.work.judge(line)

    def evaluate(self) -> None:
        """Add what was counted to the metrics, and forget it."""
        places = [
            [None if column is None else 2 + 2 * self.columns.index(column) for column in values]
            for values in (member.reads.values for member in self.members)
        ]
        for count, raw, *numbers in self.groups.values():
            line, group = decode_line(raw), (0, raw, *numbers)
            for member, where in zip(self.members, places, strict=True):
                figures = [
                    None
                    if place is None
                    else Figure(group[place], count - group[place], group[place + 1] * factor)
                    for place, factor in zip(where, member.reads.factors, strict=True)
                ]
                member.work.judge_many(line, count, figures)
        self.groups.clear()


@dataclass(frozen=True, slots=True)
class _OfKind:
    """What is to be done with the lines of a kind."""

    clusters: Sequence[Cluster]
    singly: Sequence[Work]

    def count(self, lines: Lines) -> None:
        for cluster in self.clusters:
            cluster.count(lines)
        if self.singly:
            for raw in lines.raw:
                line = decode_line(raw)
                for work in self.singly:
                    work.judge(line)


class Counting:
    """Counts the lines of one account for all metrics that need no neighbours."""

    def __init__(self, works: Iterable[Work], account: str) -> None:
        self._account = account
        self._works = [(work, reads_of(work.chosen.query)) for work in works]
        reads = [reads for _, reads in self._works if reads is not None]
        columns = {column for one in reads for column in (*one.key, *one.values) if column}
        self._layout = Layout.of(columns)
        self._by_kind: dict[str, _OfKind] = {}

    def count(self, lines: Iterable[bytes]) -> None:
        """Count the undecoded lines; what another account shares counts there."""
        for batch in batched(lines, BATCH):
            for kind, found in self._sorted(batch).items():
                if kind not in self._by_kind:
                    self._by_kind[kind] = self._of_kind(kind)
                self._by_kind[kind].count(found)
            clusters = (one for found in self._by_kind.values() for one in found.clusters)
            if sum(len(one.groups) for one in clusters) > MOST_GROUPS:
                self.finish()

    def finish(self) -> None:
        """Evaluate what was counted."""
        for found in self._by_kind.values():
            for cluster in found.clusters:
                cluster.evaluate()

    def _sorted(self, batch: Sequence[bytes]) -> dict[str, Lines]:
        """Return the own lines of a batch by kind; evaluate at once what is of another form."""
        found: dict[str, Lines] = defaultdict(Lines)
        no_tags, marker = self._layout.no_tags, f":{self._account}:"
        for raw, line in zip(*self._decoded(batch), strict=True):
            arn = line.arn
            # The account is the fifth part of an ARN.
            if (arn is None or arn.count(":", 0, arn.find(marker)) != 3) and not self._owns(line):
                continue
            if line.unread is not None:
                self._judge(raw)
                continue
            if line.tags is None:
                line.tags = no_tags
            lines = found[line.kind]
            lines.raw.append(raw)
            lines.read.append(line)
        return found

    def _decoded(self, batch: Sequence[bytes]) -> tuple[Sequence[bytes], list[Any]]:
        """Return lines and what metrics read of them; evaluate at once those of another form."""
        try:
            return batch, list(map(self._layout.decode, batch))
        except LineError:
            pass
        kept, read = [], []
        for raw in batch:
            try:
                read.append(self._layout.decode(raw))
                kept.append(raw)
            except LineError:
                self._judge(raw)
        return kept, read

    def _owns(self, line: Any) -> bool:
        owner = named_owner(line.arn, self._layout.owner_id(line), self._account)
        return owner == self._account

    def _judge(self, raw: bytes) -> None:
        """Evaluate all metrics for a line."""
        line = decode_line(raw)
        if owning_account(line) == self._account:
            for work, _ in self._works:
                work.judge(line)

    def _of_kind(self, kind: str) -> _OfKind:
        concerned = [one for one in self._works if _concerns(one[0], kind)]
        counted = [Counted(work, reads) for work, reads in concerned if reads is not None]
        singly = [work for work, reads in concerned if reads is None]
        return _OfKind([self._cluster(members) for members in clustered(counted)], singly)

    def _cluster(self, members: Sequence[Counted]) -> Cluster:
        keys = sorted({column for one in members for column in one.reads.key.difference(SEEN)})
        columns = sorted({one for member in members for one in member.reads.values if one})
        name = self._layout.name_of
        return Cluster(
            attrgetter(*map(name, (*SEEN, *keys))),
            columns,
            [attrgetter(name(column)) for column in columns],
            members,
        )


def clustered(counted: Iterable[Counted]) -> Iterator[list[Counted]]:
    """Put metrics together of which one reads all columns that the others read."""
    clusters: list[list[Counted]] = []
    for one in sorted(counted, key=lambda one: -len(one.reads.key)):
        own = one.reads.key.difference(SEEN)
        home = next((found for found in clusters if own <= found[0].reads.key), None)
        if home is None:
            clusters.append([one])
        else:
            home.append(one)
    yield from clusters


def _concerns(work: Work, kind: str) -> bool:
    kinds = kinds_of(work.chosen.query.parts[-1].term)
    return kinds is None or kind in kinds
