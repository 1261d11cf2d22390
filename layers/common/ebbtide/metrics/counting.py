"""Count the lines of one account for many metrics at once: equal lines are evaluated together.

For each kind, metrics that read the same columns share a cluster, and one whose columns another one
also reads joins that cluster. Lines are decoded in blocks, and counted by a loop made for the
columns of each cluster. What was counted is evaluated at the end, and before it takes much memory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import batched
from typing import Any

from ebbtide.base.json_lines import decode_line
from ebbtide.language.restricting import kinds_of
from ebbtide.metrics.columns import SEEN, Column, Reads, reads_of
from ebbtide.metrics.lines import Block, Layout, LineError, lines_in
from ebbtide.metrics.loops import Equal, Groups, Loop, loop_of, places_of
from ebbtide.metrics.work import Work
from ebbtide.model.lines import ResourceLine
from ebbtide.model.owning_account import named_owner, owning_account

# Groups of equal lines, each of which holds one of them; after how many blocks they are counted.
MOST_GROUPS = 20_000
CHECKED = 16
# Groups that are evaluated at a time, for all their metrics.
BATCH = 500

type _ByKind = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Counted:
    """A metric whose lines can be counted by columns."""

    work: Work
    reads: Reads


@dataclass(slots=True)
class Cluster:
    """Metrics of one kind that read the same columns, and the lines that are equal in them."""

    loop: Loop
    columns: Sequence[Column]
    members: Sequence[Counted]
    groups: Groups = field(default_factory=dict)

    def count(self, lines: Sequence[Any], block: Block) -> None:
        """Count lines of its kind, all of which are in a block."""
        self.loop(lines, self.groups, self._opened, partial(self._judge, block))

    def _opened(self, line: Any, key: Any) -> Equal:
        """Make the group of a line whose key is new."""
        group = self.groups[key] = [0, line, *[0, 0] * len(self.columns)]
        return group

    def _judge(self, block: Block, line: Any) -> None:
        whole = decode_line(block.raw(line))
        for member in self.members:
            member.work.judge(whole)

    def evaluate(self, line_of: Callable[[Any], ResourceLine]) -> None:
        """Add what was counted to the metrics, and forget it."""
        for groups in batched(self.groups.values(), BATCH):
            lines = [line_of(group[1]) for group in groups]
            for member in self.members:
                places = [self._places(column) for column in member.reads.values]
                sums = (_sums(group, places, member.reads.factors) for group in groups)
                counts = [group[0] for group in groups]
                member.work.judge_alike(zip(lines, counts, sums, strict=True))
        self.groups.clear()

    def _places(self, column: Column | None) -> tuple[int, int] | None:
        """Return where a group has the figures of a column."""
        return None if column is None else places_of(self.columns.index(column))


def _sums(
    group: Equal, places: Iterable[tuple[int, int] | None], factors: Iterable[float]
) -> list[tuple[int, int, float] | None]:
    """Return for each function how many values are known and unknown, and their sum."""
    return [
        None
        if place is None
        else (group[0] - group[place[0]], group[place[0]], group[place[1]] * factor)
        for place, factor in zip(places, factors, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _OfKind:
    """What is to be done with the lines of a kind."""

    clusters: Sequence[Cluster]
    singly: Sequence[Work]

    def count(self, lines: Sequence[Any], block: Block) -> None:
        for cluster in self.clusters:
            cluster.count(lines, block)
        if self.singly:
            for line in lines:
                whole = decode_line(block.raw(line))
                for work in self.singly:
                    work.judge(whole)


class Counting:
    """Counts the lines of one account for all metrics that need no neighbours."""

    def __init__(self, works: Iterable[Work], account: str) -> None:
        self._account = account
        self._works = [
            (work, reads_of(work.chosen.query), kinds_of(work.chosen.query.parts[-1].term))
            for work in works
        ]
        reads = [reads for _, reads, _ in self._works if reads is not None]
        columns = {column for one in reads for column in (*one.key, *one.values) if column}
        self._layout = Layout.of(frozenset(columns))
        self._usual: dict[str, _OfKind] = {}
        self._others: dict[str, _OfKind] = {}
        self._clusters: list[Cluster] = []

    def count(self, blocks: Iterable[bytes]) -> None:
        """Count the undecoded lines of blocks; what another account shares counts there."""
        for number, undecoded in enumerate(blocks):
            block = self._decoded(undecoded)
            for lines, by_kind in zip(
                self._sorted(block), (self._usual, self._others), strict=True
            ):
                for kind, found in lines.items():
                    if kind not in by_kind:
                        by_kind[kind] = self._of_kind(kind, by_kind is self._usual)
                    by_kind[kind].count(found, block)
            if number % CHECKED == 0:
                self._limit()

    def _limit(self) -> None:
        if sum(len(one.groups) for one in self._clusters) > MOST_GROUPS:
            self.finish()

    def finish(self) -> None:
        """Evaluate what was counted."""
        line_of = partial(self._layout.line_of, account=self._account)
        for cluster in self._clusters:
            cluster.evaluate(line_of)

    def _sorted(self, block: Block) -> tuple[_ByKind, _ByKind]:
        """Return the own lines of a block by kind: usual ones, and those with a value of SEEN.

        Evaluate at once what was read only partly.
        """
        usual: _ByKind = defaultdict(list)
        others: _ByKind = defaultdict(list)
        kind, same = None, list[Any]()
        marker = f":{self._account}:"
        for line in block.read:
            arn = line.arn
            # The account is the fifth part of an ARN.
            if (arn is None or arn.count(":", 0, arn.find(marker)) != 3) and not self._owns(line):
                continue
            if line.tags is None:
                line.tags = self._layout.no_tags
            if line.stale_since is line.orphaned_since is line.unread is None:
                if line.kind != kind:
                    kind = line.kind
                    same = usual[kind]
                same.append(line)
            elif line.unread is None:
                others[line.kind].append(line)
            else:
                self._judge(block.raw(line))
        return usual, others

    def _decoded(self, undecoded: bytes) -> Block:
        """Return lines and what metrics read of them; evaluate at once those of another form."""
        try:
            return self._layout.block(undecoded)
        except LineError:
            pass
        kept, read = [], []
        for raw in lines_in(undecoded):
            try:
                read.append(self._layout.decoder.decode(raw))
                kept.append(raw)
            except LineError:
                self._judge(raw)
        return Block(read, b"\n".join(kept))

    def _owns(self, line: Any) -> bool:
        owner = named_owner(line.arn, self._layout.owner_id(line), self._account)
        return owner == self._account

    def _judge(self, raw: bytes) -> None:
        """Evaluate all metrics for a line."""
        line = decode_line(raw)
        if owning_account(line) == self._account:
            for work, *_ in self._works:
                work.judge(line)

    def _of_kind(self, kind: str, usual: bool) -> _OfKind:
        concerned = [
            (work, reads) for work, reads, kinds in self._works if kinds is None or kind in kinds
        ]
        counted = [Counted(work, reads) for work, reads in concerned if reads is not None]
        singly = [work for work, reads in concerned if reads is None]
        clusters = [self._cluster(members, () if usual else SEEN) for members in clustered(counted)]
        self._clusters += clusters
        return _OfKind(clusters, singly)

    def _cluster(self, members: Sequence[Counted], seen: Sequence[Column]) -> Cluster:
        keys = sorted({column for one in members for column in one.reads.key})
        columns = sorted({one for member in members for one in member.reads.values if one})
        name = self._layout.name_of
        priced = frozenset(name(column) for column in columns if column.section == "price")
        loop = loop_of(tuple(map(name, (*seen, *keys))), tuple(map(name, columns)), priced)
        return Cluster(loop, columns, members)


def clustered(counted: Iterable[Counted]) -> Iterator[list[Counted]]:
    """Put metrics together of which one reads all columns that the others read."""
    clusters: list[list[Counted]] = []
    for one in sorted(counted, key=lambda one: -len(one.reads.key)):
        home = next((found for found in clusters if one.reads.key <= found[0].reads.key), None)
        if home is None:
            clusters.append([one])
        else:
            home.append(one)
    yield from clusters
