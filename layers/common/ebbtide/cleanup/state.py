"""The progress of one account's cleanup: one object, replaced only by compare and swap.

Progress and ledger are in the same object, so a function that is killed between two writes can
neither lose nor duplicate an entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self

from ebbtide.plan.model import Plan, Planned
from ebbtide.store.formats import CLEANUP_STATE_FORMAT as FORMAT
from ebbtide.store.formats import require_format

type Status = Literal[
    "planned", "preparing", "prepared", "deleting", "gone", "failed", "skipped", "would_delete"
]

FINAL = frozenset({"gone", "failed", "skipped", "would_delete"})


@dataclass(slots=True)
class Progress:
    """One resource's progress: planned, preparing, prepared, deleting, then an ending.

    `called`: AWS accepted the deleting call; until then, each tick makes it again. `verified`: the
    resource was compared with the plan before anything was touched. `blocked_in` is the last tick
    that found something in the way, or 0.
    """

    status: Status = "planned"
    reason: str = ""
    called: bool = False
    attempts: int = 0
    verified: bool = False
    blocked_in: int = 0

    @property
    def is_final(self) -> bool:
        return self.status in FINAL


@dataclass(frozen=True, slots=True)
class Lease:
    """The turn that may make calls, up to a time; `attempt` counts the retries of the turn."""

    turn: str
    attempt: int
    until: str


@dataclass(slots=True)
class State:
    """The stored state of one account's cleanup; `resources` is keyed by graph id.

    `idle_ticks` counts the last ticks in a row in which nothing moved, `turns` all that began.
    `lease` is None between two turns.
    """

    run_id: str
    account: str
    plan_hash: str
    dry_run: bool
    started: str
    tick: int = 0
    idle_ticks: int = 0
    turns: int = 0
    lease: Lease | None = None
    verified: bool = False
    resources: dict[str, Progress] = field(default_factory=dict)
    ledger: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def of(cls, plan: Plan, dry_run: bool, started: str) -> Self:
        names = {entry.subject.graph_id: Progress() for entry in plan.planned}
        return cls(plan.run_id, plan.account, plan.hash, dry_run, started, resources=names)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read a stored state. Raises FormatError if another version wrote it."""
        require_format(value, FORMAT, "state of the cleanup")
        resources = {name: Progress(**entry) for name, entry in value["resources"].items()}
        known = {key: entry for key, entry in value.items() if key != "format"}
        lease = None if value.get("lease") is None else Lease(**value["lease"])
        return cls(**{**known, "resources": resources, "lease": lease})

    def to_json(self) -> dict[str, Any]:
        return {"format": FORMAT, **asdict(self)}

    @property
    def is_done(self) -> bool:
        return all(progress.is_final for progress in self.resources.values())

    def count(self, *statuses: str) -> int:
        return sum(progress.status in statuses for progress in self.resources.values())

    def are(self, names: Iterable[str], *statuses: str) -> bool:
        return all(self.resources[name].status in statuses for name in names)

    def record(self, entry: Planned, event: str, at: str, **details: Any) -> None:
        """Append to the ledger: who selected a resource, why, on which evidence, what happened."""
        self.ledger.append(
            {
                "seq": len(self.ledger) + 1,
                "at": at,
                "run_id": self.run_id,
                "plan_hash": self.plan_hash,
                "dry_run": self.dry_run,
                "graph_id": entry.subject.graph_id,
                "arn": entry.subject.arn,
                "event": event,
                "rules": list(entry.rules),
                "selected_because": entry.reason,
                "evidence": list(entry.evidence),
                **details,
            }
        )

    def finish(self, entry: Planned, status: Status, at: str, reason: str) -> None:
        progress = self.resources[entry.subject.graph_id]
        progress.status, progress.reason = status, reason
        self.record(entry, status, at, reason=reason)
