"""What a plan is made of: its input, and what was decided on the way."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from ebbtide.config import Config
from ebbtide.deployment.own import NOBODY, Own
from ebbtide.model.inventory import Inventory
from ebbtide.plan.approvals import Verdicts
from ebbtide.plan.draft import Draft
from ebbtide.plan.grace import NO_WAITS, Waits
from ebbtide.plan.model import Plan
from ebbtide.rules.finding import Finding
from ebbtide.verdict.marks import NO_MARKS, Marks

NO_LEFTOVERS: Mapping[str, Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Basis:
    """Everything that decides the plan of an account. With `regions`, what is elsewhere stays.

    What is selected only by rules and jobs in `first_run`, by their names in plans, is reported and
    stays. `leftovers` are those of earlier cleanups. `verdicts` are what people decided about
    earlier plans; None if no approval counts. `searched` is what rules found by their searches.
    `also` are selections besides all of these, for the question what a plan would say if something
    selected a resource. `waits` are those of graces after the last complete run; with `limited`,
    this run does not cover everything, and no wait counts it.
    """

    inventory: Inventory
    config: Config
    run_id: str
    manifest: str
    now: datetime
    own: Own = NOBODY
    regions: tuple[str, ...] = ()
    marks: Marks = NO_MARKS
    first_run: Collection[str] = ()
    leftovers: Mapping[str, Mapping[str, Any]] = NO_LEFTOVERS
    verdicts: Verdicts | None = None
    also: tuple[Finding, ...] = ()
    searched: tuple[Finding, ...] = ()
    waits: Waits = NO_WAITS
    limited: bool = False


@dataclass(frozen=True, slots=True)
class Decided:
    """A plan, with the findings of rules and jobs that it rests on, and its last draft.

    `waits` are those of graces after this run; None if nothing of the configuration has a grace.
    """

    basis: Basis
    plan: Plan
    findings: tuple[Finding, ...]
    draft: Draft
    waits: Waits | None = None
