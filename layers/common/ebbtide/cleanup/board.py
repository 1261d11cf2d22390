"""The progress of all entries of a cleanup, indexed so that no step looks at all for each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ebbtide.cleanup.attempts import note_failure
from ebbtide.cleanup.state import OVER, State, Status
from ebbtide.plan.model import Planned


@dataclass(slots=True)
class Board:
    """The state of a cleanup and its entries by graph id; `at` returns the time as text.

    While a board is in use, statuses change only through it.
    """

    state: State
    entries: Mapping[str, Planned]
    at: Callable[[], str]
    # What goes along with a resource, directly or through others; what is part of a whole.
    carried: dict[str, list[Planned]] = field(init=False)
    parts: dict[str, list[Planned]] = field(init=False)
    # Who waits until a resource is gone, until it is prepared, and what it needs while it stays.
    waiting: dict[str, list[Planned]] = field(init=False)
    waiting_for_preparation: dict[str, list[Planned]] = field(init=False)
    needing: dict[str, list[Planned]] = field(init=False)
    # What has ended since `take_ended` was last asked.
    _ended: list[str] = field(init=False)
    _by_status: dict[str, dict[str, None]] = field(init=False)
    _place: dict[str, int] = field(init=False)
    _in_round: dict[str, tuple[Status, bool]] = field(default_factory=dict)
    _in_tick: dict[str, tuple[Status, bool]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._place = {name: place for place, name in enumerate(self.entries)}
        self._by_status = defaultdict(dict)
        for name in self.entries:
            self._by_status[self.state.resources[name].status][name] = None
        self._ended = [name for name in self.entries if self.state.resources[name].is_over]
        self.carried, self.parts = defaultdict(list), defaultdict(list)
        self.waiting, self.needing = defaultdict(list), defaultdict(list)
        self.waiting_for_preparation = defaultdict(list)
        roots: dict[str, str | None] = {}
        for entry in self.entries.values():
            root = self._root(entry, roots)
            if root is not None:
                self.carried[root].append(entry)
            self.parts[entry.part_of or entry.subject.graph_id].append(entry)
            for name in entry.after:
                self.waiting[name].append(entry)
            for name in entry.prepared_after:
                self.waiting_for_preparation[name].append(entry)
            for name in entry.needed_by:
                self.needing[name].append(entry)

    def _root(self, entry: Planned, roots: dict[str, str | None]) -> str | None:
        """Return the resource whose deletion takes this one along; each way is gone only once."""
        way = []
        owner = entry.goes_with
        last: str | None = None
        while owner is not None and owner in self.entries:
            last = owner
            if owner in roots:
                last = roots[owner] or owner
                break
            way.append(owner)
            owner = self.entries[owner].goes_with
        for name in way:
            roots[name] = None if name == last else last
        return last

    def root(self, entry: Planned) -> str | None:
        """Return the resource whose deletion takes this one along, or None."""
        return self._root(entry, {})

    def begun_owner(self, entry: Planned) -> str | None:
        """Return the resource that takes this one along, if calls were made for it.

        AWS may have deleted this one, whatever became of that.
        """
        root = self.root(entry)
        return root if root is not None and self.state.resources[root].attempts else None

    def with_status(self, *statuses: Status) -> list[Planned]:
        """Return the entries with one of these statuses, in the order of the plan."""
        names = [name for status in statuses for name in self._by_status[status]]
        return [self.entries[name] for name in sorted(names, key=self._place.__getitem__)]

    def is_held(self, entry: Planned) -> bool:
        """Return whether this tick already found something in the way: retrying now is useless."""
        return self.state.resources[entry.subject.graph_id].blocked_in == self.state.tick

    def may_be_deleted(self, entry: Planned) -> bool:
        """Return whether the deleting call may follow, once the resource is verified."""
        progress = self.state.resources[entry.subject.graph_id]
        return (
            entry.action == "delete"
            and progress.status in ("prepared", "deleting")
            and not progress.called
            and not self.is_held(entry)
            and self.all(entry.prepared_after, "prepared", "deleting", "pending", "gone")
        )

    @property
    def is_done(self) -> bool:
        return sum(len(self._by_status[status]) for status in OVER) == len(self.entries)

    def move(self, name: str, status: Status, *, called: bool | None = None) -> None:
        """Give a resource another status on its way."""
        progress = self.state.resources[name]
        for before in (self._in_round, self._in_tick):
            before.setdefault(name, (progress.status, progress.called))
        self._by_status[progress.status].pop(name, None)
        self._by_status[status][name] = None
        progress.status = status
        if called is not None:
            progress.called = called

    def doubt(self, entry: Planned, answer: str) -> None:
        """Let reads alone decide about a resource whose deletion AWS may have accepted."""
        progress = self.state.resources[entry.subject.graph_id]
        progress.doubt, progress.answer = "absent", answer
        progress.deleting_since = progress.deleting_since or progress.begun or self.at()
        self.move(entry.subject.graph_id, "deleting", called=True)

    def finish(self, entry: Planned, status: Status, reason: str) -> None:
        """Give a resource its ending, or set it aside as pending; what follows is not done yet."""
        name = entry.subject.graph_id
        progress = self.state.resources[name]
        details: dict[str, Any] = {}
        if progress.doubt == "failed" and status == "failed":
            progress.called = False
        if status == "failed" or (status == "skipped" and progress.refused):
            if progress.attempts or progress.carried:
                note_failure(progress, reason, self.at())
                details = {
                    "failures": progress.failures,
                    "failing_since": progress.failing_since,
                    "new": progress.new,
                }
        elif status == "pending":
            details = {"deleting_since": progress.deleting_since}
        self.move(name, status)
        self.state.finish(entry, status, self.at(), reason, **details)
        self._ended.append(name)

    def take_ended(self) -> list[str]:
        """Return what has ended, or become pending, since the last time."""
        ended, self._ended = self._ended, []
        return ended

    def start_round(self) -> None:
        self._in_round.clear()

    @property
    def has_moved(self) -> bool:
        """Return whether a status, or an accepted call, differs since the round began."""
        return self._differs(self._in_round)

    @property
    def has_moved_in_tick(self) -> bool:
        """Return the same for all rounds together: what was tried in vain has not moved."""
        return self._differs(self._in_tick)

    def _differs(self, before: Mapping[str, tuple[Status, bool]]) -> bool:
        resources = self.state.resources
        return any(
            (resources[name].status, resources[name].called) != then
            for name, then in before.items()
        )

    def all(self, names: Iterable[str], *statuses: Status) -> bool:
        """Return whether all of these resources have one of these statuses."""
        return all(any(name in self._by_status[one] for one in statuses) for name in names)
