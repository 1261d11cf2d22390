"""Volumes that have been unattached for a long time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from pydantic import Field

from ebbtide.base.clock import from_text
from ebbtide.base.durations import describe
from ebbtide.model.resource import Resource
from ebbtide.options.section import Duration
from ebbtide.rules.finding import ENDED, Finding
from ebbtide.rules.rule import Rule, RuleOptions
from ebbtide.rules.situation import Situation

NAME = "volumes"


class VolumesOptions(RuleOptions):
    """Unattached volumes whose age and time since the last change both exceed min_age."""

    min_age: Duration = Field(
        default=timedelta(days=14),
        description="both the age and the time since the last seen change must exceed it",
    )
    assume_unchanged: bool = Field(
        default=False,
        description="a volume that was never seen in use counts as unused since its creation; "
        "otherwise it must have been watched for min_age",
    )
    last_use: bool = Field(
        default=False,
        description="ask CloudWatch when a volume was last read or written, instead of watching it "
        "for min_age; collect.last_use.period must be at least min_age",
    )


def detached_volumes(situation: Situation, options: VolumesOptions) -> Iterator[Finding]:
    """Select volumes that have been unattached for the minimum age.

    AWS does not report when a volume was detached, so Ebbtide has to watch it. Until it has been
    watched long enough without a change, it is a doubt, unless the options assume that it has been
    unused since its creation, or ask CloudWatch for its last use.
    """
    for volume in situation.inventory.of_kind("volume"):
        age, unchanged = situation.age(volume), situation.since_change(volume)
        if age is None or unchanged is None or why_not(situation, options, volume):
            continue
        use = _known_use(volume) if options.last_use else None
        if use is not None:
            yield _selection(volume, age, unchanged, options, use)
        elif options.assume_unchanged:
            yield _selection(volume, age, unchanged, options)
        elif volume.unchanged_for <= options.min_age:
            yield _doubt(volume, volume.unchanged_for, options)
        else:
            yield _selection(volume, age, volume.unchanged_for, options)


def why_not(situation: Situation, options: VolumesOptions, resource: Resource) -> str:
    """Return why a resource is not a volume that seems unused for long; "" if it is one."""
    if "volume" not in resource.kinds:
        return "it is not a volume"
    if resource.ended:
        return ENDED
    status = resource.get("volume_status")
    if status != "available":
        return f"its status is {status or 'unknown'}, not available"
    if young := situation.too_young(resource, options.min_age):
        return young
    unchanged = situation.since_change(resource)
    if unchanged is None:
        return "it is unknown when it last changed"
    limit = describe(options.min_age)
    if unchanged <= options.min_age:
        return f"it changed {describe(unchanged)} ago, not longer than min_age ({limit})"
    use = _known_use(resource) if options.last_use else None
    if use is not None and _unused_for(situation, use) < options.min_age:
        return f"it was last used {use['last_used']}, less than min_age ({limit}) ago"
    return ""


def _known_use(volume: Resource) -> Mapping[str, Any] | None:
    """Return the last use (null for never) and the start of the period asked; None if unread."""
    since = volume.get("last_use_known_since")
    if since is None or "last_used" not in volume.properties:
        return None
    return {"last_used": volume.get("last_used"), "last_use_known_since": since}


def _unused_for(situation: Situation, use: Mapping[str, Any]) -> timedelta:
    """Return how long the volume is known to have been neither read nor written."""
    return situation.now - from_text(use["last_used"] or use["last_use_known_since"])


def _doubt(volume: Resource, watched: timedelta, options: VolumesOptions) -> Finding:
    reason = (
        f"unattached, but watched for only {describe(watched)}: it may have been in use before, or "
        f"while it could not be read (min_age {describe(options.min_age)})"
    )
    facts = {"watched_for": describe(watched), "min_age": describe(options.min_age)}
    return Finding(volume.graph_id, NAME, "doubt", reason, facts)


def _selection(
    volume: Resource,
    age: timedelta,
    unchanged: timedelta,
    options: VolumesOptions,
    use: Mapping[str, Any] | None = None,
) -> Finding:
    reason = f"unattached, {describe(age)} old, unchanged for {describe(unchanged)}"
    if use is not None:
        used, since = use["last_used"], use["last_use_known_since"]
        reason += f", last used {used}" if used else f", not used since {since}"
    facts = {
        "volume_status": "available",
        "volume_size": volume.get("volume_size"),
        "age": describe(age),
        "unchanged_for": describe(unchanged),
        "min_age": describe(options.min_age),
        **(use or {}),
    }
    return Finding(volume.graph_id, NAME, "select", reason, facts)


VOLUMES = Rule(
    NAME,
    VolumesOptions,
    detached_volumes,
    why_not,
    last_use=lambda options: ("volume",) if options.last_use else (),
    looks_back=lambda options: options.min_age if options.last_use else None,
)
