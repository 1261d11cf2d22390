"""What the snapshot of a plan knows: the planned resources, and the history of others."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from ebbtide.base.forms import snake
from ebbtide.graph import AccountEntry, Manifest, read_manifest
from ebbtide.graph.merged_lines import ALWAYS_VOLATILE
from ebbtide.kinds import registry
from ebbtide.model.containers import CONTAINERS
from ebbtide.model.lines import EdgeLine, ResourceLine
from ebbtide.plan.model import Plan
from ebbtide.search import Snapshot

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket


# What the snapshot has of a resource and no description tells.
HISTORY = (
    "updated",
    "first_seen",
    "last_seen",
    "orphaned_since",
    "watched_since",
    "watched_until",
    "unchanged_since",
    "dangling",
    "price",
)


class Past(NamedTuple):
    """What descriptions of a resource lack, and digests of the rest."""

    created: str | None
    history: Mapping[str, Any]
    properties: str
    tags: str | None

    @classmethod
    def of(cls, line: ResourceLine) -> Past:
        history = {name: value for name, value in line.items() if name in HISTORY}
        return cls(line["created"], history, properties_digest(line), tags_digest(line))


def properties_digest(line: ResourceLine) -> str:
    """Return a digest of the properties, without those that change by themselves."""
    kind = registry().get(line["kind"])
    volatile = {snake(name) for name in kind.volatile} if kind else set()
    volatile |= ALWAYS_VOLATILE
    kept = {name: value for name, value in line["properties"].items() if name not in volatile}
    return _digest([line["name"], line["ended"], kept])


def tags_digest(line: ResourceLine) -> str | None:
    return None if line["tags"] is None else _digest(line["tags"])


def _digest(value: Any) -> str:
    return sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


@dataclass
class Known:
    """The part of a snapshot that one plan needs, read once and when it is first asked for.

    `kinds` are those whose history matters besides that of the planned resources.
    """

    bucket: Bucket
    plan: Plan
    kinds: frozenset[str] = frozenset()
    planned: dict[str, ResourceLine] = field(default_factory=dict)
    containers: dict[str, ResourceLine] = field(default_factory=dict)
    past: dict[str, Past] = field(default_factory=dict)
    _read: bool = False

    def read(self) -> None:
        """Read the resources. Raises MissingError if the snapshot has expired."""
        if self._read:
            return
        names = self._names
        wanted = self.kinds | CONTAINERS | {entry.subject.kind for entry in self.plan.planned}
        snapshot = Snapshot(self.bucket, self.manifest)
        for line in snapshot.resources(self._entry, wanted) if self._entry else ():
            if line["graph_id"] in names:
                self.planned[line["graph_id"]] = line
            if line["kind"] in CONTAINERS:
                self.containers[line["graph_id"]] = line
            if line["graph_id"] in names or line["kind"] in self.kinds:
                self.past[line["graph_id"]] = Past.of(line)
        self._read = True

    @cached_property
    def manifest(self) -> Manifest:
        return read_manifest(self.bucket, self.plan.manifest)

    @cached_property
    def edges(self) -> list[EdgeLine]:
        """The edges that begin or end at planned resources."""
        names = self._names
        if self._entry is None or not names:
            return []
        lines = self.bucket.read_lines(self._entry.edges, _naming(names))
        return [line for line in lines if line["source"] in names or line["target"] in names]

    @property
    def account_names(self) -> dict[str, str]:
        return {entry.account: entry.name for entry in self.manifest.accounts}

    @property
    def _names(self) -> frozenset[str]:
        return frozenset(entry.subject.graph_id for entry in self.plan.planned)

    @property
    def _entry(self) -> AccountEntry | None:
        return self.manifest.find(self.plan.account)


def _naming(names: Iterable[str]) -> Any:
    """Return a filter of undecoded lines that may name one of these resources."""
    forms = [json.dumps(name, ensure_ascii=form)[1:-1] for name in names for form in (True, False)]
    found = re.compile("|".join(map(re.escape, dict.fromkeys(forms))).encode()).search
    return lambda line: found(line) is not None
