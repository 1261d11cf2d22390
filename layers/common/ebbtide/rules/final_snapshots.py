"""Final snapshots: the last copies that the cleanup itself left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from pydantic import Field

from ebbtide.base.durations import describe
from ebbtide.kinds import registry
from ebbtide.model.final_copies import RULE
from ebbtide.model.kind import Kind
from ebbtide.model.resource import Resource
from ebbtide.options.section import Duration
from ebbtide.rules.finding import ENDED, Finding
from ebbtide.rules.rule import Rule, RuleOptions
from ebbtide.rules.situation import Situation


class FinalSnapshotsOptions(RuleOptions):
    """Final snapshots that Ebbtide left of databases, caches and file systems, once old."""

    keep: Duration = Field(
        default=timedelta(days=30), description="how long each final snapshot is kept"
    )


def old_final_snapshots(situation: Situation, options: FinalSnapshotsOptions) -> Iterator[Finding]:
    """Select final snapshots that are older than they are to be kept."""
    for kind in registry().values():
        if not _has_final_ones(kind):
            continue
        for snapshot in situation.inventory.of_kind(kind.name):
            age = situation.age(snapshot)
            if age is not None and not why_not(situation, options, snapshot):
                facts = {"age": describe(age), "keep": describe(options.keep)}
                reason = f"final snapshot, {describe(age)} old (keep {describe(options.keep)})"
                yield Finding(snapshot.graph_id, RULE, "select", reason, facts)


def _has_final_ones(kind: Kind) -> bool:
    return bool(_kept_because(kind))


def _kept_because(kind: Kind) -> set[str]:
    """Return the reasons why other rules keep final snapshots of a kind."""
    return {state.why for state in kind.never_delete if state.lifted_by == RULE}


def why_not(situation: Situation, options: FinalSnapshotsOptions, resource: Resource) -> str:
    """Return why a resource is not a final snapshot that is old enough; "" if it is one."""
    if resource.keep_reason not in _kept_because(registry()[resource.kind]):
        return "it is not a final snapshot of Ebbtide"
    if resource.ended:
        return ENDED
    return situation.too_young(resource, options.keep, "keep")


FINAL_SNAPSHOTS = Rule(RULE, FinalSnapshotsOptions, old_final_snapshots, why_not)
