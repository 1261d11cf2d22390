"""What a digest lists: resources that a run planned or left undecided, and deleted ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ebbtide.model.resource import Subject

# In the order in which a digest lists them.
type State = Literal[
    "planned", "ending", "announced", "grace", "held", "pending", "failed", "undecided"
]
STATES: tuple[State, ...] = (
    "planned",
    "ending",
    "announced",
    "grace",
    "held",
    "pending",
    "failed",
    "undecided",
)


@dataclass(frozen=True, slots=True)
class Item:
    """A resource that the run was about and that is still there.

    `announced` may go from the next run on, `ending` within a day, when its grace is over, and
    `grace` later; `pending` is being deleted by AWS, and `when` says when
    it goes or why it does not. `created` is the text of a time; `monthly` is in US dollars. What is
    not known is None.
    """

    subject: Subject
    state: State
    rules: tuple[str, ...]
    reason: str
    when: str
    owner: str | None = None
    created: str | None = None
    monthly: float | None = None

    @property
    def rule(self) -> str:
        """The first rule or job that selects it; empty for what only goes along."""
        return self.rules[0] if self.rules else ""


@dataclass(frozen=True, slots=True)
class Deleted:
    """A resource that a run deleted, as the ledger has it."""

    graph_id: str
    run_id: str
    started: str
    at: str
    rules: tuple[str, ...]
    because: str
    owner: str | None = None
    monthly: float | None = None

    @property
    def parts(self) -> tuple[str, str, str, str]:
        """Its account, region, kind and id."""
        account, region, kind, id = self.graph_id.split("/", 3)
        return account, region, kind, id
