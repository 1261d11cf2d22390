"""Lets what a plan could delete wait until the grace of what selected it is over; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ebbtide.base.clock import to_text
from ebbtide.plan.basis import Basis
from ebbtide.plan.candidate import Candidate
from ebbtide.plan.draft import Draft
from ebbtide.plan.grace import (
    Term,
    Wait,
    Waits,
    continued,
    is_missed,
    limited,
    shortest,
    terms,
    words,
)
from ebbtide.plan.model import Grace, Planned
from ebbtide.plan.reporting import Settle, set_apart, why_staying
from ebbtide.plan.signs import Signs
from ebbtide.rules.finding import Finding
from ebbtide.verdict.marks import RULE_PREFIX

CODE = "in_grace"


@dataclass(frozen=True, slots=True)
class Waited:
    """What may go, what waits, and the waits to remember; None if nothing has a grace."""

    planned: list[Planned]
    waiting: list[Planned]
    waits: Waits | None


def wait_out(
    draft: Draft,
    planned: list[Planned],
    basis: Basis,
    findings: Sequence[Finding],
    settle: Settle,
) -> Waited:
    """Divide what could be deleted into what may be, and what is in its grace.

    Whatever cannot go without a resource in its grace waits as well. A wait counts the runs that
    could have deleted the resource otherwise: what keeps it for another reason ends its wait.
    """
    wanted = terms(basis.config)
    if not wanted:
        return Waited(planned, [], None)
    found = _counted(draft, planned, basis, wanted)
    kept = _Kept(draft, basis, findings).of(found, wanted)
    waits = {name: found.get(name, {}) | kept.get(name, {}) for name in {**found, **kept}}
    left = {
        (name, rule): wait
        for name, by_rule in found.items()
        for rule, wait in by_rule.items()
        if not wait.is_over(wanted[rule])
    }
    if not left:
        return Waited(planned, [], waits)
    own = _graces(left, wanted)
    going, staying = set_apart(
        draft,
        planned,
        lambda one: (one.resource, one.rule) in left,
        CODE,
        lambda one: _told(one, own[one.resource.graph_id]),
        settle,
    )
    waiting = [
        replace(
            entry,
            stays=f"in grace: {why_staying(draft, entry)}",
            grace=_grace_of(draft, entry, own),
        )
        for entry in staying
    ]
    return Waited(going, waiting, waits)


def _counted(
    draft: Draft, planned: Iterable[Planned], basis: Basis, wanted: Mapping[str, Term]
) -> dict[str, dict[str, Wait]]:
    """Return the waits of what could be deleted in this run."""
    signs = Signs(basis.config, basis.now, draft.definitions)
    found: dict[str, dict[str, Wait]] = defaultdict(dict)
    for entry in planned:
        name = entry.subject.graph_id
        # What only goes along is no candidate, and waits with its owner.
        if name not in draft.found or draft.is_rejected(name):
            continue
        resource = draft.inventory[name]
        reading = to_text(resource.watched_until or basis.now)
        for rule in draft.found[name].rules:
            if rule in wanted:
                before = basis.waits.get(name, {}).get(rule)
                after = continued(before, reading, signs.of(rule, resource), basis.now)
                found[name][rule] = limited(before, after) if basis.limited else after
    return dict(found)


def _graces(left: Mapping[tuple[str, str], Wait], wanted: Mapping[str, Term]) -> dict[str, Grace]:
    """Return what is left for each candidate that some selection lets wait."""
    waits: dict[str, list[tuple[Wait, Term]]] = defaultdict(list)
    for (name, rule), wait in left.items():
        waits[name].append((wait, wanted[rule]))
    return {name: shortest(found) for name, found in waits.items()}


def _told(candidate: Candidate, grace: Grace) -> str:
    return f"selected by {', '.join(candidate.rules)} {words(grace)}"


def _grace_of(draft: Draft, entry: Planned, own: Mapping[str, Grace]) -> Grace:
    """Return the grace of an entry, or of what it waits for, directly or not."""
    todo, seen = [entry.subject.graph_id, entry.goes_with], set[str]()
    while todo:
        name = todo.pop(0)
        if name is None or name in seen:
            continue
        seen.add(name)
        rejected = draft.undecided.get(name) or draft.refused.get(name)
        if name in own and rejected is not None and rejected.code == CODE:
            return own[name]
        todo += () if rejected is None else rejected.blockers
    return max(own.values(), key=lambda one: (one.since, one.ends))


@dataclass(slots=True)
class _Kept:
    """Decides which waits go on although this run does not count: whatever may still be true."""

    draft: Draft
    basis: Basis
    findings: Sequence[Finding]
    _unsure: set[tuple[str, str]] = field(init=False)
    _sure: set[tuple[str, str]] = field(init=False)
    _known: dict[tuple[str, int], bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        said = [one for one in self.findings if one.resource in self.basis.waits]
        self._unsure = {
            (one.resource, one.rule) for one in said if one.unsure or one.verdict == "doubt"
        }
        self._sure = {(one.resource, one.rule) for one in said if one.verdict == "select"}

    def of(self, counted: Waits, wanted: Mapping[str, Term]) -> dict[str, dict[str, Wait]]:
        found: dict[str, dict[str, Wait]] = defaultdict(dict)
        for name, waits in self.basis.waits.items():
            for rule, wait in waits.items():
                if (
                    rule in wanted
                    and rule not in counted.get(name, {})
                    and not is_missed(wait, self.basis.now)
                    and self._is_unknown(name, rule)
                ):
                    found[name][rule] = wait
        return dict(found)

    def _is_unknown(self, name: str, rule: str) -> bool:
        """Return whether a rule may still select a resource that this run could not delete."""
        inventory = self.basis.inventory
        if inventory.stale_since is not None or not inventory.regions:
            return True
        if name not in inventory:
            return False
        resource = inventory[name]
        if resource.stale_since is not None or resource.unread or resource.tags is None:
            return True
        if rule.startswith(RULE_PREFIX) and rule not in self.basis.marks.ran:
            return True
        if (name, rule) in self._unsure:
            return True
        return (name, rule) in self._sure and self._may_go(name, 3)

    def _may_go(self, name: str, depth: int) -> bool:
        """Return whether a candidate stays only because too little is known.

        Blockers of blockers count up to a depth: a part, its whole, and another part of that.
        """
        if name in self.draft.undecided:
            return True
        refused = self.draft.refused.get(name)
        if refused is None or not refused.blockers or depth == 0:
            return False
        place = (name, depth)
        if place not in self._known:
            self._known[place] = all(self._may_go(one, depth - 1) for one in refused.blockers)
        return self._known[place]
