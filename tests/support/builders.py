"""Builds small inventories for tests: resources, edges and coverage, as the merge step does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ebbtide.config import Config, parse_config
from ebbtide.config.scope import in_region
from ebbtide.kinds import registry
from ebbtide.model.coverage import Coverage
from ebbtide.model.inventory import Inventory
from ebbtide.model.resource import GLOBAL, Edge, Resource
from ebbtide.model.stack_types import STACK
from ebbtide.model.stacks import MemberList
from ebbtide.plan import Plan, make_plan
from ebbtide.rules import registry as rules

ACCOUNT = "111122223333"
REGION = "us-east-1"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

# Those that are searches have estates of their own (tests/data/rules).
ALL_RULES = "rules:\n" + "".join(
    f"  {name}: {{enabled: true}}\n" for name, rule in rules().items() if rule.search is None
)


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def resource(
    kind: str,
    id: str,
    *,
    region: str = REGION,
    tags: Mapping[str, str] | None = None,
    unknown_tags: bool = False,
    age_days: float = 100,
    **rest: Any,
) -> Resource:
    """Return a resource that two or more complete readings have shown since its creation."""
    created = rest.pop("created", days_ago(age_days))
    properties = rest.pop("properties", {})
    first, changed = rest.get("first_seen", created), rest.get("updated", created)
    fields = {
        "name": id,
        "arn": f"arn:aws:test:{region}:{ACCOUNT}:{kind}/{id}",
        "updated": created,
        "first_seen": created,
        "last_seen": NOW,
        "watched_since": first,
        "watched_until": NOW,
        "unchanged_since": None if first is None or changed is None else max(first, changed),
        **rest,
    }
    return Resource(
        kind=kind,
        kinds=registry()[kind].kinds,
        id=id,
        account=ACCOUNT,
        region=region,
        tags=None if unknown_tags else dict(tags or {}),
        created=created,
        properties=properties,
        **fields,
    )


def volume(id: str, status: str = "available", **rest: Any) -> Resource:
    properties = {"volume_status": status, "volume_size": 8, "volume_type": "gp3"}
    return resource("aws_ec2_volume", id, properties=properties, **rest)


def instance(id: str, status: str = "running", **rest: Any) -> Resource:
    properties = {"instance_status": status, "instance_type": "t3.micro", "instance_cores": 2}
    return resource(
        "aws_ec2_instance", id, properties=properties, ended=status == "terminated", **rest
    )


def delete_edge(source: Resource, target: Resource, *, severable: bool = False) -> Edge:
    """Return an edge that lets the source be deleted only after the target."""
    return Edge(source.graph_id, target.graph_id, "delete", target.graph_id, severable)


def needed_edge(needed: Resource, user: Resource) -> Edge:
    """Return an edge that says that the user would break without what it needs."""
    return Edge(needed.graph_id, user.graph_id, "needed", user.graph_id)


def owns_edge(owner: Resource, owned: Resource) -> Edge:
    return Edge(owner.graph_id, owned.graph_id, "owns", owner.graph_id)


def default_edge(source: Resource, target: Resource) -> Edge:
    return Edge(source.graph_id, target.graph_id, "default", source.graph_id)


def full_coverage(*, gaps: Mapping[str, str] | None = None) -> list[Coverage]:
    """Return complete coverage of both slices, with the states in `gaps` (kind -> state)."""
    return [
        Coverage(ACCOUNT, region, kind.name, (gaps or {}).get(kind.name, "complete"))
        for region in (REGION, GLOBAL)
        for kind in registry().values()
        if in_region(kind, region)
    ]


def without_members(resources: Iterable[Resource]) -> dict[str, MemberList]:
    """Return an empty list for each stack, as CloudFormation answers for one without resources."""
    stacks = [one.graph_id for one in resources if one.kind == STACK]
    return {name: MemberList(name, "") for name in stacks}


def inventory(
    resources: Iterable[Resource],
    edges: Iterable[Edge] = (),
    *,
    gaps: Mapping[str, str] | None = None,
    stale_since: str | None = None,
    stacks: Iterable[MemberList] = (),
) -> Inventory:
    """Return an inventory; a stack without a list in `stacks` has no members."""
    known, coverage = list(resources), full_coverage(gaps=gaps)
    lists = without_members(known) | {one.stack: one for one in stacks}
    return Inventory(
        ACCOUNT,
        known,
        edges,
        coverage,
        stale_since=stale_since,
        enabled_regions=(REGION,),
        stacks=lists,
    )


def planned(world: Inventory, config: str | Config = ALL_RULES) -> Plan:
    """Return a plan; guardrails may go, because most tests are about what else keeps a resource."""
    parsed = parse_config(config) if isinstance(config, str) else config
    parsed = allowing_guardrails(parsed)
    return make_plan(world, parsed, run_id="run", manifest="runs/run/graph/manifest.json", now=NOW)


def allowing_guardrails(config: Config) -> Config:
    names = tuple(kind.name for kind in registry().values() if kind.guardrail)
    cleanup = config.cleanup.model_copy(update={"allow_guardrails": names})
    return config.model_copy(update={"cleanup": cleanup})


def ids(entries: Iterable[Any]) -> set[str]:
    return {entry.subject.id for entry in entries}


def codes(entries: Iterable[Any]) -> dict[str, str]:
    return {entry.subject.id: entry.code for entry in entries}
