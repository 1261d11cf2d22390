"""Every pair of kinds of which one keeps the other, and the ways to know or miss the user."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

from ebbtide.config import Config, parse_config
from ebbtide.config.scope import in_region
from ebbtide.graph.edges import relation_edges
from ebbtide.kinds import registry
from ebbtide.model.coverage import Coverage
from ebbtide.model.inventory import Inventory
from ebbtide.model.kind import Kind, Relation
from ebbtide.model.resource import GLOBAL, Edge, Resource
from ebbtide.plan import Plan, make_plan
from ebbtide.verdict.marks import Marks
from tests.support.builders import (
    ACCOUNT,
    NOW,
    REGION,
    allowing_guardrails,
    days_ago,
    needed_edge,
    owns_edge,
    resource,
    without_members,
)

OTHER_REGION = "eu-west-1"
EXPIRED = {"ebbtide:expires": "2020-01-01"}
PROTECTED = {**EXPIRED, "ebbtide:protected": "true"}
RULES = "rules: {expired: {enabled: true}}\n"
CONFIG = allowing_guardrails(parse_config(RULES))
ANY_MAY_BREAK = allowing_guardrails(
    parse_config(RULES + "cleanup: {allow_breaking: [{needed: aws_resource, by: aws_resource}]}")
)
OWNER = "aws_cloudformation_stack"


@dataclass(frozen=True)
class Use:
    """A kind that can be deleted, a kind of users that keep it, and the relation between them.

    order: AWS, or the declaration, has the user go first. needed: the user would only break.
    """

    form: Literal["order", "needed"]
    target: str
    user: str
    declaring: str
    relation: Relation

    def __str__(self) -> str:
        return f"{self.target}, {self.form}: {self.user}"

    @property
    def user_kind(self) -> Kind:
        return registry()[self.user]


def uses() -> list[Use]:
    """Return one use per form, kind that rules can select and kind of users, as declared."""
    found: dict[tuple[str, str, str], Use] = {}
    for kind in registry().values():
        for relation in kind.relations:
            for use in _of(kind, relation):
                if can_be_planned(use.target) and use.target != use.user:
                    found.setdefault((use.form, use.target, use.user), use)
    return list(found.values())


def can_be_planned(kind: str) -> bool:
    """Return whether a rule can select it: opt-in kinds are refused to all but jobs naming them."""
    return bool(registry()[kind].delete and not registry()[kind].opt_in)


def _of(kind: Kind, relation: Relation) -> Iterator[Use]:
    if relation.deleted_before:
        yield Use("order", relation.kind, kind.name, kind.name, relation)
    if relation.deleted_after:
        yield Use("order", kind.name, relation.kind, kind.name, relation)
    if relation.strength == "needed":
        yield Use("needed", relation.kind, kind.name, kind.name, relation)


@cache
def _coverage() -> Mapping[tuple[str, str], Coverage]:
    return {
        (region, kind.name): Coverage(ACCOUNT, region, kind.name, "complete")
        for region in (REGION, OTHER_REGION, GLOBAL)
        for kind in registry().values()
        if in_region(kind, region)
    }


def region_of(kind: str) -> str:
    return GLOBAL if registry()[kind].scope == "global" else REGION


@dataclass(frozen=True)
class World:
    """A target that the rule `expired` selects, and its user."""

    use: Use

    @property
    def target(self) -> Resource:
        return self._one(self.use.target, "target", EXPIRED)

    def user(self, tags: Mapping[str, str] | None = None, **rest: Any) -> Resource:
        return self._one(self.use.user, "user", tags, **rest)

    def _one(self, kind: str, id: str, tags: Mapping[str, str] | None, **rest: Any) -> Resource:
        return resource(kind, id, region=region_of(kind), tags=tags, age_days=200, **rest)

    @property
    def other(self) -> Resource | None:
        """What the user joins the target with, if it does nothing else."""
        if not self.use.user_kind.joins or self.use.form == "order":
            return None
        relations = self.use.user_kind.relations
        kinds = [one.kind for one in relations if one.strength == "needed"]
        return self._one(next(kind for kind in kinds if kind != self.use.target), "other", {})

    def edges(self, user: Resource) -> set[Edge]:
        """Return the edges that the merge makes between a user, the target and the other."""
        target = self.target.to_line()
        ends = (target, user.to_line())
        one, other = ends if self.use.declaring == self.use.target else ends[::-1]
        found = set(relation_edges(self.use.relation, one, other))
        return found | ({needed_edge(self.other, user)} if self.other else set())

    def plan(
        self,
        *users: Resource,
        state: str = "complete",
        region: str | None = None,
        config: Config = CONFIG,
        edges: set[Edge] | None = None,
        others: tuple[Resource, ...] = (),
        stale_since: str | None = None,
        marks: Marks | None = None,
    ) -> Plan:
        """Plan with these users; `state` is how their kind was read, "" that it was not at all."""
        coverage = dict(_coverage())
        slice_ = (region or region_of(self.use.user), self.use.user)
        error = None if state == "complete" else "x"
        coverage[slice_] = replace(coverage[slice_], state=state, error=error)
        if not state:
            del coverage[slice_]
        made = set().union(*(self.edges(user) for user in users)) if edges is None else edges
        resources = [self.target, *users, *others, *([self.other] if self.other else [])]
        inventory = Inventory(
            ACCOUNT,
            resources,
            made,
            coverage.values(),
            stale_since=stale_since,
            enabled_regions=(REGION, OTHER_REGION),
            stacks=without_members(resources),
        )
        return make_plan(
            inventory, config, run_id="r", manifest="m", now=NOW, marks=marks or Marks()
        )


def planned_ids(plan: Plan) -> set[str]:
    return {entry.subject.id for entry in plan.planned}


def is_planned(plan: Plan) -> bool:
    return "target" in planned_ids(plan)


def carried(world: World) -> Plan:
    """Plan an owner that takes the target along, which nothing selects itself."""
    target = replace(world.target, tags={})
    owner = resource(OWNER, "owner", tags=EXPIRED, age_days=200)
    user = world.user()
    edges = {*world.edges(user), owns_edge(owner, target)}
    resources = [target, owner, user, *([world.other] if world.other else [])]
    inventory = Inventory(
        ACCOUNT,
        resources,
        edges,
        _coverage().values(),
        enabled_regions=(REGION, OTHER_REGION),
        stacks=without_members(resources),
    )
    return make_plan(inventory, CONFIG, run_id="r", manifest="m", now=NOW)


# Each leaves the target in use, or leaves open whether it is: it must not be planned.
USED: Mapping[str, Callable[[World], Plan]] = {
    "read": lambda w: w.plan(w.user()),
    "protected": lambda w: w.plan(w.user(PROTECTED)),
    "expired, tags unknown": lambda w: w.plan(w.user(unknown_tags=True)),
    "denied": lambda w: w.plan(state="denied"),
    "throttled": lambda w: w.plan(state="throttled"),
    "failed": lambda w: w.plan(state="failed"),
    "timed out": lambda w: w.plan(state="timed_out"),
    "suspect": lambda w: w.plan(state="suspect"),
    "skipped": lambda w: w.plan(state="skipped"),
    "not collected": lambda w: w.plan(state=""),
    "stale": lambda w: w.plan(w.user(stale_since=days_ago(3)), state="denied"),
    "stale and expired": lambda w: w.plan(w.user(EXPIRED, stale_since=days_ago(3)), state="denied"),
    "account stale": lambda w: w.plan(w.user(), stale_since="2026-11-20T00:00:00Z"),
}
# Each leaves nothing that uses the target: otherwise the cells above would prove nothing.
FREE: Mapping[str, Callable[[World], Plan]] = {
    "no user": lambda w: w.plan(),
    "no such service": lambda w: w.plan(state="unavailable"),
    "ended": lambda w: w.plan(w.user(ended=True)),
}
