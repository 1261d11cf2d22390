"""The section `jobs`: when a job runs, what it searches for, and what it does with the matches."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError
from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from ebbtide.base.durations import MAX_SECONDS
from ebbtide.config.tag_action import Tag
from ebbtide.deployment.events import is_after
from ebbtide.options.mistakes import UnknownNameError
from ebbtide.options.money import MINIMUM, Monthly
from ebbtide.options.parts import MEANING, WithParts
from ebbtide.options.section import Duration, HookableEvent, Section
from ebbtide.options.waiting import GRACE, GRACE_RUNS, GraceRuns, GraceTime

# A job marks resources for cleanup in the snapshot that the same run's plan is made from.
CLEAN_EVENTS = ("post_collect", "pre_cleanup_plan", "cleanup_plan")
# Protection is useless once the step that deletes has begun.
PROTECT_UNTIL = "cleanup"

type ActionName = Literal["clean", "protect", "notify", "tag"]

_FIELDS = 5
_SOME_MOMENT = datetime(2026, 1, 1)


def _cron(value: str) -> str:
    # A sixth field would be seconds, and runs are hourly.
    if len(value.split()) != _FIELDS:
        raise ValueError(
            f"{value!r} is not a cron expression of five fields, such as '0 22 * * fri'"
        )
    try:
        # The first match is computed to find expressions that are well-formed but never match.
        next(CronSim(value, _SOME_MOMENT))
    except StopIteration as error:
        raise ValueError(f"{value!r} never comes true") from error
    except CronSimError as error:
        raise ValueError(
            f"{value!r} is not a cron expression such as '0 22 * * fri': {error}"
        ) from error
    return value


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    # Depending on what is wrong with a name, zoneinfo raises KeyError, ValueError or OSError.
    except (KeyError, ValueError, OSError) as error:
        advice = "use one such as Europe/Berlin"
        raise UnknownNameError("time zone", value, available_timezones, advice) from error
    return value


def problem_of(
    search: str,
    searches: Mapping[str, str] | None = None,
    *,
    cleans: bool = False,
    values: Mapping[str, str] | None = None,
) -> str:
    """Return what is wrong with a job's search, or ''.

    `searches` are the snippets for expand(). If the job `cleans`, its search must fulfil more.
    `values` are the templates that its matches fill in.
    """
    return _problem_of(search, _pairs(searches), cleans, _pairs(values))


def _pairs(values: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((values or {}).items()))


@cache
def _problem_of(
    search: str,
    searches: tuple[tuple[str, str], ...],
    cleans: bool,
    values: tuple[tuple[str, str], ...],
) -> str:
    # Cached, so that a warm function checks each search only once. The import is local because the
    # parser takes 0.1 s to load, and a configuration without jobs does not need it.
    from ebbtide.language import SearchError, check_cleaning, check_steps, parse_search

    try:
        query = parse_search(search, dict(searches))
        if query.aggregate is not None:
            return "a job acts on resources, and an aggregate has none; remove aggregate(...)"
        if query.at is not None:
            return "a job searches the snapshot of its run; remove --at"
        (check_cleaning if cleans else check_steps)(query, search)
    except SearchError as error:
        return str(error)
    return _problem_of_values(search, dict(values), dict(searches)) if values else ""


def _problem_of_values(search: str, values: dict[str, str], searches: dict[str, str]) -> str:
    """Return what is wrong with the fields of templates, whose syntax is right; or ''."""
    from ebbtide.language import SearchError
    from ebbtide.language.tag_values import query_with_values

    for key, value in values.items():
        try:
            query_with_values(search, {key: value}, searches)
        except SearchError as error:
            return f"the matches cannot fill in {value} for the tag {key}: {error.message}"
    return ""


def _positive(value: timedelta) -> timedelta:
    if not timedelta(0) < value <= timedelta(seconds=MAX_SECONDS / 10):
        raise ValueError("must be longer than 0 and at most 100 years")
    return value


def _moment(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("give a time zone, as in 2026-12-05T00:00:00Z")
    return value.astimezone(UTC)


Cron = Annotated[str, AfterValidator(_cron)]
Moment = Annotated[datetime, AfterValidator(_moment)]
TimeZone = Annotated[str, AfterValidator(_timezone)]
# Job names are part of keys in the bucket, rule names and events.
JobName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
TopicArn = Annotated[
    str, StringConstraints(pattern=r"^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$")
]


class Clean(Section):
    """Selects the matches for the plan of the same run, as a built-in rule would."""

    reason: Reason = Field(description="the reason that the plan and the ledger give")
    with_parts: WithParts = Field(default=False, description=MEANING)
    min_monthly: Monthly = Field(default=0.0, description=MINIMUM)
    grace: GraceTime | None = Field(default=None, description=GRACE)
    grace_runs: GraceRuns | None = Field(default=None, description=GRACE_RUNS)
    empty: bool = Field(
        default=False,
        description="true: also remove all objects and versions of the buckets, and all images of "
        "the repositories that match; AllowEmptying of the member stack must permit it",
    )

    @property
    def asks(self) -> tuple[str, ...]:
        """Return the words by which it asks for more than deleting what matches."""
        return ("empty",) if self.empty else ()


class Protect(Section):
    """Protects the matches from deletion, in this run or for longer."""

    reason: Reason = Field(description="the reason that the plan gives for keeping a resource")
    expires: Annotated[Duration, AfterValidator(_positive)] | None = Field(
        default=None,
        description="how long the protection lasts after the last run that found the resource; "
        "default: for that run only",
    )


class Notify(Section):
    """Sends the matches in one message per run; no message if there are none."""

    topic: TopicArn | None = Field(
        default=None,
        description="ARN of an SNS topic; the stack parameter JobTopicArns must include it",
    )
    event: Annotated[str, StringConstraints(pattern=r"^[\w.-]{1,64}$")] | None = Field(
        default=None,
        description="a name that the event job_matched carries, for rules to match on the bus",
    )

    @model_validator(mode="after")
    def _one_way(self) -> Notify:
        if (self.topic is None) == (self.event is None):
            raise ValueError("give either topic or event")
        return self


class Action(Section):
    """What the job does with its matches; exactly one of these."""

    clean: Clean | None = None
    protect: Protect | None = None
    notify: Notify | None = None
    tag: Tag | None = None

    @model_validator(mode="after")
    def _one_action(self) -> Action:
        actions = (self.clean, self.protect, self.notify, self.tag)
        if sum(one is not None for one in actions) != 1:
            raise ValueError("give exactly one of clean, protect, notify, tag")
        return self

    @property
    def name(self) -> ActionName:
        if self.clean is not None:
            return "clean"
        if self.protect is not None:
            return "protect"
        return "tag" if self.notify is None else "notify"

    @property
    def marks(self) -> bool:
        """Say whether it leaves marks, which plans and deletions read."""
        return self.clean is not None or self.protect is not None


class Job(Section):
    """A search that the workflow runs at an event, and an action on its matches."""

    name: JobName = Field(description="lower-case letters, digits, - and _; unique")
    event: HookableEvent = Field(
        description="when in a run: any event that automations may hold; for clean only "
        f"{', '.join(CLEAN_EVENTS)}; for protect without expires none after {PROTECT_UNTIL}"
    )
    cron: Cron | None = Field(
        default=None,
        description="schedule of five fields; the first run that reaches the event after the "
        "scheduled time runs the job, once; default: every run",
    )
    timezone: TimeZone = Field(default="UTC", description="time zone of cron")
    once: bool = Field(
        default=False,
        description="true: the first run that carries out the job is the last one that runs it; "
        "not for clean, whose matches are gone afterwards",
    )
    until: Moment | None = Field(
        default=None,
        description="no run that starts after this time runs the job, such as "
        "2026-12-05T00:00:00Z; default: no end",
    )
    # Before `search`, because its check depends on the action.
    action: Action
    search: str = Field(description="what to search for, across all accounts (docs/jobs.md)")
    active: bool = Field(default=True, description="false: the job never runs")

    @property
    def tag_templates(self) -> dict[str, str]:
        """Return the tags whose values are filled in from each match."""
        return {} if self.action.tag is None else self.action.tag.templates

    @field_validator("search")
    @classmethod
    def _valid(cls, value: str, info: ValidationInfo) -> str:
        # Config checks those with expand(), because the snippets are in another section. Without a
        # valid action, which is a problem of its own, it is unknown what else to check.
        action: Action | None = info.data.get("action")
        cleans = action is not None and action.clean is not None
        values = action.tag.templates if action is not None and action.tag is not None else {}
        problem = "" if "expand(" in value else problem_of(value, cleans=cleans, values=values)
        if problem:
            raise ValueError(problem)
        return value

    @model_validator(mode="after")
    def _once(self) -> Job:
        """Refuse a job that ends after one run and also returns, or that may never act."""
        if self.once and self.cron is not None:
            raise ValueError("once and cron are mutually exclusive")
        if self.once and self.action.clean is not None:
            raise ValueError(
                "once is not for clean: its first run only reports, and a held plan is made again; "
                "give until"
            )
        return self

    @model_validator(mode="after")
    def _in_time(self) -> Job:
        """Refuse events at which the action would come too late to have an effect."""
        event = self.event
        if self.action.clean and event not in CLEAN_EVENTS:
            raise ValueError(
                f"clean cannot run at event {event}: it must search the snapshot that the plan is "
                f"made from; use one of {', '.join(CLEAN_EVENTS)}"
            )
        protect = self.action.protect
        if protect and protect.expires is None and is_after(event, PROTECT_UNTIL):
            raise ValueError(
                f"event {event} is too late to protect anything in the same run; use "
                f"{PROTECT_UNTIL} or an earlier event, or give expires"
            )
        if protect and protect.expires is None and self.cron is not None:
            raise ValueError(
                "with a cron, protect needs expires: without it, the protection would end with the "
                "run that runs the job"
            )
        return self
