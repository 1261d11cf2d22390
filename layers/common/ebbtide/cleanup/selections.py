"""What selected the resources of a plan, in a form that can be asked again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from ebbtide.cleanup.parts_now import asked_by
from ebbtide.cleanup.scene import Scene
from ebbtide.config import Config, Job
from ebbtide.graph import Manifest
from ebbtide.kinds import concrete_kinds, registry
from ebbtide.language import parse_search
from ebbtide.language.syntax import Query
from ebbtide.matching.matches import asked_use
from ebbtide.model.containers import CONTAINERS
from ebbtide.model.lines import ResourceLine
from ebbtide.model.resource import Resource
from ebbtide.plan.leftovers import NAME as LEFTOVERS
from ebbtide.plan.leftovers import read_leftovers
from ebbtide.plan.model import Plan
from ebbtide.plan.searched import EVENT, query_of
from ebbtide.rules.newest import Newest
from ebbtide.rules.rule import Neighbour, Rule
from ebbtide.rules.situation import Situation
from ebbtide.search.evaluation import Evaluation
from ebbtide.search.looked_at import ANY_NAME, LookedAt, looked_at
from ebbtide.search.node import Context
from ebbtide.store.run import Run
from ebbtide.verdict.automation_marks import AUTOMATION_PREFIX, automation_of
from ebbtide.verdict.marks import RULE_PREFIX, read_marks
from ebbtide.verdict.snapshot_marks import marks_in_run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

# Names that every line has, whichever call described the resource.
_ALWAYS = frozenset(
    (
        "account",
        "ancestors",
        "age",
        "arn",
        "atime",
        "cloud",
        "created",
        "ctime",
        "descendants",
        "desired",
        "expires",
        "id",
        "kind",
        "kinds",
        "last_access",
        "last_seen",
        "last_update",
        "last_use_known_since",
        "last_used",
        "metadata",
        "mtime",
        "name",
        "price",
        "protected",
        "region",
        "tags",
        "updated",
        "usage",
    )
)
# A search that can pass through more kinds than this can pass through almost any.
MOST_KINDS = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What is selected now: graph id -> the resources that it is a part of, None for none.

    `others` has what the selection says instead about resources that it does not select.
    """

    selected: Mapping[str, frozenset[str | None]]
    others: Mapping[str, str] = field(default_factory=dict)


class Selection(Protocol):
    """A rule or job that selected something."""

    @property
    def words(self) -> str:
        """The selection in words, such as "rule alarms"."""

    def neighbours(self, kind: str) -> tuple[Neighbour, ...]:
        """Return what it looks at before it selects a resource of this kind."""

    def tagged(self, kind: str) -> frozenset[str]:
        """Return the neighbours whose tags it looks at."""

    def impossible(self) -> str:
        """Return why it cannot be asked again; "" if it can."""

    def lacks(self, line: ResourceLine) -> bool:
        """Return whether it may look at something that a description of the resource lacks."""

    def asks_use(self, kind: str) -> bool:
        """Return whether it asks for the last use or the usage of a resource of this kind."""

    def answer(self, scene: Scene, going: frozenset[str]) -> Answer:
        """Select among the resources of a scene; `going` is what the plan still deletes."""


@dataclass(frozen=True, slots=True)
class RuleSelection:
    """A built-in rule with the options of the run."""

    rule: Rule[Any]
    options: Any
    now: datetime

    @property
    def words(self) -> str:
        return f"rule {self.rule.name}"

    def neighbours(self, kind: str) -> tuple[Neighbour, ...]:
        return self.rule.looks_at(kind)

    def tagged(self, _kind: str) -> frozenset[str]:
        return frozenset()

    def impossible(self) -> str:
        return ""

    def lacks(self, _line: ResourceLine) -> bool:
        return False

    def asks_use(self, kind: str) -> bool:
        return kind in concrete_kinds(self.rule.last_use(self.options))

    def answer(self, scene: Scene, going: frozenset[str]) -> Answer:
        selected: dict[str, frozenset[str | None]] = {}
        others: dict[str, str] = {}
        chosen = going if self.rule.extends else frozenset[str]()
        for finding in self.rule.find(Situation(scene.inventory, self.now, chosen), self.options):
            name = finding.resource
            if finding.verdict == "select":
                selected[name] = selected.get(name, frozenset()) | {finding.part_of}
            else:
                others[name] = finding.reason
        return Answer(selected, others)


@dataclass(frozen=True, slots=True)
class SearchSelection:
    """The search of a job or of a rule; a rule may keep the newest of what it finds."""

    words: str
    query: Query
    context: Context
    looked: LookedAt
    use: frozenset[str]
    newest: Newest | None = None

    def neighbours(self, _kind: str) -> tuple[Neighbour, ...]:
        return tuple(Neighbour(name) for name in sorted((self.looked.kinds or set()) - CONTAINERS))

    def tagged(self, _kind: str) -> frozenset[str]:
        return self.looked.tagged

    def impossible(self) -> str:
        kinds = self.looked.kinds
        if kinds is None or len(kinds) > MOST_KINDS:
            return "it can depend on resources of any kind, and not all kinds are listed again"
        if "owns" in self.looked.types:
            return "it follows ownership, which is known only from a complete snapshot"
        if self.looked.use:
            return "it asks for the use of other resources"
        alone = (name for name in sorted(kinds - CONTAINERS) if not _is_listed(name))
        unlisted = next(alone, None)
        return f"it depends on {unlisted}, which cannot be listed again" if unlisted else ""

    def lacks(self, line: ResourceLine) -> bool:
        if self.newest is not None:  # the others of its kind decide, too
            return True
        names = self.looked.own - _ALWAYS
        return ANY_NAME in names or not names <= line["properties"].keys()

    def asks_use(self, _kind: str) -> bool:
        return bool(self.use)

    def answer(self, scene: Scene, going: frozenset[str]) -> Answer:
        del going
        selected: dict[str, frozenset[str | None]] = {}
        others: dict[str, str] = {}
        lines = [
            match.line for match in Evaluation(self.query, scene.graph, self.context).matches()
        ]
        if self.newest is not None:
            others |= self.newest.kept(map(Resource.from_line, lines))
        for line in lines:
            name = line["graph_id"]
            if name in others:
                continue
            if all(use in line["properties"] for use in self.use):
                selected[name] = frozenset({None})
            else:
                others[name] = "its last use could not be read"
        return Answer(selected, others)


@dataclass(frozen=True, slots=True)
class StandingSelection:
    """What was decided elsewhere and stands: leftovers, and marks of automations.

    `wholes` are the resources that it selects, each with its whole if it has one.
    """

    words: str
    wholes: Mapping[str, str | None]

    def neighbours(self, _kind: str) -> tuple[Neighbour, ...]:
        return ()

    def tagged(self, _kind: str) -> frozenset[str]:
        return frozenset()

    def impossible(self) -> str:
        return ""

    def lacks(self, _line: ResourceLine) -> bool:
        return False

    def asks_use(self, _kind: str) -> bool:
        return False

    def answer(self, _scene: Scene, _going: frozenset[str]) -> Answer:
        return Answer({name: frozenset({None, whole}) for name, whole in self.wholes.items()})


def _is_listed(name: str) -> bool:
    kind = registry()[name]
    while kind.each is not None:
        kind = registry()[kind.each]
    return kind.list is not None


def selections_of(plan: Plan, run: Run, bucket: Bucket, manifest: Manifest) -> dict[str, Selection]:
    """Return the selections that made a plan, by the names that its entries use.

    A selection that the configuration does not have is missing. The manifest is that of the plan.
    """
    names = {entry.account: entry.name for entry in manifest.accounts}
    found: dict[str, Selection] = {}
    asked = {asked_by(entry, rule) for entry in plan.planned for rule in entry.rules}
    marked = _marked(run, bucket, plan) if any(map(_is_automation, asked)) else {}
    for name in sorted(asked):
        if _is_automation(name):
            if name in marked:
                found[name] = marked[name]
        elif name.startswith(RULE_PREFIX):
            job = _job_of(run.config, name.removeprefix(RULE_PREFIX))
            if job is not None:
                found[name] = _search_of(job, manifest.run_id, run, bucket, names)
        elif name == LEFTOVERS:
            left = read_leftovers(bucket, plan.account)
            wholes = {one: kept["entry"]["part_of"] for one, kept in left.items()}
            found[name] = StandingSelection("the record of unfinished deletions", wholes)
        elif (rule := run.config.rules.find(name)) is not None:
            found[name] = _of_rule(rule, manifest.run_id, run, bucket, names)
    return found


def _is_automation(name: str) -> bool:
    return name.startswith(AUTOMATION_PREFIX)


def _marked(run: Run, bucket: Bucket, plan: Plan) -> dict[str, StandingSelection]:
    """Return what automations marked before the plan was made, by their names in plans."""
    by_name: dict[str, dict[str, None]] = {}
    for made in read_marks(bucket, run, plan.account, until="cleanup_plan").clean:
        if made.automation and made.manifest == plan.manifest:
            by_name.setdefault(made.automation, {}).update(dict.fromkeys(made.resources))
    return {
        automation_of(name): StandingSelection(f"automation {name}", wholes)
        for name, wholes in by_name.items()
    }


def _job_of(config: Config, name: str) -> Job | None:
    return next((job for job in config.jobs if job.name == name), None)


def _of_rule(
    rule: Rule[Any], snapshot: str, run: Run, bucket: Bucket, names: Mapping[str, str]
) -> Selection:
    options = run.config.rules.of(rule)
    if rule.search is None:
        return RuleSelection(rule, options, run.started)
    context = Context(run.started, names, marks_in_run(bucket, snapshot, run, until=EVENT))
    query, words = query_of(rule, options, run), f"the search of rule {rule.name}"
    newest = Newest.of(rule.search, options)
    return replace(_searching(words, query, context), newest=newest)


def _search_of(
    job: Job, snapshot: str, run: Run, bucket: Bucket, names: Mapping[str, str]
) -> SearchSelection:
    query = parse_search(job.search, run.config.searches, run.started)
    # A job sees what the jobs before it marked, and nothing of its own marks.
    marks = marks_in_run(bucket, snapshot, run, until=job.event, before=job.name)
    context = Context(run.started, names, marks)
    return _searching(f"the search of job {job.name}", query, context)


def _searching(words: str, query: Query, context: Context) -> SearchSelection:
    return SearchSelection(words, query, context, looked_at(query), asked_use(query.parts[-1]))
