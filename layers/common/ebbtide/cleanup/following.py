"""What follows for the rest of a plan if some of it stays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ebbtide.cleanup.state import State, Status
from ebbtide.plan.model import Planned


@dataclass(frozen=True, slots=True)
class Following:
    """Skips planned resources that cannot go without others; `at` returns the time as text."""

    state: State
    entries: Mapping[str, Planned]
    at: Callable[[], str]

    def skip_all(self) -> None:
        """Skip what cannot go without what is skipped, until nothing more follows."""
        skipped = -1
        while (count := self.state.count("skipped")) != skipped:
            skipped = count
            self._skip_owners_of_kept()
            self._skip_broken_wholes()
            self.skip_hopeless()

    def skip_hopeless(self) -> None:
        """Skip resources that wait for, or are needed by, something that stays."""
        changed = True
        while changed:
            changed = False
            for entry in self._with("planned", "prepared"):
                reason = self._hopeless(entry)
                if reason:
                    self._skip(entry, reason)
                    changed = True

    def going(self) -> frozenset[str]:
        """Return the graph ids that the plan still deletes: all but what was found to stay."""
        return frozenset(name for name in self.entries if not self._stays(name))

    def root(self, entry: Planned) -> str | None:
        """Return the resource whose deletion takes this one along, or None."""
        root = entry.goes_with
        while root is not None and self.entries[root].goes_with is not None:
            root = self.entries[root].goes_with
        return root

    def _skip_owners_of_kept(self) -> None:
        """Skip the owner of each skipped resource: AWS would delete both together."""
        for entry in self._with("skipped"):
            root = self.root(entry)
            if root is not None and self.state.resources[root].status == "planned":
                why = self.state.resources[entry.subject.graph_id].reason
                self._skip(self.entries[root], carries(entry, why))

    def _skip_broken_wholes(self) -> None:
        """Skip a whole, such as a VPC with its parts, as soon as one part of it is skipped."""
        for entry in self._with("skipped"):
            whole = entry.part_of or entry.subject.graph_id
            for other in self._with("planned"):
                if whole in (other.part_of, other.subject.graph_id):
                    reason = f"planned together with {entry.subject.graph_id}, which was skipped"
                    self._skip(other, reason)

    def _hopeless(self, entry: Planned) -> str:
        lost = [name for name in (*entry.after, *entry.prepared_after) if self._stays(name)]
        if lost:
            return f"waited for {', '.join(lost)}, which stays"
        users = [name for name in entry.needed_by if self._stays(name)]
        return f"is still needed by {', '.join(users)}, which stays" if users else ""

    def _stays(self, name: str) -> bool:
        return self.state.resources[name].status in ("failed", "skipped")

    def _with(self, *statuses: Status) -> list[Planned]:
        return [
            entry
            for name, entry in self.entries.items()
            if self.state.resources[name].status in statuses
        ]

    def _skip(self, entry: Planned, reason: str) -> None:
        self.state.finish(entry, "skipped", self.at(), reason)


def carries(entry: Planned, why: str) -> str:
    """Return why an owner stays: its deletion would take along something that stays."""
    return f"deleting it would also delete {entry.subject.graph_id}, which stays: {why}"
