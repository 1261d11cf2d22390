"""Volumes that have been attached to nothing for a long time."""

from __future__ import annotations

from collections.abc import Iterator

from ebbtide.config.model import VolumesRule
from ebbtide.durations import describe
from ebbtide.rules.finding import Finding, Situation

RULE = "volumes"


def detached_volumes(situation: Situation, options: VolumesRule) -> Iterator[Finding]:
    """AWS does not tell when a volume was detached, so its own last change counts as well."""
    for volume in situation.inventory.of_kind("volume"):
        age, unchanged = situation.age(volume), situation.unchanged_for(volume)
        if volume.ended or volume.get("volume_status") != "available":
            continue
        if age is None or unchanged is None or min(age, unchanged) <= options.min_age:
            continue
        yield Finding(
            volume.graph_id,
            RULE,
            "select",
            f"attached to nothing, {describe(age)} old, unchanged for {describe(unchanged)}",
            {
                "volume_status": "available",
                "volume_size": volume.get("volume_size"),
                "age": describe(age),
                "unchanged_for": describe(unchanged),
                "min_age": describe(options.min_age),
            },
        )
