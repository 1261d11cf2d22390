"""The section `cleanup` of the configuration: whether, how much and what may be deleted."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator

from ebbtide.config.calendar import CalendarConfig
from ebbtide.kinds import concrete_kinds, needing_kinds, registry
from ebbtide.options.money import Monthly
from ebbtide.options.names import KindName
from ebbtide.options.section import Duration, Section

# CloudFormation user guide: names of types, and of custom resources.
StackTypeName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]+(::[A-Za-z0-9_@-]+){1,3}$")]

# The history of an execution has room for the turns, and the throttling, of this time.
LONGEST_DEADLINE = timedelta(hours=6)


class Limits(Section):
    """Limits of a plan. If a plan exceeds any of them, none of it is deleted without an approval.

    A day is the last 24 hours: what earlier runs deleted in them counts.
    """

    per_run: int = Field(default=100, ge=0)
    per_account: int = Field(default=50, ge=0)
    per_kind: int = Field(default=50, ge=0)
    per_rule: int = Field(default=50, ge=0)
    per_day: int = Field(default=200, ge=0, description="in all accounts together, per day")
    per_account_per_day: int = Field(default=100, ge=0, description="in one account, per day")
    percent_of_account: float = Field(
        default=25.0,
        ge=0,
        le=100,
        description="share of what can be deleted in an account, per day",
    )
    percent_of_kind: float = Field(
        default=50.0,
        ge=0,
        le=100,
        description="share of what can be deleted of a kind in all accounts, per day",
    )
    per_emptied: int = Field(
        default=10_000,
        ge=0,
        description="objects, versions, delete markers and uploads of a bucket, or images of a "
        "repository, up to which a job may empty it",
    )
    percent_applies_from: int = Field(
        default=10, ge=0, description="the percentages do not apply to fewer resources per day"
    )
    monthly: Monthly | None = Field(
        default=None,
        description="USD a month that what a run deletes may cost together, at list price",
    )
    monthly_per_day: Monthly | None = Field(
        default=None,
        description="USD a month that what is deleted in a day may cost together, at list price",
    )
    unknown_prices: Literal["hold", "leave_out"] = Field(
        default="hold",
        description="hold: a resource whose price is unknown may cost anything, so with `monthly` "
        "or `monthly_per_day` it holds the plan; leave_out: only known prices count, and the plan "
        "says how many are not",
    )


class Breakable(Section):
    """A use that the cleanup may break: resources of one kind without which others break."""

    needed: KindName = Field(description="kind or base kind that may go, such as aws_sns_topic")
    by: KindName = Field(
        description="kind or base kind that may break, such as aws_cloudwatch_alarm"
    )

    @model_validator(mode="after")
    def _is_declared(self) -> Breakable:
        users = concrete_kinds((self.by,))
        if not any(users & needing_kinds(kind) for kind in concrete_kinds((self.needed,))):
            raise ValueError(
                f"no {self.by} needs a {self.needed}, so there is nothing to allow; docs/kinds.md "
                "shows which kinds need which"
            )
        return self


def _guardrail(name: str) -> str:
    if not any(registry()[kind].guardrail for kind in concrete_kinds((name,))):
        raise ValueError(f"{name} is no guardrail, so there is nothing to allow")
    return name


def _opt_in(name: str) -> str:
    kind = registry().get(name)
    if kind is None or not kind.opt_in:
        raise ValueError(
            f"{name} is not one of the kinds that must be allowed by name; docs/kinds.md calls "
            "them opt-in"
        )
    return name


GuardrailName = Annotated[KindName, AfterValidator(_guardrail)]
OptInName = Annotated[KindName, AfterValidator(_opt_in)]


class CleanupConfig(Section):
    """Whether to delete, how much, and for how long."""

    enabled: bool = False
    dry_run: bool = True
    approval: Literal["never", "beyond_limits", "always"] = Field(
        default="never",
        description="never: a plan beyond a limit is held, and no approval releases it; "
        "beyond_limits: of such a plan, only what was approved is deleted; always: only what was "
        "approved is ever deleted",
    )
    first_run: Literal["report", "act"] = Field(
        default="report",
        description="report: the first run of a new or changed rule or job only reports what it "
        "selects; act: it deletes at once",
    )
    limits: Limits = Limits()
    calendar: CalendarConfig = CalendarConfig()
    skip_below: Monthly = Field(
        default=0.0,
        description="USD a month: what costs less, together with what goes with it, stays (code "
        "`too_cheap`); rules and jobs may ask for more with `min_monthly`; 0: any price",
    )
    allow_breaking: tuple[Breakable, ...] = Field(
        default=(),
        description="pairs of kinds: a resource of the kind `needed` may go although one of the "
        "kind `by` breaks without it; the plan says what breaks",
    )
    allow_guardrails: tuple[GuardrailName, ...] = Field(
        default=(),
        description="guardrails that may be deleted, such as aws_cloud_trail or aws_iam_role; the "
        "member stack must allow it as well (AllowGuardrails)",
    )
    allow_kinds: tuple[OptInName, ...] = Field(
        default=(),
        description="kinds that docs/kinds.md calls opt-in; a job whose search names such a kind "
        "may then delete it",
    )
    max_snapshot_age: Duration = Field(
        default=timedelta(hours=2),
        description="a workflow that does not collect plans nothing on an older snapshot",
    )
    deadline: Duration = Field(
        default=timedelta(minutes=30),
        description="the longest that the cleanup of an account waits, at most 6h: what AWS has "
        "accepted by then is confirmed by the next run, and what has not begun stays",
    )
    threads: int = Field(default=8, ge=1, le=32)
    known_stack_types: tuple[StackTypeName, ...] = Field(
        default=(),
        description="types of CloudFormation that Ebbtide has no kind for, such as your custom "
        "resources, and that may be deleted with their stack",
    )

    @field_validator("deadline")
    @classmethod
    def _ends_in_time(cls, value: timedelta) -> timedelta:
        if not timedelta() < value <= LONGEST_DEADLINE:
            raise ValueError("must be more than 0 and at most 6h")
        return value
