"""Builds the small estates of rules from tests/data/rules, and plans their cleanup.

Each file holds cases of one rule by name, in three lists: `waste` is selected, `kept` is not, and
`unknown` is undecided. A case is what the recorded answer of its kind (tests/data/kinds) becomes
with a `change`: null removes a name, a mapping changes names below it. `beside` are further
resources of the same form, and `gaps` are kinds that could not be read, each with its state.
`watched` is the number of days for which it was watched without a change, `age` the days since its
creation, and `stale` the days since it could last be read. `options` are options of the rule.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from ebbtide.base.clock import to_text
from ebbtide.collect.to_resource import Place, build_references, build_resource
from ebbtide.config import Config, parse_config
from ebbtide.config.scope import in_region
from ebbtide.graph.edges import Identities, owner_edges, resolve
from ebbtide.graph.manifest import COVERAGE_FORMAT, AccountEntry, Manifest
from ebbtide.kinds import registry
from ebbtide.model.coverage import Coverage
from ebbtide.model.inventory import Inventory
from ebbtide.model.resource import GLOBAL, Edge, Reference, Resource
from ebbtide.plan import Plan, make_plan
from ebbtide.plan.advising import Advice, advice_of
from ebbtide.plan.searched import searched
from ebbtide.store.keys import RunKeys
from ebbtide.store.run import Run
from tests.support.builders import (
    ACCOUNT,
    NOW,
    REGION,
    allowing_guardrails,
    days_ago,
    without_members,
)
from tests.support.memory_store import MemoryStore
from tests.support.paths import RULES
from tests.unit.kinds.test_recorded_answers import list_documents

EXPECTED = ("waste", "kept", "unknown")
LONG_AGO = days_ago(400)
KEYS = RunKeys("run")
# Nothing but the rule decides, and the last use was read of all the time that CloudWatch keeps.
LIMITS = (
    "cleanup: {limits: {percent_of_account: 100, percent_of_kind: 100}}\n"
    "collect: {last_use: {period: 455d}}\n"
)


@dataclass(frozen=True)
class Case:
    """One resource of an estate, what is beside it, and what the rule should say about it."""

    rule: str
    name: str
    expected: str
    resource: Mapping[str, Any]
    beside: tuple[Mapping[str, Any], ...] = ()
    gaps: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.rule} {self.expected} {self.name}"

    @cached_property
    def world(self) -> World:
        return World.of(self)


class Stored(NamedTuple):
    """An account as a run has stored it."""

    store: MemoryStore
    run: Run
    manifest: Manifest
    inventory: Inventory


@dataclass(frozen=True)
class World:
    """The resources of a case; the one that the rule is asked about comes first."""

    case: Case
    resources: tuple[Resource, ...]
    references: tuple[Reference, ...]
    edges: tuple[Edge, ...] = ()

    @classmethod
    def of(cls, case: Case) -> World:
        resources: list[Resource] = []
        references: list[Reference] = []
        for one in (case.resource, *case.beside):
            kind = registry()[one["kind"]]
            item = changed(list_documents(kind)[0], one.get("change", {}))
            built = known_for_long(build_resource(kind, item, place_of(one["kind"])))
            resources.append(replace(built, **_given(one)))
            references += build_references(kind, item, built)
        assert len({one.graph_id for one in resources}) == len(resources), f"{case}: the same id"
        return cls(case, tuple(resources), tuple(references))

    @property
    def subject(self) -> Resource:
        return self.resources[0]

    def with_subject(self, subject: Resource) -> World:
        return replace(self, resources=(subject, *self.resources[1:]))

    def beside(self, *others: Resource, edges: Iterable[Edge] = ()) -> World:
        """Return the world with further resources and edges."""
        return replace(self, resources=(*self.resources, *others), edges=(*self.edges, *edges))

    def plan(self, gaps: Mapping[str, str] | None = None, **options: Any) -> Plan:
        """Plan what the rule alone selects; kinds without a gap count as read."""
        stored = self.stored(gaps, **options)
        return make_plan(
            stored.inventory,
            allowing_guardrails(stored.run.config),
            run_id="run",
            manifest=KEYS.manifest,
            now=NOW,
            searched=searched(stored.store, stored.run, stored.manifest, stored.inventory),
        )

    def advice(self, gaps: Mapping[str, str] | None = None, **options: Any) -> tuple[Advice, ...]:
        """Return what the rule advises."""
        stored = self.stored(gaps, **options)
        return advice_of(stored.store, stored.run, stored.manifest, stored.inventory)

    def stored(self, gaps: Mapping[str, str] | None = None, **options: Any) -> Stored:
        """Return the account as a run has stored it, with the rule alone enabled."""
        missing = {**self.case.gaps, **(gaps or {})}
        config = configured(self.case.rule, {**self.case.options, **options})
        lines = {one.graph_id: one.to_line() for one in self.resources}
        identities = Identities(lines.values())
        edges, _ = resolve(self.references, lines, identities)
        edges |= {*owner_edges(lines.values(), identities), *self.edges}
        known = [Resource.from_line(line) for line in lines.values()]
        coverage = covered(missing)
        inventory = Inventory(
            ACCOUNT,
            known,
            sorted(edges, key=lambda one: (one.source, one.target, one.type)),
            coverage,
            enabled_regions=(REGION,),
            stacks=without_members(known),
        )
        store, run = MemoryStore(), Run("run", "collect_and_cleanup", NOW, config)
        entry = written(store, list(lines.values()), [one.to_line() for one in edges], coverage)
        manifest: Manifest = Manifest("run", to_text(NOW), None, (entry,))
        return Stored(store, run, manifest, inventory)

    def advised(self, gaps: Mapping[str, str] | None = None, **options: Any) -> str:
        """Return `waste`, `unknown` or `kept`: what the rule, which only advises, says."""
        (one,) = self.advice(gaps, **options)
        assert not one.error, one.error
        if any(each.subject.graph_id == self.subject.graph_id for each in one.found):
            return "waste"
        return "unknown" if one.unknown else "kept"

    def said(self, gaps: Mapping[str, str] | None = None, **options: Any) -> str:
        """Return `waste`, `unknown`, `refused` or `kept`: what the plan says of the subject."""
        plan, name = self.plan(gaps, **options), self.subject.graph_id
        for answer, entries in (
            ("waste", plan.planned),
            ("unknown", plan.undecided),
            ("refused", plan.refused),
        ):
            if any(entry.subject.graph_id == name for entry in entries):
                return answer
        return "kept"


def place_of(kind: str) -> Place:
    return Place(ACCOUNT, GLOBAL if registry()[kind].scope == "global" else REGION, "aws")


def changed(item: Any, change: Mapping[str, Any]) -> Any:
    found = copy.deepcopy(item)
    for name, value in change.items():
        if value is None:
            found.pop(name, None)
        elif isinstance(value, Mapping) and isinstance(found.get(name), Mapping):
            found[name] = changed(found[name], value)
        else:
            found[name] = value
    return found


def known_for_long(resource: Resource) -> Resource:
    """Return a resource that complete readings have shown without a change for 400 days."""
    return replace(
        resource,
        created=LONG_AGO if resource.created is not None else None,
        tags={} if resource.tags is None else resource.tags,
        updated=LONG_AGO,
        first_seen=LONG_AGO,
        last_seen=NOW,
        watched_since=LONG_AGO,
        watched_until=NOW,
        unchanged_since=LONG_AGO,
    )


def _given(one: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"ended": True} if one.get("ended") else {}
    if "watched" in one:
        since = days_ago(one["watched"])
        found |= {"watched_since": since, "unchanged_since": since}
    if "age" in one:
        found["created"] = days_ago(one["age"])
    if "stale" in one:
        found["stale_since"] = days_ago(one["stale"])
    return found


def configured(rule: str, options: Mapping[str, Any]) -> Config:
    return parse_config(LIMITS + yaml.safe_dump({"rules": {rule: {"enabled": True, **options}}}))


def covered(gaps: Mapping[str, str]) -> list[Coverage]:
    return [
        Coverage(ACCOUNT, region, kind.name, gaps.get(kind.name, "complete"))
        for region in (REGION, GLOBAL)
        for kind in registry().values()
        if in_region(kind, region)
    ]


def written(
    store: MemoryStore, lines: list[Any], edges: list[Any], coverage: list[Coverage]
) -> AccountEntry:
    """Write the graph of the account as a run does, and return its entry in the manifest."""
    places = {
        name: KEYS.graph(ACCOUNT, f"{name}.jsonl.zst") for name in ("resources", "edges", "changes")
    }
    store.objects |= {places["resources"]: lines, places["edges"]: edges, places["changes"]: []}
    where = KEYS.graph(ACCOUNT, "coverage.json")
    kinds = [one.to_line() for one in coverage]
    store.write_json(where, {"format": COVERAGE_FORMAT, "kinds": kinds})
    return AccountEntry(
        ACCOUNT, ACCOUNT, "run", **places, coverage=where, counts={}, enabled_regions=(REGION,)
    )


def cases(folder: Path = RULES) -> Iterator[Case]:
    """Yield the cases of all files. Raises AssertionError for an unknown list or name."""
    for path in sorted(folder.glob("*.yaml")):
        content = yaml.safe_load(path.read_text())
        assert not content.keys() - set(EXPECTED), f"{path.name}: {content.keys()}"
        for expected in EXPECTED:
            for name, given in content.get(expected, {}).items():
                yield case_of(path.stem, name, expected, dict(given))


def case_of(rule: str, name: str, expected: str, given: dict[str, Any]) -> Case:
    beside = tuple(given.pop("beside", ()))
    gaps, options = given.pop("gaps", {}), given.pop("options", {})
    unknown = given.keys() - {"kind", "change", "ended", "watched", "age", "stale"}
    assert not unknown, f"{rule}, {name}: unknown names {sorted(unknown)}"
    return Case(rule, name, expected, given, beside, gaps, options)
