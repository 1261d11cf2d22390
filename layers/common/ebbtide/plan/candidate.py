"""A selected resource, with the findings that selected it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from ebbtide.model.resource import Resource
from ebbtide.rules.finding import Absent, Finding


@dataclass(slots=True)
class Candidate:
    """One selected resource."""

    resource: Resource
    selections: list[Finding] = field(default_factory=list)

    @property
    def doubt(self) -> str:
        """Return why it is unknown whether anything selects the resource; "" if something does."""
        doubts = dict.fromkeys(finding.unsure for finding in self.selections)
        return "" if "" in doubts else "; ".join(doubts)

    @property
    def rules(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(finding.rule for finding in self.selections))

    @property
    def reason(self) -> str:
        return "; ".join(dict.fromkeys(finding.reason for finding in self.selections))

    @property
    def facts(self) -> dict[str, Any]:
        return {finding.rule: dict(finding.facts) for finding in self.selections}

    @property
    def negates(self) -> frozenset[str]:
        return frozenset(kind for finding in self.selections for kind in finding.negates)

    @property
    def absent(self) -> tuple[Absent, ...]:
        return tuple(one for finding in self.selections for one in finding.absent)

    @property
    def asked_by_searches(self) -> frozenset[str]:
        """Kinds whose absence, or whose missing tags, the search of a job or rule relies on."""
        return frozenset(
            kind for finding in self.selections if finding.searched for kind in finding.negates
        )

    @property
    def parts(self) -> tuple[str, ...]:
        """What it must not go without; nothing as soon as one rule selected it on its own."""
        alone = any(not finding.parts for finding in self.selections)
        return () if alone else tuple(p for finding in self.selections for p in finding.parts)

    def remaining(self, stays: Callable[[str], bool]) -> Candidate:
        """Return it without what selected it as part of a resource that stays."""
        known = [one for one in self.selections if one.part_of is None or not stays(one.part_of)]
        return Candidate(self.resource, known or self.selections)

    @property
    def wholes(self) -> tuple[str, ...]:
        """What it was selected with; nothing as soon as one rule selected it on its own."""
        wholes = {finding.part_of for finding in self.selections}
        return () if None in wholes else tuple(sorted(filter(None, wholes)))


def candidates(findings: Iterable[Finding], resources: dict[str, Resource]) -> dict[str, Candidate]:
    """Return the selected resources by graph id, sorted by it."""
    found: dict[str, Candidate] = {}
    for finding in findings:
        if finding.verdict == "select":
            candidate = found.setdefault(finding.resource, Candidate(resources[finding.resource]))
            candidate.selections.append(finding)
    for candidate in found.values():
        # One that may be wrong counts only if there is no other.
        sure = [finding for finding in candidate.selections if not finding.unsure]
        candidate.selections = sure or candidate.selections
    return dict(sorted(found.items()))
