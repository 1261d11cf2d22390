"""Volumes that have been attached to nothing for a long time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ebbtide.config.model import VolumesRule
from ebbtide.durations import describe
from ebbtide.resource import Resource
from ebbtide.rules.finding import Finding, Situation

RULE = "volumes"


def detached_volumes(situation: Situation, options: VolumesRule) -> Iterator[Finding]:
    """AWS does not tell when a volume was detached, so it has to be watched for a while.

    Before it has been watched long enough it is a doubt, unless the options say to assume that
    it has not been in use since its creation.
    """
    for volume in situation.inventory.of_kind("volume"):
        age, unchanged = situation.age(volume), situation.unchanged_for(volume)
        if volume.ended or volume.get("volume_status") != "available":
            continue
        if age is None or unchanged is None or min(age, unchanged) <= options.min_age:
            continue
        watched = situation.watched_for(volume)
        if watched <= options.min_age and not options.assume_unchanged:
            yield _doubt(volume, watched, options)
        else:
            yield _selection(volume, age, unchanged, options)


def _doubt(volume: Resource, watched: timedelta, options: VolumesRule) -> Finding:
    reason = (
        f"attached to nothing, but watched for only {describe(watched)}: "
        f"it may have been in use until then (min_age {describe(options.min_age)})"
    )
    facts = {"watched_for": describe(watched), "min_age": describe(options.min_age)}
    return Finding(volume.graph_id, RULE, "doubt", reason, facts)


def _selection(
    volume: Resource, age: timedelta, unchanged: timedelta, options: VolumesRule
) -> Finding:
    return Finding(
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
