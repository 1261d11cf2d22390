"""What the run found changed since the snapshot before: resources created, updated and deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ebbtide.base.errors import MissingError
from ebbtide.graph.manifest import Manifest
from ebbtide.report.choosing import Smallest, rank_of
from ebbtide.store.readable import Readable


@dataclass(slots=True)
class Changed:
    """Graph ids of what is new or updated, and what is gone; `total` counts all of them."""

    created: set[str] = field(default_factory=set)
    updated: set[str] = field(default_factory=set)
    deleted: list[dict[str, Any]] = field(default_factory=list)
    total: dict[str, int] = field(
        default_factory=lambda: {"created": 0, "updated": 0, "deleted": 0}
    )

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self.created | self.updated)

    def document(self, index: Mapping[str, int]) -> dict[str, Any]:
        """Return the changes for the report; `index` has the places of the resources."""
        return {
            "created": sorted(index[name] for name in self.created if name in index),
            "updated": sorted(index[name] for name in self.updated if name in index),
            "deleted": self.deleted,
            "total": self.total,
        }


def changes_of(store: Readable, manifest: Manifest, run_id: str, most: int) -> Changed:
    """Return the changes that a run recorded, at most `most` of each sort.

    A run without the step collect recorded none; an account that kept an older graph neither.
    """
    kept = {name: Smallest(most) for name in ("created", "updated")}
    found = Changed()
    if manifest.run_id != run_id:
        return found
    for entry in manifest.accounts:
        if entry.run_id != run_id:
            continue
        try:
            for line in store.read_lines(entry.changes):
                name, what = line["graph_id"], line["change"]
                found.total[what] += 1
                if what in kept:
                    kept[what].add(rank_of(name), name)
                elif len(found.deleted) < most:
                    found.deleted.append(_gone(line["before"]))
        except MissingError:
            continue
    found.created.update(kept["created"].names())
    found.updated.update(kept["updated"].names())
    return found


def _gone(line: Mapping[str, Any]) -> dict[str, Any]:
    return {name: line[name] for name in ("id", "name", "kind", "account", "region")}
