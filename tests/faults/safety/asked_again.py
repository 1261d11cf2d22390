"""A plan of a small account, and what its reasons say after the account has changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from ebbtide.base.clock import to_text
from ebbtide.base.errors import CallError
from ebbtide.cleanup.families import Families
from ebbtide.cleanup.known import Known, Past
from ebbtide.cleanup.listings import Listed, Listings
from ebbtide.cleanup.read_again import Description
from ebbtide.cleanup.reasons import Reasons
from ebbtide.cleanup.scene import Scene, remembered
from ebbtide.cleanup.selections import RuleSelection, SearchSelection, Selection
from ebbtide.cleanup.users import Seen, Unread, seen
from ebbtide.collect.to_resource import UNKNOWN_TAGS, UNREAD, Place
from ebbtide.config import parse_config
from ebbtide.graph.edges import Identities, resolve
from ebbtide.graph.watching import Naming
from ebbtide.kinds import registry
from ebbtide.language import parse_search
from ebbtide.matching.matches import asked_use
from ebbtide.model.inventory import Inventory
from ebbtide.model.lines import ResourceLine
from ebbtide.model.resource import GLOBAL, Resource, Subject
from ebbtide.plan import Plan, make_plan
from ebbtide.plan.model import Planned
from ebbtide.rules import registry as rules
from ebbtide.search.evaluation import Evaluation
from ebbtide.search.looked_at import looked_at
from ebbtide.search.node import Context
from ebbtide.verdict.marks import CleanMarks, Marks
from tests.support.builders import (
    ACCOUNT,
    NOW,
    REGION,
    allowing_guardrails,
    days_ago,
    full_coverage,
    without_members,
)

type Item = dict[str, Any]
type Items = Mapping[str, list[Item]]

JOB = "job:search"
LIMITS = "\ncleanup: {limits: {percent_of_account: 100}}"


def place_of(kind: str) -> Place:
    region = GLOBAL if registry()[kind].scope == "global" else REGION
    return Place(ACCOUNT, region, "aws")


def built(items: Items) -> list[Seen]:
    return [
        seen(registry()[kind], item, place_of(kind))
        for kind, found in items.items()
        for item in found
    ]


def line_of(resource: Resource) -> ResourceLine:
    """Return a line as a merge would write it that has known the resource for long."""
    born = to_text(resource.created or days_ago(200))
    return {
        **resource.to_line(),
        "first_seen": born,
        "updated": born,
        "watched_since": born,
        "watched_until": to_text(NOW),
        "unchanged_since": born,
        "last_seen": to_text(NOW),
    }


def scene_of(items: Items) -> Scene:
    """Return the scene at the plan: what names nothing has done so for long."""
    found = built(items)
    lines = {one.resource.graph_id: line_of(one.resource) for one in found}
    references = tuple(each for one in found for each in one.references)
    nowhere: list[Naming] = []
    resolve(references, lines, Identities(lines.values()), nowhere)
    for one in nowhere:
        names = lines[one.source].setdefault("dangling", {}).setdefault(one.kind, {})
        names[one.value] = to_text(days_ago(10))
    return Scene(ACCOUNT, lines, references)


class NowListed(Listings):
    """Lists the items of an account; the kinds in `denied` are refused."""

    def __init__(self, items: Items, denied: Iterable[str], tagged: Collection[str] = ()) -> None:
        class Session:
            account = ACCOUNT

        session: Any = Session()
        nothing: Any = None
        families = Families.of((), (), tagged)
        super().__init__(session, nothing, nothing, families, (GLOBAL, REGION))
        self.items, self.denied = items, frozenset(denied)
        self.asked: list[str] = []

    def begin(self, kind: str, region: str) -> Future[Listed]:
        self.asked.append(kind)
        items = self.items.get(kind, []) if region == place_of(kind).region else []
        found = [seen(registry()[kind], item, place_of(kind)) for item in items]
        unread = [
            Unread(one.resource.graph_id, kind, {"describe": "denied"})
            for one, item in zip(found, items, strict=True)
            if UNREAD in item
        ]
        untagged = sum(one.resource.tags is None for one in found)
        errors = {kind: "denied (no)"} if kind in self.denied else {}
        listed: Future[Listed] = Future()
        listed.set_result(Listed({}, unread, errors, {kind: found}, {kind: untagged}))
        return listed


@dataclass
class NowRead:
    """Reads single resources of an account."""

    items: Items
    denied: frozenset[str]
    asked: list[str] = field(default_factory=list)

    def read(self, subject: Subject, *, with_use: bool = False) -> Description | None:
        del with_use
        self.asked.append(subject.kind)
        if subject.kind in self.denied:
            raise CallError("x", "describe", "AccessDenied", "no", ACCOUNT, subject.region)
        for item in self.items.get(subject.kind, []):
            found = seen(registry()[subject.kind], item, place_of(subject.kind)).resource
            if found.id == subject.id:
                return None if found.ended else Description(item, found, item)
        return None


class AsPlanned(Known):
    """What the snapshot knows of an account."""

    def __init__(self, plan: Plan, scene: Scene) -> None:
        nothing: Any = None
        super().__init__(nothing, plan)
        self.planned = {
            entry.subject.graph_id: scene.lines[entry.subject.graph_id] for entry in plan.planned
        }
        self.past = {name: Past.of(line) for name, line in scene.lines.items()}
        names = self.planned.keys()
        # A cached property, which is read from the bucket otherwise.
        self.__dict__["edges"] = [
            edge.to_line()
            for edge in scene.edges
            if not names.isdisjoint({edge.source, edge.target})
        ]
        self._read = True


@dataclass
class Account:
    """An account at the time of the plan: a selection by rule or by search, and its plan."""

    items: Items
    rule: str = ""
    options: str = ""
    search: str = ""
    expired: bool = False

    def __post_init__(self) -> None:
        chosen = [f"{self.rule}: {{enabled: true, {self.options}}}"] if self.rule else []
        chosen += ["expired: {enabled: true}"] if self.expired else []
        text = "rules: {" + ", ".join(chosen) + "}" + LIMITS
        self.config = allowing_guardrails(parse_config(text))
        self.scene = scene_of(self.items)
        self.plan = self._plan()

    @property
    def selections(self) -> dict[str, Selection]:
        found: dict[str, Selection] = {
            name: RuleSelection(rule, self.config.rules.of(rule), NOW)
            for name, rule in rules().items()
            if rule.search is None
        }
        if self.search:
            query = parse_search(self.search, {}, NOW)
            found[JOB] = SearchSelection(
                "search", query, Context(NOW), looked_at(query), asked_use(query.parts[-1])
            )
        return found

    def _plan(self) -> Plan:
        resources = [Resource.from_line(line) for line in self.scene.lines.values()]
        world = Inventory(
            ACCOUNT,
            resources,
            [
                one
                for one in self.scene.edges
                if {one.source, one.target} <= self.scene.lines.keys()
            ],
            full_coverage(),
            enabled_regions=(REGION,),
            stacks=without_members(resources),
        )
        return make_plan(
            world, self.config, run_id="r", manifest="m", now=NOW, marks=Marks(self._marks())
        )

    def _marks(self) -> tuple[CleanMarks, ...]:
        if not self.search:
            return ()
        query = parse_search(self.search, {}, NOW)
        found = Evaluation(query, self.scene.graph, Context(NOW)).matches()
        names = tuple(match.line["graph_id"] for match in found)
        return (CleanMarks("search", "post_collect", "why", self.search, "m", (), names),)

    def entry(self, kind: str) -> Planned:
        return next(one for one in self.plan.planned if one.subject.kind == kind)

    def objection(
        self,
        kind: str,
        now: Items,
        denied: Iterable[str] = (),
        *,
        released: bool = False,
    ) -> str:
        """Return what the reason says now about the planned resource of a kind."""
        entry, refused = self.entry(kind), frozenset(denied)
        reader: Any = NowRead(now, refused - {kind})
        description = reader.read(entry.subject)
        assert description is not None
        tagged = {name for one in self.selections.values() for name in one.tagged(kind)}
        reasons = Reasons(
            NowListed(now, refused, tagged),
            reader,
            AsPlanned(self.plan, self.scene),
            self.selections,
            lambda: to_text(NOW),
            going=frozenset(one.subject.graph_id for one in self.plan.planned),
        )
        return reasons.objection(entry, description, released=released)


def changed(items: Items, **more: list[Item]) -> Items:
    """Return the items with other ones for some kinds."""
    return {**items, **more}


__all__ = ["UNKNOWN_TAGS", "UNREAD", "Account", "changed", "remembered"]
