"""Doubt tags that vanish from most resources of a kind and slice at once.

AWS has answered such calls with success and no tags for hours, and a proxy can do the same. So the
tags of all resources that appear untagged are unknown until several consecutive runs have found the
same, as with counts (`graph/suspicion.py`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ebbtide.config.model import SuspicionConfig
from ebbtide.graph.suspicion import Known
from ebbtide.model.coverage import Coverage
from ebbtide.model.lines import ResourceLine

type Slice = tuple[str, str]  # region and kind
# What a snapshot knows of a resource's tags, and what the next reading finds.
type Knowledge = str


def doubt_vanished_tags(
    fresh: Iterable[ResourceLine],
    previous: Mapping[str, ResourceLine],
    coverage: Iterable[Coverage],
    known: Known,
    options: SuspicionConfig,
) -> list[Coverage]:
    """Set the tags of doubtful lines to None, and return the coverage that says so.

    `fresh` are the resources of this run, which must allow two iterations; `previous` are those of
    the last snapshot by graph id, and `known` is its coverage.
    """
    changes = _changes(fresh, previous)
    weighed = [
        _weighed(entry, known.get(place), _Tags(changes[place]), options)
        for entry in coverage
        for place in [(entry.region, entry.kind)]
    ]
    doubtful = {(entry.region, entry.kind) for entry in weighed if entry.low_tag_runs}
    if doubtful:
        for line in fresh:
            if line["tags"] == {} and (line["region"], line["kind"]) in doubtful:
                line["tags"] = None
    return weighed


def _changes(
    fresh: Iterable[ResourceLine], previous: Mapping[str, ResourceLine]
) -> Mapping[Slice, Counter[tuple[Knowledge, Knowledge]]]:
    """Count the resources of each slice by what was known of their tags, and what is now."""
    found: dict[Slice, Counter[tuple[Knowledge, Knowledge]]] = defaultdict(Counter)
    seen = set()
    for line in fresh:
        seen.add(line["graph_id"])
        before = _knowledge(previous.get(line["graph_id"]))
        found[line["region"], line["kind"]][before, _knowledge(line)] += 1
    for graph_id, line in previous.items():
        if graph_id not in seen:
            found[line["region"], line["kind"]][_knowledge(line), "absent"] += 1
    return found


def _knowledge(line: ResourceLine | None) -> Knowledge:
    if line is None:
        return "absent"
    return "unknown" if line["tags"] is None else "tagged" if line["tags"] else "untagged"


@dataclass(frozen=True, slots=True)
class _Tags:
    """The changes of one slice."""

    changes: Counter[tuple[Knowledge, Knowledge]]

    @property
    def untagged(self) -> int:
        return sum(number for (_, now), number in self.changes.items() if now == "untagged")

    def balance(self, hidden: int, *, carried: bool) -> tuple[int, int, int]:
        """Return how many kept their tags, lost them, and still have unknown ones.

        `hidden` resources had tags before these became unknown. The count does not say which, so
        as many as possible of those that are read again count as resources that had some. With
        `carried`, what is missing in this run stays in the snapshot.
        """
        regained = min(self.changes["unknown", "tagged"], hidden)
        emptied = min(self.changes["unknown", "untagged"], hidden - regained)
        dark = self.changes["unknown", "unknown"]
        dark += self.changes["unknown", "absent"] if carried else 0
        still_hidden = min(dark, hidden - regained - emptied)
        return (
            self.changes["tagged", "tagged"] + regained,
            self.changes["tagged", "untagged"] + emptied,
            self.changes["tagged", "unknown"] + still_hidden,
        )


def _weighed(
    entry: Coverage, before: Coverage | None, tags: _Tags, options: SuspicionConfig
) -> Coverage:
    hidden, low_runs = (before.hidden_tags, before.low_tag_runs) if before else (0, 0)
    kept, lost, still_hidden = tags.balance(hidden, carried=not entry.proves_absence)
    was_read = entry.state in ("complete", "suspect")
    # As with counts, a fall to zero is always in doubt.
    vanished = lost > 0 and (kept == 0 or 100 * lost / (kept + lost) > options.share)
    # An incomplete reading can begin a doubt, but neither confirms nor ends it.
    doubted = (vanished and low_runs < options.runs) if was_read else (vanished or low_runs > 0)
    if not doubted:
        return replace(entry, hidden_tags=still_hidden)
    return replace(
        entry,
        unknown_tags=entry.unknown_tags + tags.untagged,
        hidden_tags=still_hidden + lost,
        low_tag_runs=low_runs + 1 if was_read else max(low_runs, 1),
    )
