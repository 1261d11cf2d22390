"""Sets apart what a run only reports, with all that cannot go without it; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from ebbtide.plan.candidate import Candidate
from ebbtide.plan.draft import Draft
from ebbtide.plan.model import Planned
from ebbtide.rules.finding import Finding

type Settle = Callable[[Draft], list[Planned]]


def set_apart(
    draft: Draft,
    planned: Sequence[Planned],
    stays: Callable[[Finding], bool],
    code: str,
    why: Callable[[Candidate], str],
    settle: Settle,
) -> tuple[list[Planned], list[Planned]]:
    """Return what may go without the selections that `stays` names, and what stays then.

    A candidate that only these select becomes undecided, with the code and the reason.
    """
    for name in draft.active:
        candidate = draft.found[name]
        known = [finding for finding in candidate.selections if not stays(finding)]
        if known:
            candidate.selections = known
        else:
            draft.undecided[name] = draft.rejected(name, code, why(candidate))
    going = {entry.subject.graph_id: entry for entry in settle(draft)}
    return list(going.values()), [entry for entry in planned if entry.subject.graph_id not in going]


def report_first_runs(
    draft: Draft, planned: list[Planned], first_run: frozenset[str], settle: Settle
) -> tuple[list[Planned], list[Planned]]:
    """Divide what could be deleted into what may be, and what this run only reports."""
    if not any(not first_run.isdisjoint(entry.rules) for entry in planned):
        return planned, []

    def why(candidate: Candidate) -> str:
        return f"first run of {', '.join(candidate.rules)}"

    going, staying = set_apart(
        draft, planned, lambda one: one.rule in first_run, "first_run", why, settle
    )
    return going, [
        replace(entry, stays=f"first run: reported only ({why_staying(draft, entry)})")
        for entry in staying
    ]


def why_staying(draft: Draft, entry: Planned) -> str:
    """Say why an entry stays that could have gone."""
    name = entry.subject.graph_id
    rejected = draft.undecided.get(name) or draft.refused.get(name)
    return rejected.reason if rejected else f"{entry.goes_with} stays"


def names_of(entries: Iterable[Planned]) -> set[str]:
    return {entry.subject.graph_id for entry in entries}
