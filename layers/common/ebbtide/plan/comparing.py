"""What differs between two sets of plans, such as those of two runs; pure.

Reasons hold ages, which change from run to run. Two entries therefore differ only if their outcome,
their rules, their code or what blocks them does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ebbtide.model.resource import Subject
from ebbtide.plan.model import Plan, Planned, Rejected

type Outcome = Literal["planned", "reported", "refused", "undecided"]
type ChangeName = Literal[
    "selected", "dropped", "refused", "undecided", "reported", "changed", "forgotten"
]


@dataclass(frozen=True, slots=True)
class Fate:
    """What plans say about a resource."""

    subject: Subject
    outcome: Outcome
    rules: tuple[str, ...]
    reason: str
    code: str = ""
    blockers: tuple[str, ...] = ()
    # What it costs a month, in USD; None if that is unknown. A price is no difference.
    monthly: float | None = None

    @property
    def goes(self) -> bool:
        return self.outcome == "planned"

    def differs(self, other: Fate) -> bool:
        return (self.outcome, self.rules, self.code, self.blockers) != (
            other.outcome,
            other.rules,
            other.code,
            other.blockers,
        )


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; `before` or `after` is None if those plans do not name the resource."""

    change: ChangeName
    subject: Subject
    before: Fate | None
    after: Fate | None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def fates_of(plans: Iterable[Plan]) -> dict[str, Fate]:
    """Return what plans say about each resource that they name, by graph id."""
    found = {}
    for plan in plans:
        for fate in _fates(plan):
            found[fate.subject.graph_id] = fate
    return found


def changes(before: Mapping[str, Fate], after: Mapping[str, Fate]) -> list[Change]:
    """Return what differs, by kind of change, then by graph id.

    selected: is to be deleted, and was not. dropped: the reverse. refused, undecided, reported: is
    so now, after something else. changed: the same, for another reason. forgotten: stayed, and is
    no longer named.
    """
    found = []
    for name in sorted({*before, *after}):
        one, other = before.get(name), after.get(name)
        change = _change(one, other)
        fate = other or one
        if change is not None and fate is not None:
            found.append(Change(change, fate.subject, one, other))
    order = list(ORDER)
    return sorted(found, key=lambda one: order.index(one.change))


ORDER: tuple[ChangeName, ...] = (
    "selected",
    "dropped",
    "reported",
    "refused",
    "undecided",
    "changed",
    "forgotten",
)


def _change(before: Fate | None, after: Fate | None) -> ChangeName | None:
    if after is None:
        return "dropped" if before is not None and before.goes else "forgotten"
    if before is not None and not before.differs(after):
        return None
    if before is not None and before.outcome == after.outcome:
        return "changed"
    if after.goes:
        return "selected"
    if before is not None and before.goes:
        return "dropped"
    return _NEWLY[after.outcome]


_NEWLY: Mapping[Outcome, ChangeName] = {
    "reported": "reported",
    "refused": "refused",
    "undecided": "undecided",
    "planned": "selected",
}


def _fates(plan: Plan) -> Iterator[Fate]:
    yield from (_going(entry, "planned") for entry in plan.planned)
    yield from (_going(entry, "reported") for entry in plan.reported)
    yield from (_staying(entry, "refused") for entry in plan.refused)
    yield from (_staying(entry, "undecided") for entry in plan.undecided)


def _going(entry: Planned, outcome: Outcome) -> Fate:
    return Fate(entry.subject, outcome, entry.rules, entry.reason, monthly=entry.monthly)


def _staying(entry: Rejected, outcome: Outcome) -> Fate:
    return Fate(
        entry.subject,
        outcome,
        entry.rules,
        entry.reason,
        entry.code,
        entry.blockers,
        entry.monthly,
    )
