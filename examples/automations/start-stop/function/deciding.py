"""Find the instances with a schedule in the graph, and decide what each of them needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

import schedule
from services import SERVICES, Instance, Service

TAG = "schedule"


class Place(NamedTuple):
    """Where instances of one kind are."""

    account: str
    region: str
    kind: str


@dataclass(slots=True)
class Summary:
    """What a run of the function did, and why it did nothing to the rest; lists of graph ids."""

    run_id: str
    dry_run: bool
    started: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    would_start: list[str] = field(default_factory=list)
    would_stop: list[str] = field(default_factory=list)
    as_scheduled: int = 0
    left_alone: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def text(self) -> str:
        """Return what changed or failed as text for people; empty if nothing did."""
        parts = [("started", self.started), ("stopped", self.stopped)]
        lines = [f"{len(ids)} {what}: {', '.join(ids)}" for what, ids in parts if ids]
        lines += [f"failed: {name}: {why}" for name, why in self.failed.items()]
        return "\n".join(lines)


def with_schedule(resources: Iterable[Mapping[str, Any]]) -> dict[Place, set[str]]:
    """Return the ids of the instances whose tag the snapshot knows, by place."""
    found: dict[Place, set[str]] = defaultdict(set)
    for one in resources:
        if one["kind"] in SERVICES and TAG in (one["tags"] or {}) and not one["ended"]:
            found[Place(one["account"], one["region"], one["kind"])].add(one["id"])
    return dict(found)


@dataclass(frozen=True, slots=True)
class Decision:
    """What an instance needs: to `start`, to `stop`, nothing (None), or why it is left alone."""

    action: Literal["start", "stop"] | None = None
    left: str = ""


def decide(instance: Instance, service: Service, now: datetime) -> Decision:
    """Return what to do with an instance as it is now; in doubt, nothing."""
    tag = instance.tags.get(TAG)
    if tag is None:
        return Decision(left="it has lost its tag")
    try:
        wanted = schedule.parse(tag).is_on(now)
    except schedule.ScheduleError as error:
        return Decision(left=f"tag {TAG}: {error}")
    if instance.fixed:
        return Decision(left=instance.fixed)
    if instance.state not in (service.running, service.stopped):
        return Decision(left=f"it is {instance.state}")
    if wanted == (instance.state == service.running):
        return Decision()
    return Decision("start" if wanted else "stop")
