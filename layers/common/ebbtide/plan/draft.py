"""A plan in the making: the candidates, and the reasons for those already rejected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from ebbtide.config import Config
from ebbtide.deployment.own import NOBODY, Own
from ebbtide.model.inventory import Inventory
from ebbtide.model.resource import Resource
from ebbtide.owners.looking import Owners
from ebbtide.plan.candidate import Candidate
from ebbtide.plan.first_runs import definitions
from ebbtide.plan.minima import minima
from ebbtide.plan.model import Rejected
from ebbtide.verdict.guardrails import kept_guardrail
from ebbtide.verdict.marks import Marks
from ebbtide.verdict.ownership import known_owners
from ebbtide.verdict.protection import Protected, protection_of, protections_of


@dataclass(slots=True)
class Draft:
    """The candidates of one account; every mapping is keyed by graph id.

    `evidence` holds the proofs for the candidates that passed. Others end in `refused` or
    `undecided`.
    """

    inventory: Inventory
    config: Config
    marks: Marks
    found: dict[str, Candidate]
    refused: dict[str, Rejected] = field(default_factory=dict)
    undecided: dict[str, Rejected] = field(default_factory=dict)
    evidence: dict[str, tuple[str, ...]] = field(default_factory=dict)
    # What the gone owners of a candidate were, and where they were looked for.
    orphaned: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    # What belongs to Ebbtide itself.
    own: Own = NOBODY
    # Resources, candidates or not, that a person has rejected, and those without an approval that
    # they need; each with the reason in words.
    rejected_by: Mapping[str, str] = field(default_factory=dict)
    held: Mapping[str, str] = field(default_factory=dict)
    # The regions for which the run was started; none means all.
    regions: tuple[str, ...] = ()
    owners: Owners = field(init=False)
    # What each rule and job selects by.
    definitions: Mapping[str, str] = field(init=False)
    # The candidates that were selected because of another one, by that one.
    parts_of: Mapping[str, list[str]] = field(init=False)
    _minima: Mapping[str, float] = field(init=False)

    def __post_init__(self) -> None:
        self.owners = known_owners(self.inventory, self.config.owners)
        self.definitions = definitions(self.config)
        self._minima = minima(self.config)
        parts: dict[str, list[str]] = defaultdict(list)
        for name, candidate in self.found.items():
            for whole in candidate.wholes:
                parts[whole].append(name)
        self.parts_of = parts

    def copied(self) -> Draft:
        """Return a copy that can reject more without changing this one."""
        other = copy(self)
        for name in ("refused", "undecided", "evidence", "orphaned"):
            setattr(other, name, dict(getattr(self, name)))
        return other

    @property
    def active(self) -> list[str]:
        return [name for name in self.found if not self.is_rejected(name)]

    def is_rejected(self, name: str) -> bool:
        return name in self.refused or name in self.undecided

    def protections_of(self, resource: Resource) -> list[Protected]:
        """Return everything that protects a resource, the reason that plans give first."""
        return [
            *protections_of(resource, self.config.protect, self.marks.protected, self.own),
        ]

    def protection_of(self, resource: Resource) -> Protected | None:
        return protection_of(resource, self.config.protect, self.marks.protected, self.own)

    def outside(self, resource: Resource) -> str | None:
        """Return why a run that was started for some regions leaves a resource alone, or None."""
        if not self.regions or resource.region in self.regions:
            return None
        return f"the run was started only for {', '.join(self.regions)}"

    def minimum(self, rule: str) -> float:
        """Return the least monthly price of what a rule, job or automation may select."""
        return self._minima.get(rule, self._minima[""])

    def kept_guardrail(self, resource: Resource, *, with_stack: bool = False) -> str | None:
        allowed = self.config.cleanup.allow_guardrails
        return kept_guardrail(resource.kind, allowed, with_stack=with_stack)

    def refuse(self, name: str, code: str, reason: str, blockers: tuple[str, ...] = ()) -> None:
        """Reject a candidate that must stay; `code` is a code of docs/rules.md."""
        self.refused[name] = self.rejected(name, code, reason, blockers)

    def doubt(self, name: str, code: str, reason: str) -> None:
        """Reject a candidate in this run only, because too little is known about it."""
        self.undecided[name] = self.rejected(name, code, reason, ())

    def described(self, name: str) -> str:
        """Return a resource in words, with the code of its rejection or else what protects it."""
        resource = self.inventory[name]
        label = resource.id if resource.name == resource.id else f"{resource.id} ({resource.name})"
        if (why := self.refused.get(name) or self.undecided.get(name)) is not None:
            return f"{resource.kind} {label}, which stays: {why.code}"
        protected = self.protection_of(resource)
        return f"{resource.kind} {label}" + (f", {protected.reason}" if protected else "")

    def rejected(
        self, name: str, code: str, reason: str, blockers: tuple[str, ...] = ()
    ) -> Rejected:
        candidate = self.found[name]
        return Rejected(
            candidate.resource.subject,
            candidate.rules,
            candidate.reason,
            code,
            reason,
            blockers,
            candidate.resource.price["monthly"],
        )
