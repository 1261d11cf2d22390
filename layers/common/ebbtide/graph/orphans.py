"""Note since when the owners of resources are gone; pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from ebbtide.config import OwnersConfig
from ebbtide.graph.watching import is_interrupted
from ebbtide.model.coverage import Coverage
from ebbtide.model.lines import ResourceLine
from ebbtide.owners.looking import Owners, settled


class _View(NamedTuple):
    """What the marks of a line and its identities as an owner need."""

    graph_id: str
    kind: str
    id: str
    name: str
    arn: str | None
    account: str
    region: str
    tags: Mapping[str, str] | None
    properties: Mapping[str, Any]


def note_orphans(
    lines: Mapping[str, ResourceLine],
    previous: Mapping[str, ResourceLine],
    coverage: Iterable[Coverage],
    enabled_regions: Collection[str] | None,
    config: OwnersConfig,
    started: str,
    *,
    missed: bool = False,
) -> None:
    """Set `orphaned_since` on each line whose owners were looked for and are all gone.

    The time is that of the first run of an unbroken row in which that was proved. A run that could
    not prove it or was `missed` breaks the row, and so does a long time without a run, because the
    owner may have been there.
    """
    states = {(entry.region, entry.kind): entry for entry in coverage}
    owners = Owners(states, enabled_regions, frozenset(config.deleted_clusters))
    owners.add(_view(line) for line in lines.values() if not line["ended"])
    for graph_id, line in lines.items():
        line.pop("orphaned_since", None)
        if line["ended"] or line["stale_since"] is not None:
            continue
        seen = settled(owners.look_for(_view(line)))
        if seen and all(one.state == "gone" for one in seen):
            before = previous.get(graph_id)
            since = before.get("orphaned_since") if before else None
            last = before["last_seen"] if before else None
            if since is None or last is None or missed or is_interrupted(last, started):
                since = started
            line["orphaned_since"] = since


def _view(line: ResourceLine) -> _View:
    return _View(
        line["graph_id"],
        line["kind"],
        line["id"],
        line["name"],
        line["arn"],
        line["account"],
        line["region"],
        line["tags"],
        line["properties"],
    )
