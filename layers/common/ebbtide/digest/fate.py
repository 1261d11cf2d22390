"""What becomes of a planned resource after its run, in words; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from ebbtide.config import CleanupConfig
from ebbtide.digest.item import State

type Record = Mapping[str, Any]

NEXT = "the next run tries again"


@dataclass(frozen=True, slots=True)
class Fate:
    """What a run does with its plan as a whole.

    `begins`: by account, what begins today of a plan that the calendar spreads over days.
    """

    enabled: bool
    dry_run: bool
    held: bool
    only_approved: bool
    begins: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, cleanup: CleanupConfig, summary: Record) -> Self:
        return cls(
            cleanup.enabled,
            cleanup.dry_run,
            bool(summary["held"]),
            bool(summary.get("only_approved")),
            {
                one["account"]: frozenset(one["calendar"]["begins"])
                for one in summary["accounts"]
                if one.get("calendar", {}).get("begins") is not None
            },
        )

    def of_planned(self, entry: Record, progress: Record | None) -> tuple[State, str] | None:
        """Return the state of a planned resource and what becomes of it; None if it is gone."""
        if progress is not None:
            return _after(progress)
        if self.held or (self.only_approved and entry.get("held")):
            return "held", f"waits: {entry.get('held') or 'the plan is held'}"
        if not self.enabled:
            return "planned", "stays for now: cleanup is disabled"
        if self.dry_run:
            return "planned", "stays for now: dry run"
        subject = entry["subject"]
        begins = self.begins.get(subject["account"])
        if begins is not None and subject["graph_id"] not in begins:
            return "planned", "waits for another day: cleanup.calendar.per_day"
        return "planned", f"was not touched in this run; {NEXT}"

    def of_reported(self, entry: Record) -> tuple[State, str]:
        """Return the same of a resource that this run only reports."""
        grace = entry.get("grace")
        if grace is not None:
            goes = "" if self.enabled and not self.dry_run else "; nothing is deleted now"
            return "ending" if grace["ending"] else "grace", f"{entry['stays']}{goes}"
        why = entry.get("stays") or "its rule is new or has changed"
        return "announced", f"only reported ({why}); may be deleted from the next run on"


def _after(progress: Record) -> tuple[State, str] | None:
    reason = progress.get("reason", "")
    match progress["status"]:
        case "gone":
            return None
        case "pending":
            return "pending", "AWS is deleting it"
        case "failed":
            return "failed", f"could not be deleted: {reason}"
        case "left_behind":
            return "failed", f"was left behind: {reason}"
        case "skipped":
            return "planned", f"was skipped ({reason}); {NEXT}"
        case "would_delete":
            return "planned", "stays for now: dry run"
    return "planned", "this run did not come to it; the next one continues"
