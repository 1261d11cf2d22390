"""Divides a plan into what was approved and what is held until somebody approves it; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ebbtide.plan.approvals import Verdicts
from ebbtide.plan.draft import Draft
from ebbtide.plan.model import Plan, Planned

type Settle = Callable[[Draft], list[Planned]]


def refuse_rejected(draft: Draft) -> None:
    """Refuse each candidate that a person has rejected and that could go otherwise."""
    for name in draft.active:
        if name in draft.rejected_by:
            draft.refuse(name, "rejected", draft.rejected_by[name])


def divided(
    draft: Draft, planned: Sequence[Planned], verdicts: Verdicts, settle: Settle
) -> tuple[list[Planned], list[Planned]]:
    """Return all entries, each approved or held, and those that may go if only approved ones may.

    The second list is empty if it would have all entries, or none. What cannot go without a held
    resource is held as well, by the same checks that keep anything that relies on what stays.
    """
    trial, found = _approved_alone(draft, planned, verdicts, settle)
    going = {entry.subject.graph_id: entry for entry in found}
    marked = [
        replace(entry, approvals=going[entry.subject.graph_id].approvals)
        if entry.subject.graph_id in going
        else replace(entry, held=_why(trial, entry, verdicts))
        for entry in planned
    ]
    return marked, found if 0 < len(found) < len(planned) else []


def _approved_alone(
    draft: Draft, planned: Sequence[Planned], verdicts: Verdicts, settle: Settle
) -> tuple[Draft, list[Planned]]:
    """Return what can go without anything that lacks an approval, and the draft that says why."""
    trial, found, held = draft, list(planned), dict[str, str]()
    while True:
        found = [replace(entry, approvals=verdicts.covering(entry)) for entry in found]
        new = {
            entry.subject.graph_id: verdicts.why_held(entry)
            for entry in found
            if not entry.approvals
        }
        if not new or not new.keys() - held.keys():
            return trial, [] if new else found
        held |= new
        trial = draft.copied()
        trial.held = held
        for name in trial.active:
            if name in held:
                trial.undecided[name] = trial.rejected(name, "held", held[name])
        found = settle(trial)


def _why(trial: Draft, entry: Planned, verdicts: Verdicts) -> str:
    name = entry.subject.graph_id
    if not verdicts.covering(entry):
        return verdicts.why_held(entry)
    rejected = trial.undecided.get(name) or trial.refused.get(name)
    if rejected is not None:
        return f"waits for an approval: {rejected.reason}"
    return f"waits for an approval: {entry.goes_with or 'what it relies on'} stays"


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """What of the plans of a run goes: how many resources, by account.

    `held`: nothing goes, although something is planned or a limit is exceeded.
    """

    counts: Mapping[str, int]
    only_approved: bool
    held: bool
    held_resources: int


def carried_out(plans: Sequence[Plan], approval: str, *, beyond: bool) -> CarriedOut:
    """Decide what goes of the plans of a run, of which all exceed limits together or none does.

    Limits count everything planned, approved or not. Without approvals, a limit holds all of it.
    """
    only_approved = approval == "always" or (approval == "beyond_limits" and beyond)
    blocked = beyond and not only_approved
    counts = {
        plan.account: 0 if blocked else len(plan.carried_out(only_approved=only_approved))
        for plan in plans
    }
    rest = sum(len(plan.planned) for plan in plans) - sum(counts.values())
    held = blocked or (rest > 0 and not any(counts.values()))
    return CarriedOut(counts, only_approved, held, rest)


def approvals_used(plans: Iterable[Plan]) -> dict[str, int]:
    """Count by key what goes because of each approval."""
    found: Counter[str] = Counter()
    for plan in plans:
        for entry in plan.carried_out(only_approved=True):
            found.update(entry.approvals)
    return dict(sorted(found.items()))
