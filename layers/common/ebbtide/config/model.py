"""The model of config/ebbtide.yaml: every key has a default, and unknown keys are errors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from ebbtide.config.automations import Automation, mistakes_of
from ebbtide.config.cleanup import CleanupConfig
from ebbtide.config.cloudwatch import CloudWatchConfig, CloudWatchSection
from ebbtide.config.cloudwatch_names import mistakes_of as mistakes_of_names
from ebbtide.config.cloudwatch_names import offered
from ebbtide.config.default_metrics import DEFAULTS
from ebbtide.config.digest import DigestConfig
from ebbtide.config.jobs import Job, problem_of
from ebbtide.config.metrics import MOST_DEFINITIONS, MetricDefinition, MetricName
from ebbtide.config.metrics import mistakes_of as mistakes_of_metrics
from ebbtide.config.own_rules import mistakes_of as mistakes_of_own_rules
from ebbtide.config.owners import OwnersConfig
from ebbtide.config.workflows import Workflow
from ebbtide.config.workflows import mistakes_of as mistakes_of_workflows
from ebbtide.options.mistakes import Mistake, MistakesError, UnknownNameError
from ebbtide.options.names import AccountId, KindName
from ebbtide.options.section import Duration, Section
from ebbtide.rules import section

if TYPE_CHECKING:
    # The fields exist only at run time; `Rules.of` types the options of each rule.
    from ebbtide.rules import Rules as RulesConfig
else:
    RulesConfig = section()

SnippetName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_-]*$")]
UnitId = Annotated[
    str, StringConstraints(pattern=r"^(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32})$")
]
Region = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,}(-[a-z]+)+-\d+$")]


# At one event: a single execution announces it, and its history is limited (docs/adr/0026).
MOST_AUTOMATIONS = 20
MOST_JOBS = 100


class KindFilter(Section):
    """Which kinds to collect; `exclude` wins."""

    include: tuple[KindName, ...] = Field(
        default=(), description="only these kinds; empty: all except the optional ones"
    )
    also: tuple[KindName, ...] = Field(
        default=(), description="optional kinds (docs/kinds.md) to read in addition"
    )
    exclude: tuple[KindName, ...] = ()


class OrganizationConfig(Section):
    """Which accounts of the organization to collect; suspended accounts are never collected."""

    account: AccountId | None = Field(
        default=None,
        description="account whose reader role lists the organization: the management account or a "
        "delegated administrator; default: the account of the stack",
    )
    include_units: tuple[UnitId, ...] = Field(
        default=(),
        description="only accounts in these units or roots, at any depth; empty: all",
    )
    exclude_units: tuple[UnitId, ...] = Field(
        default=(), description="skip the accounts in these units, at any depth"
    )
    exclude_accounts: tuple[AccountId, ...] = Field(
        default=(), description="accounts to skip, wherever they are in the organization"
    )


class LastUseConfig(Section):
    """When resources were last used; costs 0.01 USD per 1,000 CloudWatch metrics requested."""

    kinds: tuple[KindName, ...] = Field(
        default=(),
        description="kinds whose last use and amount of use to read; rules that need it add their "
        "own kinds",
    )
    period: Duration = Field(
        default=timedelta(days=14), description="how far back to read CloudWatch metrics"
    )

    @field_validator("period")
    @classmethod
    def _kept_by_cloudwatch(cls, value: timedelta) -> timedelta:
        # CloudWatch keeps data of one hour or more for 455 days (CloudWatch user guide).
        if not timedelta(days=1) <= value <= timedelta(days=455):
            raise ValueError("must be between 1d and 455d; CloudWatch keeps no older data")
        return value


class SuspicionConfig(Section):
    """When to distrust a reading that finds far fewer resources, or tags, than usual."""

    share: float = Field(
        default=50.0,
        ge=1,
        le=100,
        description="percentage by which a count, or the number of resources with tags, must fall "
        "to be suspect; a fall to zero always is",
    )
    applies_from: int = Field(
        default=10,
        ge=1,
        description="lower counts of resources are suspect only if they fall to zero",
    )
    runs: int = Field(
        default=2,
        ge=0,
        description="further runs that must confirm it before it is believed",
    )


class EmptyRegionsConfig(Section):
    """How often to read regions completely that look empty."""

    skip: bool = Field(default=True, description="false: read every region completely in every run")
    complete_per_run: int = Field(
        default=1, ge=1, description="number of seemingly empty regions to read completely per run"
    )
    trust: Duration = Field(
        default=timedelta(days=7),
        description="how long a complete reading counts as proof that a region is empty",
    )


class CollectConfig(Section):
    """Where to collect from, and through which role."""

    accounts: Literal["self", "organization"] | tuple[AccountId, ...] = Field(
        default="self",
        description="self: the account of the stack; organization: all accounts of the "
        "organization; or a list of account ids",
    )
    organization: OrganizationConfig = OrganizationConfig()
    names: dict[AccountId, str] = Field(
        default_factory=dict, description="display names of accounts"
    )
    regions: Literal["enabled"] | tuple[Region, ...] = Field(
        default="enabled",
        description="enabled: all regions enabled in the account; or a list",
    )
    regions_without_resources: tuple[Region, ...] = Field(
        default=(),
        description="regions in which nothing can be, because a policy of the organization denies "
        "them; believed only as long as the policy denies every probe of the region",
    )
    kinds: KindFilter = KindFilter()
    role_name: str | None = Field(
        default=None, description="reader role in each account; default: the stack parameter"
    )
    external_id: str | None = Field(
        default=None, description="external id of that role; default: the stack parameter"
    )
    threads: int = Field(default=16, ge=1, le=64, description="concurrent calls per account")
    task_target: Duration = Field(
        default=timedelta(minutes=4),
        description="accounts that took longer in the last run are split into tasks of this length",
    )
    empty_regions: EmptyRegionsConfig = EmptyRegionsConfig()
    suspicion: SuspicionConfig = SuspicionConfig()
    last_use: LastUseConfig = LastUseConfig()

    @field_validator("accounts", "regions")
    @classmethod
    def _not_empty(cls, value: object) -> object:
        if value == ():
            raise ValueError("the list is empty; leave the key out for the default")
        return value


class ProtectConfig(Section):
    """Resources that are never deleted, whatever selects them."""

    ids: tuple[str, ...] = Field(default=(), description="resource ids, ARNs or graph ids")
    tags: dict[str, str | None] = Field(
        default_factory=dict, description="tag key -> value, or null for any value"
    )
    accounts: tuple[AccountId, ...] = ()
    kinds: tuple[KindName, ...] = ()


class MetricsConfig(Section):
    """What is measured, and where it goes; the bucket always gets all of it."""

    cloudwatch: CloudWatchSection = CloudWatchConfig()
    by_kind: bool | None = Field(
        default=None, description="up to version 0.1; now cloudwatch.by: {ResourcesFound: [kind]}"
    )
    definitions: dict[MetricName, MetricDefinition] = Field(
        default_factory=dict,
        max_length=MOST_DEFINITIONS,
        description="metrics of resources by name, in addition to those of docs/metrics.md; one "
        "with the name of a default replaces it",
    )
    disabled: tuple[MetricName, ...] = Field(
        default=(), description="names of default metrics of resources to leave out"
    )

    @property
    def warning(self) -> str:
        """Why the section should be written differently; empty if it should not."""
        if self.by_kind:
            return (
                "metrics.by_kind: write metrics.cloudwatch: {by: {ResourcesFound: [kind]}, "
                "budget_usd: 40} instead; without a budget, CloudWatch gets only the ten free sums"
            )
        if self.cloudwatch.budget_usd == 0 and self.cloudwatch.series in ("all", "classic"):
            return (
                f"metrics.cloudwatch.series: {self.cloudwatch.series} without budget_usd writes "
                "only the ten free metrics; `ebbtide metrics cost` shows what all would cost"
            )
        return ""

    @field_validator("disabled")
    @classmethod
    def _known_defaults(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if name not in DEFAULTS:
                advice = "docs/metrics.md lists those that can be disabled"
                raise UnknownNameError("default metric", name, lambda: DEFAULTS, advice)
        return value


class ReportConfig(Section):
    """The report of each run, a file for people to open."""

    enabled: bool = Field(
        default=True, description="write report.html at the end of the step generate_metrics"
    )


class Config(Section):
    """The complete config/ebbtide.yaml."""

    collect: CollectConfig = CollectConfig()
    rules: RulesConfig = RulesConfig()
    protect: ProtectConfig = ProtectConfig()
    owners: OwnersConfig = OwnersConfig()
    cleanup: CleanupConfig = CleanupConfig()
    automations: tuple[Automation, ...] = ()
    jobs: tuple[Job, ...] = ()
    workflows: tuple[Workflow, ...] = ()
    searches: dict[SnippetName, str] = Field(
        default_factory=dict,
        description="named snippets with {{parameters}}, which searches include with expand()",
    )
    metrics: MetricsConfig = MetricsConfig()
    digest: DigestConfig = DigestConfig()
    report: ReportConfig = ReportConfig()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is accepted, but should be written differently."""
        found = [one.warning for one in self.automations]
        found += [one.warning for one in self.workflows]
        found.append(self.metrics.warning)
        found.append(self.digest.warning)
        return tuple(warning for warning in found if warning)

    @field_validator("automations")
    @classmethod
    def _few_automations(cls, value: tuple[Automation, ...]) -> tuple[Automation, ...]:
        _require_at_most(MOST_AUTOMATIONS, "automations", [one.event for one in value])
        mistakes = list(mistakes_of(value))
        if mistakes:
            raise MistakesError(mistakes)
        return value

    @field_validator("jobs")
    @classmethod
    def _few_jobs(cls, value: tuple[Job, ...]) -> tuple[Job, ...]:
        _require_at_most(MOST_JOBS, "jobs", [one.event for one in value])
        return value

    @field_validator("jobs", "workflows")
    @classmethod
    def _unique_names[Named: (Job, Workflow)](
        cls, value: tuple[Named, ...], info: ValidationInfo
    ) -> tuple[Named, ...]:
        known: set[str] = set()
        mistakes = []
        for number, one in enumerate(value):
            if one.name in known:
                message = f"two {info.field_name} are called {one.name}; each needs its own name"
                mistakes.append(Mistake((str(number), "name"), message))
            known.add(one.name)
        if mistakes:
            raise MistakesError(mistakes)
        return value

    @model_validator(mode="after")
    def _sections_agree(self) -> Config:
        """Check what concerns several sections, and report all mistakes at once."""
        mistakes = [*_of_searches(self), *_of_tags(self), *_of_last_use(self), *_of_accounts(self)]
        mistakes += [*_of_metrics(self), *_of_own_rules(self)]
        mistakes += mistakes_of_workflows(
            self.workflows, _listed(self.collect.accounts), _listed(self.collect.regions)
        )
        if mistakes:
            raise MistakesError(mistakes)
        return self


def _of_searches(config: Config) -> Iterator[Mistake]:
    """Yield the mistakes of searches that use expand(), which need the snippets in `searches`."""
    for number, job in enumerate(config.jobs):
        if "expand(" in job.search:
            cleans = job.action.clean is not None
            problem = problem_of(
                job.search, config.searches, cleans=cleans, values=job.tag_templates
            )
            if problem:
                yield Mistake(("jobs", str(number), "search"), problem)


def _of_own_rules(config: Config) -> Iterator[Mistake]:
    """Yield the mistakes of own rules, whose searches may use the snippets in `searches`."""
    for mistake in mistakes_of_own_rules(config.rules.own, config.searches):
        yield Mistake(("rules", "own", *mistake.place), mistake.message)


def _of_metrics(config: Config) -> Iterator[Mistake]:
    """Yield the mistakes of definitions of metrics, which may use the snippets in `searches`.

    Then those of the names that are to go to CloudWatch.
    """
    metrics = config.metrics
    kept = DEFAULTS.keys() - set(metrics.disabled)
    found = list(mistakes_of_metrics(metrics.definitions, config.searches, kept))
    for mistake in found:
        yield Mistake(("metrics", *mistake.place), mistake.message)
    # A definition with a mistake has no names to compare with.
    if not found and not metrics.cloudwatch.is_preset:
        known = offered(metrics.definitions, metrics.disabled, config.searches)
        yield from mistakes_of_names(metrics.cloudwatch, known, metrics.disabled)


def _of_tags(config: Config) -> Iterator[Mistake]:
    """Yield the jobs that would delete or change a tag in protect.tags."""
    protecting = config.protect.tags
    for number, job in enumerate(config.jobs):
        tag = job.action.tag
        for key in () if tag is None else (*tag.update, *tag.delete):
            assert tag is not None
            value = protecting.get(key)
            if key in protecting and (key in tag.delete or value not in (None, tag.update[key])):
                yield Mistake(
                    ("jobs", str(number), "action", "tag"),
                    f"{key} is listed in protect.tags, so a job may neither delete it nor give it "
                    "another value",
                )


def _of_last_use(config: Config) -> Iterator[Mistake]:
    """Yield the rules that need the last use of a longer period than is read."""
    for rule, options in (*config.rules.every(), *config.rules.advising()):
        wanted = rule.looks_back(options) if options.enabled else None
        if wanted is not None and config.collect.last_use.period < wanted:
            option = "idle_for" if rule.search is not None else "min_age"
            place = ("own", rule.name) if rule.name in config.rules.own else (rule.name,)
            yield Mistake(
                ("rules", *place, "idle_for" if rule.search is not None else "last_use"),
                "collect.last_use.period is shorter than "
                f"rules.{'.'.join(place)}.{option}, so the rule could never select anything",
            )


def _of_accounts(config: Config) -> Iterator[Mistake]:
    """Yield the options of the organization, if they would have no effect."""
    collect = config.collect
    if collect.organization != OrganizationConfig() and collect.accounts != "organization":
        yield Mistake(
            ("collect", "organization"),
            "collect.organization needs collect.accounts: organization",
        )


def _listed(value: str | tuple[str, ...]) -> tuple[str, ...] | None:
    """Return what a list names; None for a word such as `self`, whose meaning AWS knows."""
    return None if isinstance(value, str) else value


def _require_at_most(most: int, what: str, events: list[str]) -> None:
    for event, number in Counter(events).items():
        if number > most:
            raise ValueError(f"{number} {what} at {event}; at most {most} are possible")


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of the configuration, for editors (docs/config.schema.json)."""
    return Config.model_json_schema()
