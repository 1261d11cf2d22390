"""A selected resource, a neighbour that must keep it, and the ways to read or miss them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from ebbtide.base.clock import to_text
from ebbtide.config import parse_config
from ebbtide.config.scope import in_region
from ebbtide.graph.edges import relation_edges
from ebbtide.graph.merged_lines import carried_edges, merge_lines
from ebbtide.graph.suspicion import weigh
from ebbtide.kinds import registry
from ebbtide.model.coverage import Coverage
from ebbtide.model.inventory import Inventory
from ebbtide.model.kind import Kind, Relation
from ebbtide.model.resource import GLOBAL, Edge, Resource
from ebbtide.plan import Plan, make_plan
from tests.support.builders import (
    ACCOUNT,
    NOW,
    REGION,
    allowing_guardrails,
    days_ago,
    resource,
    without_members,
)

CONFIG = allowing_guardrails(
    parse_config("rules: {expired: {enabled: true}}\ncleanup: {limits: {percent_of_account: 100}}")
)
STARTED, YESTERDAY = to_text(NOW), to_text(days_ago(1))
FILLERS = 12

type Line = dict[str, Any]
type Form = Literal["first", "owner", "owned"]


@dataclass(frozen=True)
class Pair:
    """A target, a neighbour and the relation between them.

    The neighbour must be deleted first (`first`), owns the target (`owner`), or belongs to the
    target (`owned`). In each form the neighbour stays, so the target must stay too.
    """

    form: Form
    target: str
    neighbour: str
    declaring: str
    position: int

    def __str__(self) -> str:
        return f"{self.target}, {self.form}: {self.neighbour}"

    @property
    def relation(self) -> Relation:
        return registry()[self.declaring].relations[self.position]


def pairs() -> list[Pair]:
    """Return one pair per form, deletable target kind and neighbour kind that a relation allows."""
    found: dict[tuple[str, str, str], Pair] = {}
    for kind in registry().values():
        for position, relation in enumerate(kind.relations):
            for form, target, neighbour in _forms(kind, relation):
                pair = Pair(form, target, neighbour, kind.name, position)
                if registry()[target].delete and target != neighbour:
                    found.setdefault((form, target, neighbour), pair)
    return list(found.values())


def _forms(kind: Kind, relation: Relation) -> Iterator[tuple[Form, str, str]]:
    own, other = kind.name, relation.kind
    if relation.deleted_before:
        yield "first", other, own
    if relation.deleted_after:
        yield "first", own, other
    if relation.owns:
        yield "owner", other, own
        yield "owned", own, other
    if relation.owned_by:
        yield "owner", own, other
        yield "owned", other, own


def _region(kind: str) -> str:
    return GLOBAL if registry()[kind].scope == "global" else REGION


def _line(kind: str, id: str, tags: Mapping[str, str] | None = None) -> Line:
    return resource(kind, id, region=_region(kind), tags=tags, age_days=200).to_line()


@cache
def _complete() -> dict[tuple[str, str], Coverage]:
    return {
        (region, kind.name): Coverage(ACCOUNT, region, kind.name, "complete")
        for region in (REGION, GLOBAL)
        for kind in registry().values()
        if in_region(kind, region)
    }


@dataclass(frozen=True)
class World:
    """The resources in AWS, and the plans that follow from different ways to read them."""

    pair: Pair

    @property
    def target(self) -> Line:
        return _line(self.pair.target, "target", {"ebbtide:expires": "2020-01-01"})

    @property
    def neighbours(self) -> list[Line]:
        """The neighbour and others of its kind, so that losing only one is not suspect."""
        kind, kept = self.pair.neighbour, {"ebbtide:protected": "true"}
        neighbour = _line(kind, "neighbour", kept if self.pair.form == "owned" else None)
        return [neighbour, *(_line(kind, f"filler{number}") for number in range(FILLERS))]

    def edges(self, lines: Mapping[str, Line]) -> set[Edge]:
        target, neighbour = self.target["graph_id"], self.neighbours[0]["graph_id"]
        declares = self.pair.declaring == self.pair.target
        ends = (target, neighbour) if declares else (neighbour, target)
        if not all(end in lines for end in ends):
            return set()
        one, other = (lines[end] for end in ends)
        return set(relation_edges(self.pair.relation, one, other))

    def covered(self, state: str = "complete", count: int = 0) -> list[Coverage]:
        """Return coverage with this state for the neighbour's kind; "" leaves the kind out."""
        slice_ = (_region(self.pair.neighbour), self.pair.neighbour)
        found = dict(_complete())
        del found[slice_]
        error = None if state == "complete" else "x"
        entry = Coverage(ACCOUNT, *slice_, state, count, error=error)
        return [*found.values(), entry] if state else list(found.values())

    def plan(
        self,
        fresh: list[Line],
        coverage: list[Coverage],
        *,
        known: bool = False,
        stale_since: str | None = None,
    ) -> Plan:
        """Merge with yesterday's snapshot if `known`, and plan, as the workflow does."""
        before, before_coverage = self._yesterday() if known else ({}, {})
        weighed = weigh(coverage, before_coverage, CONFIG.collect, STARTED)
        merged = merge_lines([dict(line) for line in fresh], before, weighed, STARTED)
        edges = self.edges(merged.lines)
        old = [edge.to_line() for edge in self.edges(before)]
        edges |= set(carried_edges(old, merged))
        resources = [Resource.from_line(line) for line in merged.lines.values()]
        inventory = Inventory(
            ACCOUNT,
            resources,
            edges,
            weighed,
            stale_since=stale_since,
            enabled_regions=(REGION,),
            stacks=without_members(resources),
        )
        return make_plan(inventory, CONFIG, run_id="r", manifest="m", now=NOW)

    def _yesterday(self) -> tuple[dict[str, Line], dict[tuple[str, str], Coverage]]:
        seen = {"first_seen": to_text(days_ago(50)), "last_seen": YESTERDAY}
        lines = [{**line, **seen} for line in (self.target, *self.neighbours)]
        coverage = weigh(self.covered(count=FILLERS + 1), {}, CONFIG.collect, YESTERDAY)
        known = {(entry.region, entry.kind): entry for entry in coverage}
        return {line["graph_id"]: line for line in lines}, known


def is_planned(plan: Plan) -> bool:
    return "target" in {entry.subject.id for entry in plan.planned}


# Ways in which reading the neighbour's kind can fail.
UNREAD: Mapping[str, Callable[[World], Plan]] = {
    "denied": lambda w: w.plan([w.target], w.covered("denied")),
    "throttled": lambda w: w.plan([w.target], w.covered("throttled")),
    "failed": lambda w: w.plan([w.target], w.covered("failed")),
    "timed out": lambda w: w.plan([w.target], w.covered("timed_out")),
    "not collected": lambda w: w.plan([w.target], w.covered("")),
    "no longer collected": lambda w: w.plan([w.target], w.covered(""), known=True),
    "region skipped": lambda w: w.plan([w.target], w.covered("skipped")),
}
# Other reasons to keep the target: the neighbour is known, or known to be uncertain.
KNOWN: Mapping[str, Callable[[World], Plan]] = {
    "read": lambda w: w.plan([w.target, *w.neighbours], w.covered(count=FILLERS + 1)),
    "denied now": lambda w: w.plan([w.target], w.covered("denied"), known=True),
    "empty now": lambda w: w.plan([w.target], w.covered(), known=True),
    "account stale": lambda w: w.plan(
        [w.target, *w.neighbours[1:]], w.covered(count=FILLERS), stale_since=STARTED
    ),
    "tags unknown": lambda w: w.plan(
        [{**w.target, "tags": None}, *w.neighbours], w.covered(count=FILLERS + 1)
    ),
}


def alone(world: World) -> Plan:
    """Return the plan if only the target exists and coverage is complete."""
    return world.plan([world.target], world.covered())
