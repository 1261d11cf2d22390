"""Measure estates in memory: lines by account, without a bucket."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ebbtide.base.json_lines import LineWriter, decode_line, encode_line, line_blocks
from ebbtide.config import Config, MetricsConfig
from ebbtide.config.metrics import MetricDefinition
from ebbtide.graph.manifest import AccountEntry, Manifest
from ebbtide.metrics.aggregation import evaluate
from ebbtide.metrics.choosing import Chosen, choose
from ebbtide.metrics.combining import samples_of_all
from ebbtide.metrics.sample import Sample
from ebbtide.metrics.work import Work
from ebbtide.search.snapshot import Snapshot
from tests.support.builders import ACCOUNT, NOW

type Lines = Iterable[Mapping[str, Any]]


@dataclass
class Estate:
    """Lines and edges by account, read as those of a snapshot are."""

    lines: Mapping[str, list[Mapping[str, Any]]]
    edges: Mapping[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    stale: frozenset[str] = frozenset()

    @property
    def manifest(self) -> Manifest:
        return Manifest("run", "2026-11-22T12:00:00Z", None, tuple(map(self.entry, self.lines)))

    def entry(self, account: str) -> AccountEntry:
        stale_since = "2026-11-20T12:00:00Z" if account in self.stale else None
        keys = [f"{account} {name}" for name in ("lines", "edges", "changes", "coverage")]
        return AccountEntry(account, f"name of {account}", "run", *keys, stale_since=stale_since)

    def line_blocks(self, account: str) -> Iterator[bytes]:
        with LineWriter() as writer:
            writer.write(self.lines[account])
            yield from line_blocks(writer.finished())

    def read_lines(self, key: str, wanted: Any = None) -> Iterator[Any]:
        account, _, name = key.partition(" ")
        found = self.lines if name == "lines" else self.edges
        for line in map(encode_line, found.get(account, ())):
            if wanted is None or wanted(line):
                yield decode_line(line)

    def snapshot(self, account: str | None = None) -> Snapshot:
        return Snapshot(self, self.manifest, None if account is None else {account})


def config_of(**searches: str) -> Config:
    """Return a configuration with these metrics by name, and their searches."""
    definitions = {
        name: MetricDefinition(search=search, help="made for a test")
        for name, search in searches.items()
    }
    return Config(metrics=MetricsConfig(definitions=definitions))


def works_of(
    estate: Estate, account: str, chosen: tuple[Chosen, ...], now: datetime = NOW
) -> list[Work]:
    entry, blocks = estate.entry(account), estate.line_blocks(account)
    return evaluate(chosen, estate.snapshot(account), entry, blocks, now)


def measured(
    estate: Estate, config: Config | None = None, now: datetime = NOW, names: Any = None
) -> list[Sample]:
    """Return the samples of the metrics of resources, per account and combined as in a run.

    Partial results pass through JSON, as they do in the bucket. Given names, only those metrics.
    """
    chosen = choose(config or Config(), now)
    chosen = tuple(one for one in chosen if names is None or one.name in names)
    documents = []
    for account in estate.lines:
        works = works_of(estate, account, chosen, now)
        assert not any(work.error for work in works), [work.error for work in works if work.error]
        document = {"figures": {work.chosen.name: work.table.to_json() for work in works}}
        documents.append(decode_line(encode_line(document)))
    return samples_of_all(chosen, documents)


def measured_lines(lines: Lines, **rest: Any) -> list[Sample]:
    """Return the samples of one account with these lines."""
    return measured(Estate({ACCOUNT: list(lines)}), **rest)


def values_of(samples: Iterable[Sample]) -> dict[str, float]:
    """Return the values by series and labels, such as `ebbtide_resources region=us-east-1`."""
    return {
        " ".join(
            [one.series, *(f"{name}={value}" for name, value in one.labels.items())]
        ): one.value
        for one in samples
    }
