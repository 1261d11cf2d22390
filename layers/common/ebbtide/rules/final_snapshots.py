"""Final snapshots: the last copies that the cleanup itself left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from pydantic import Field

from ebbtide.base.durations import describe
from ebbtide.kinds import registry
from ebbtide.model.final_copies import RULE
from ebbtide.options.section import Duration
from ebbtide.rules.finding import Finding
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
        kept_because = {state.why for state in kind.never_delete if state.lifted_by == RULE}
        if not kept_because:
            continue
        for snapshot in situation.inventory.of_kind(kind.name):
            age = situation.age(snapshot)
            if snapshot.ended or snapshot.keep_reason not in kept_because:
                continue
            if age is not None and age > options.keep:
                facts = {"age": describe(age), "keep": describe(options.keep)}
                reason = f"final snapshot, {describe(age)} old (keep {describe(options.keep)})"
                yield Finding(snapshot.graph_id, RULE, "select", reason, facts)


FINAL_SNAPSHOTS = Rule(RULE, FinalSnapshotsOptions, old_final_snapshots)
