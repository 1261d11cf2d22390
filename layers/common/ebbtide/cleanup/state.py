"""The progress of one account's cleanup: one object, replaced only by compare and swap.

Progress and new entries of the ledger are in the same object, so a function that is killed between
two writes can neither lose nor duplicate an entry. Older entries are in segments (ledger.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from operator import attrgetter
from typing import Any, Literal, Self

from ebbtide.plan.model import Plan, Planned
from ebbtide.store.formats import CLEANUP_STATE_FORMAT as FORMAT
from ebbtide.store.formats import require_format

type Status = Literal[
    "planned",
    "preparing",
    "prepared",
    "deleting",
    "pending",
    "gone",
    "failed",
    "skipped",
    "left_behind",
    "would_delete",
]
# Why it is unknown whether AWS accepted a deletion: something was not found, the answer was lost,
# or AWS refused it with a code that nobody declared.
type Doubt = Literal["", "absent", "lost", "failed"]

FINAL = frozenset({"gone", "failed", "skipped", "left_behind", "would_delete"})
# This run does nothing more for these. `pending` is not an ending: the next run reads it again.
OVER = FINAL | {"pending"}
# What a resource waits for before its next call: something is in the way, AWS's answer was lost, or
# a preparation that AWS accepted takes effect later.
type Held = Literal["", "blocked", "lost", "waiting"]

# The endings of what is still there.
STAYING = frozenset({"failed", "skipped", "left_behind"})


@dataclass(slots=True)
class Progress:
    """One resource's progress: planned, preparing, prepared, deleting, then an ending or pending.

    Times are texts, empty as long as there is none. The members in ALWAYS are always stored, the
    others only if they have a value.
    """

    status: Status = "planned"
    reason: str = ""
    # AWS accepted the deleting call, or may have: it is not made again unless a read says so.
    called: bool = False
    attempts: int = 0
    # It was compared with the plan before anything was touched.
    verified: bool = False
    # The last tick in which it was held up, or 0, and by what.
    blocked_in: int = 0
    held: Held = ""
    # When the first call for it was about to be made, and when calls that prepare it were accepted.
    begun: str = ""
    prepared_at: str = ""
    deleting_since: str = ""
    ended_at: str = ""
    # AWS's answer that leaves open whether it accepted the deletion, and of which sort it is.
    answer: str = ""
    doubt: Doubt = ""
    # An earlier deleting call may have been accepted: its answer was lost, or the tick was killed.
    uncertain: bool = False
    # Answers in this run that were lost or throttled.
    lost: int = 0
    # Ticks whose confirming read found it there, the last of them, and since when they count.
    reads: int = 0
    read_in: int = 0
    read_since: str = ""
    # It was in the state of a failed deletion already before the call, or is now.
    failed_before: bool = False
    suspect: bool = False
    # Its creation time and other values that a resource of the same id would not have.
    born: dict[str, Any] = field(default_factory=dict)
    # Another resource has its id now.
    made_again: bool = False
    # The fingerprint that the last verification read; kept for parts of a whole.
    seen: dict[str, Any] = field(default_factory=dict)
    # An earlier run began the deletion.
    carried: bool = False
    # AWS's answer ended it, so it counts as an attempt.
    refused: bool = False
    # Failures in a row for the same reason, over all runs, and whether the last one is news.
    failures: int = 0
    failing_since: str = ""
    failing_reason: str = ""
    new: bool = False
    # Until when the calendar keeps it from beginning: a time, or "unknown".
    closed_until: str = ""
    # What its plan says that it costs, and its owner; set once it has an ending.
    saves: dict[str, Any] = field(default_factory=dict)
    # The first rule that selected it, and the time of its last entry in the ledger.
    rule: str = ""
    recorded_at: str = ""
    # All values when to_json() was last called, and what it returned.
    _values: tuple[Any, ...] = field(default=(), init=False, repr=False, compare=False)
    _stored: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def is_final(self) -> bool:
        return self.status in FINAL

    @property
    def is_over(self) -> bool:
        return self.status in OVER

    def to_json(self) -> dict[str, Any]:
        """Return what is stored. Each save asks all resources, of which few have changed."""
        values = _values(self)
        if values != self._values:
            self._values = values
            members = zip(_NAMES, values, strict=True)
            self._stored = {name: value for name, value in members if value or name in ALWAYS}
        return self._stored


ALWAYS = frozenset({"status", "reason", "called", "attempts", "verified", "blocked_in"})
_NAMES = tuple(one.name for one in fields(Progress) if one.init)
_values = attrgetter(*_NAMES)


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
    `lease` is None between two turns. `resumed`: what earlier runs left unfinished has been taken
    over. `due` is the next time at which time alone moves something. `ledger` has the entries after
    the first `in_segments`, which are in objects of their own.
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
    resumed: bool = False
    due: str = ""
    resources: dict[str, Progress] = field(default_factory=dict)
    ledger: list[dict[str, Any]] = field(default_factory=list)
    in_segments: int = 0

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
        own = {one.name: getattr(self, one.name) for one in fields(self)}
        resources = {name: progress.to_json() for name, progress in self.resources.items()}
        lease = None if self.lease is None else asdict(self.lease)
        kept = {"resources": resources, "ledger": list(self.ledger), "lease": lease}
        return {"format": FORMAT, **own, **kept}

    @property
    def is_done(self) -> bool:
        return all(progress.is_over for progress in self.resources.values())

    @property
    def recorded(self) -> int:
        """Return how many entries the ledger has."""
        return self.in_segments + len(self.ledger)

    def count(self, *statuses: str) -> int:
        return sum(progress.status in statuses for progress in self.resources.values())

    def are(self, names: Iterable[str], *statuses: str) -> bool:
        return all(self.resources[name].status in statuses for name in names)

    def record(self, entry: Planned, event: str, at: str, **details: Any) -> None:
        """Append to the ledger: who selected a resource, why, on which evidence, what happened."""
        progress = self.resources[entry.subject.graph_id]
        progress.recorded_at = at
        progress.rule = progress.rule or next(iter(entry.rules), "")
        self.ledger.append(
            {
                "seq": self.recorded + 1,
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
                **({"approvals": list(entry.approvals)} if entry.approvals else {}),
                **details,
            }
        )

    def finish(self, entry: Planned, status: Status, at: str, reason: str, **details: Any) -> None:
        """Give a resource its ending, or set it aside as pending."""
        progress = self.resources[entry.subject.graph_id]
        progress.status, progress.reason, progress.ended_at = status, reason, at
        progress.saves = {"monthly": entry.monthly, "owner": entry.owner}
        self.record(entry, status, at, reason=reason, **progress.saves, **details)
