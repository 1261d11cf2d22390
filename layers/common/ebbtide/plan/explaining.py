"""Explain what a plan says about one resource, whether something selected it or not; pure.

Nothing is decided here a second time: the explanation is read off the plan, its findings and its
last draft. For a resource that nothing selects, the plan is made once more as if something did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from ebbtide.kinds import why_needed
from ebbtide.model.price import NO_PRICE, PriceLine
from ebbtide.model.resource import Resource, Subject
from ebbtide.plan.answers import (
    Answer,
    Searched,
    SearchedRule,
    answers_of_automations,
    answers_of_jobs,
    answers_of_rules,
)
from ebbtide.plan.basis import Basis, Decided
from ebbtide.plan.judging import evidence_about
from ebbtide.plan.model import Plan, Planned, Rejected
from ebbtide.plan.planning import decide
from ebbtide.rules.finding import Finding
from ebbtide.verdict.ownership import ownership_of

type Outcome = Literal[
    "delete", "goes_with", "reported", "refused", "undecided", "not_selected", "ended"
]

# Stands for the rule that selects a resource only to see what a plan would say.
ASKED = "explain"


@dataclass(frozen=True, slots=True)
class Relative:
    """A resource beside the explained one; `goes` says whether the plan deletes it as well."""

    graph_id: str
    kind: str
    name: str
    goes: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a plan says about a resource.

    `selected_because` is empty if nothing selected it. `code` is one of docs/rules.md for what
    stays, and `reason` says why it does; what is only reported has `reason` alone.
    """

    outcome: Outcome
    reason: str = ""
    code: str = ""
    selected_because: str = ""
    rules: tuple[str, ...] = ()
    blockers: tuple[str, ...] = ()
    wave: int = 0
    goes_with: str | None = None
    part_of: str | None = None
    breaks: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """Return the verdict in one sentence."""
        selected = f"{', '.join(self.rules)} selects it ({self.selected_because})"
        match self.outcome:
            case "delete":
                return f"It is to be deleted in wave {self.wave}: {selected}."
            case "goes_with":
                return f"AWS deletes it together with {self.goes_with}."
            case "reported":
                return f"It stays in this run, although {selected}: {self.reason}."
            case "refused" if self.selected_because:
                return f"It stays, although {selected}: {self.reason} ({self.code})."
            case "refused":
                return f"It stays: {self.reason} ({self.code})."
            case "undecided":
                return f"It stays, because too little is known: {self.reason} ({self.code})."
            case "ended":
                return "It is gone already, although AWS still lists it."
        return "It stays: no enabled rule and no job selects it."

    @property
    def supposed(self) -> str:
        """Return in one sentence what would happen if something selected the resource."""
        if self.outcome == "delete":
            return f"If something selected it, it would be deleted in wave {self.wave}."
        stays = "stay undecided" if self.outcome == "undecided" else "stay"
        code = f" ({self.code})" if self.code else ""
        return f"If something selected it, it would {stays}: {self.reason}{code}."


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that decides what happens to one resource.

    `if_selected` is what the plan would say if something selected it; None if something does.
    `before` must be gone before it, and `waiting` waits for it. `users` would break without it.
    """

    subject: Subject
    tags: Mapping[str, str] | None
    verdict: Verdict
    if_selected: Verdict | None
    rules: tuple[Answer, ...]
    jobs: tuple[Answer, ...]
    protections: tuple[str, ...]
    owners: tuple[Relative, ...]
    along: tuple[Relative, ...]
    before: tuple[Relative, ...]
    waiting: tuple[Relative, ...]
    users: tuple[Relative, ...]
    evidence: tuple[str, ...]
    gaps: tuple[str, ...]
    first_run: tuple[str, ...] = field(default=())
    automations: tuple[Answer, ...] = ()
    price: PriceLine = field(default_factory=lambda: NO_PRICE)

    def to_json(self) -> dict[str, Any]:
        found = asdict(self)
        found["verdict"]["sentence"] = self.verdict.sentence
        if self.if_selected is not None:
            found["if_selected"]["sentence"] = self.if_selected.supposed
        return found


def explain(
    decided: Decided,
    name: str,
    searched: Iterable[Searched] = (),
    rules_searched: Iterable[SearchedRule] = (),
) -> Explanation:
    """Explain what a plan says about the resource with this graph id.

    `searched` are the answers of the configured jobs, `rules_searched` those of the rules that are
    searches.
    """
    resource = decided.basis.inventory[name]
    verdict = verdict_of(decided.plan, resource)
    seen, if_selected = decided, None
    if verdict.outcome == "not_selected":
        seen = decide(_asking(decided.basis, name))
        if_selected = verdict_of(seen.plan, resource)
    rules = answers_of_rules(decided, resource, rules_searched)
    jobs = answers_of_jobs(decided, resource, searched)
    proofs, gaps = evidence_about(seen.draft, name) if name in seen.draft.found else ([], [])
    asked = answers_of_automations(decided, resource)
    chosen = {
        one.name for one in (*rules, *jobs, *asked) if one.selects is not False and not one.off
    }
    return Explanation(
        resource.subject,
        resource.tags,
        verdict,
        if_selected,
        tuple(rules),
        tuple(jobs),
        tuple(_protections(decided, resource)),
        tuple(_owners(decided, resource)),
        **_around(seen, resource),
        evidence=tuple(proofs),
        gaps=tuple(gaps),
        first_run=tuple(sorted(chosen.intersection(decided.basis.first_run))),
        automations=tuple(asked),
        price=resource.price,
    )


def verdict_of(plan: Plan, resource: Resource) -> Verdict:
    """Return what a plan says about a resource of its account."""
    name = resource.graph_id
    for entry in plan.planned:
        if entry.subject.graph_id == name:
            return _going(entry, "delete" if entry.action == "delete" else "goes_with")
    for entry in plan.reported:
        if entry.subject.graph_id == name:
            return _going(entry, "reported")
    for one in plan.refused:
        if one.subject.graph_id == name:
            return _staying(one, "refused")
    for one in plan.undecided:
        if one.subject.graph_id == name:
            return _staying(one, "undecided")
    return Verdict("ended" if resource.ended else "not_selected")


def _going(entry: Planned, outcome: Outcome) -> Verdict:
    return Verdict(
        outcome,
        entry.stays,
        selected_because=entry.reason,
        rules=entry.rules,
        wave=entry.wave,
        goes_with=entry.goes_with,
        part_of=entry.part_of,
        breaks=tuple(f"{one.user or one.kind}: {one.why}" for one in entry.breaks),
    )


def _staying(entry: Rejected, outcome: Outcome) -> Verdict:
    because = entry.selected_because
    return Verdict(outcome, entry.reason, entry.code, because, entry.rules, entry.blockers)


def _asking(basis: Basis, name: str) -> Basis:
    asked = Finding(name, ASKED, "select", "somebody asks")
    return replace(basis, also=(*basis.also, asked))


def _protections(decided: Decided, resource: Resource) -> list[str]:
    found = [one.reason for one in decided.draft.protections_of(resource)]
    if decided.basis.marks.unknown:
        found.append(f"unknown: {decided.basis.marks.unknown}")
    if resource.tags is None:
        found.append("unknown: its tags could not be read, so it may be protected")
    return found


def _owners(decided: Decided, resource: Resource) -> list[Relative]:
    """Return what owns a resource in the graph, and what its marks name."""
    draft = decided.draft
    goes = _goes(decided)
    edges = [one for one in draft.inventory.sources(resource.graph_id, "owns") if not one.ended]
    found = [_relative(one, goes, "AWS deletes it with this") for one in edges]
    ownership = ownership_of(resource, draft.owners, draft.config.owners)
    for state, seen in (
        ("", ownership.living),
        ("unknown: ", ownership.unknown),
        ("gone: ", ownership.gone),
    ):
        for one in seen:
            notes = f" ({', '.join(one.notes)})" if one.notes else ""
            why = f"{state}belongs to {one.claim.words}{notes}"
            found.append(Relative(one.owner, one.claim.mark.kind, one.claim.words, False, why))
    if ownership.unknown_tags:
        found.append(Relative("", "", "", False, f"unknown: {ownership.doubt}"))
    return found


def _around(decided: Decided, resource: Resource) -> dict[str, tuple[Relative, ...]]:
    inventory, name, goes = decided.basis.inventory, resource.graph_id, _goes(decided)

    def relatives(others: Iterable[Resource]) -> tuple[Relative, ...]:
        known = {one.graph_id: one for one in others if not one.ended}
        return tuple(_relative(known[key], goes) for key in sorted(known))

    users = [one for one in inventory.targets(name, "needed") if not one.ended]
    return {
        "along": relatives(inventory.descendants(name, "owns")),
        "before": relatives(inventory.targets(name, "delete")),
        "waiting": relatives(inventory.sources(name, "delete")),
        "users": tuple(
            _relative(one, goes, why_needed(resource.kind, one.kind))
            for one in sorted(users, key=lambda one: one.graph_id)
        ),
    }


def _goes(decided: Decided) -> Callable[[str], bool]:
    plan = decided.plan
    return {entry.subject.graph_id for entry in (*plan.planned, *plan.reported)}.__contains__


def _relative(resource: Resource, goes: Callable[[str], bool], why: str = "") -> Relative:
    name = resource.graph_id
    return Relative(name, resource.kind, resource.name, goes(name), why)
