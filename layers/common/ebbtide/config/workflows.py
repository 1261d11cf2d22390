"""The section `workflows` of the configuration: named sequences of the steps."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator

from ebbtide.base.durations import describe
from ebbtide.config.jobs import TimeZone
from ebbtide.config.schedules import problem_of, shortest_interval
from ebbtide.deployment.events import STEPS, WORKFLOWS
from ebbtide.model.resource import GLOBAL
from ebbtide.options.mistakes import Mistake
from ebbtide.options.names import AccountId
from ebbtide.options.section import Section

Step = Literal["collect", "cleanup_plan", "cleanup", "generate_metrics"]
RegionName = Annotated[str, StringConstraints(pattern=r"^(global|[a-z]{2,}(-[a-z]+)+-\d+)$")]
# Schedules have these names, too, and at most 64 characters (CreateSchedule in the API reference of
# EventBridge Scheduler).
WorkflowName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]

# Even a run of an empty account starts a dozen functions one after the other.
_SHORTEST_RUN = timedelta(minutes=5)


class Workflow(Section):
    """A sequence of steps that is started by its name or by its own schedule."""

    name: WorkflowName = Field(description="how an execution, an event and a command name it")
    steps: tuple[Step, ...] = Field(
        min_length=1,
        description="in this order: collect, cleanup_plan, cleanup, generate_metrics; each may be "
        "left out, but cleanup needs cleanup_plan",
    )
    accounts: tuple[AccountId, ...] = Field(
        default=(), description="only these of the accounts in collect.accounts; empty: all"
    )
    regions: tuple[RegionName, ...] = Field(
        default=(),
        description="only these of the regions in collect.regions, and global for services without "
        "regions; empty: all",
    )
    dry_run: bool = Field(default=False, description="delete nothing, whatever cleanup.dry_run is")
    overlap: Literal["skip", "wait"] = Field(
        default="skip", description="what a run does while another run is under way"
    )
    schedule: str | None = Field(
        default=None,
        description="a rate or cron expression of EventBridge Scheduler; `ebbtide workflows apply` "
        "makes the schedule",
        examples=["rate(6 hours)", "cron(0 2 ? * MON-FRI *)"],
    )
    timezone: TimeZone = Field(default="UTC", description="the time zone of a cron expression")

    @field_validator("name")
    @classmethod
    def _not_built_in(cls, value: str) -> str:
        if value in WORKFLOWS:
            raise ValueError(f"{value} is the name of a built-in workflow; choose another one")
        return value

    @field_validator("steps")
    @classmethod
    def _in_order(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        ordered = tuple(step for step in STEPS if step in value)
        if value != ordered:
            raise ValueError(f"each step at most once, and in this order: {', '.join(ordered)}")
        if "cleanup" in value and "cleanup_plan" not in value:
            raise ValueError("cleanup carries out the plan of its own run: add cleanup_plan")
        return value

    @field_validator("schedule")
    @classmethod
    def _is_expression(cls, value: str | None) -> str | None:
        problem = "" if value is None else problem_of(value)
        if problem:
            raise ValueError(problem)
        return value

    @property
    def warning(self) -> str:
        """Return why the schedule starts too many runs, or an empty text."""
        every = None if self.schedule is None else shortest_interval(self.schedule)
        if every is None or every >= _SHORTEST_RUN:
            return ""
        effect = "wait in a growing queue" if self.overlap == "wait" else "are skipped"
        return (
            f"workflows, {self.name}: {self.schedule} starts a run every {describe(every)}, and "
            f"most runs take longer; those that start meanwhile {effect}"
        )


def mistakes_of(
    workflows: Sequence[Workflow],
    accounts: Collection[str] | None,
    regions: Collection[str] | None,
) -> Iterator[Mistake]:
    """Yield the accounts and regions of workflows that are not collected.

    `accounts` and `regions` are those that the section `collect` lists; None if it lists none.
    """
    for number, one in enumerate(workflows):
        places = (("accounts", one.accounts, accounts), ("regions", one.regions, regions))
        for key, wanted, listed in places:
            missing = [] if listed is None else [it for it in wanted if it not in {*listed, GLOBAL}]
            if missing:
                yield Mistake(
                    ("workflows", str(number), key),
                    f"collect.{key} does not list {', '.join(missing)}, so every run of {one.name} "
                    "would fail",
                )
