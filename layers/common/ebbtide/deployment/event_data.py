"""The models of `data` of every event: counts, and keys of objects in the bucket.

A later version may add fields, so readers ignore what they do not know. No field is removed or gets
another meaning while the format of the detail is 1. `docs/events.schema.json` and the examples in
docs/event-data.md are made from these models (tools/event_contract.py).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Key = Annotated[str, Field(description="key of an object in the bucket")]
Count = Annotated[int, Field(ge=0)]


class Data(BaseModel):
    """What all events have in common: nothing, but that fields may be added."""

    model_config = ConfigDict(extra="allow", frozen=True)


class Nothing(Data):
    """No data."""


class WorkflowStarted(Data):
    """The run holds the claim and begins."""

    steps: dict[str, bool] = Field(description="step -> whether the run has it")
    cleanup_enabled: bool = Field(description="`cleanup.enabled` of the configuration")
    dry_run: bool = Field(description="`cleanup.dry_run`, or a dry run that was asked for")
    warnings: tuple[str, ...] = Field(description="what the configuration should say differently")


class Snapshot(Data):
    """The snapshot that the step uses."""

    manifest: Key = Field(description="key of the manifest")


class Collected(Snapshot):
    """The new snapshot is current."""

    accounts: Count = Field(description="accounts of the snapshot")
    resources: Count = Field(description="resources of the snapshot")
    incomplete: Count = Field(
        description="coverage entries that are not read completely or suspect; skipped ones do not "
        "count"
    )
    created: Count = Field(description="resources that are new")
    updated: Count = Field(description="resources that have changed")
    deleted: Count = Field(description="resources that are gone")
    stale: Count = Field(description="resources carried over")
    missing: Count = Field(description="accounts without any data")


class Savings(Data):
    """What resources cost a month at list price, and so what deleting them saves."""

    monthly: float | None = Field(
        description="sum of the known prices, of 730 hours; null if there are resources, and no "
        "price is known"
    )
    unknown: Count = Field(description="resources without a known price, which add nothing")
    resources: Count = Field(description="resources, with and without a known price")
    currency: str


class Calendar(Data):
    """What `cleanup.calendar` said of the plan when it was published (calendars.md)."""

    at: str = Field(description="when that was")
    closed: Count = Field(description="resources that may not begin at that time")
    opens: str | None = Field(
        description="when the first of these may begin; null if that is not within 400 days"
    )
    waiting: Count = Field(description="resources that wait for another day, because of `per_day`")
    too_large: Count = Field(
        description="how many of these never fit into a day with what goes with them"
    )


class PlanMade(Data):
    """The plan is published."""

    summary: Key = Field(description="key of the summary of all plans")
    selected: Count = Field(description="resources planned")
    refused: Count = Field(description="resources that were selected, but must stay")
    undecided: Count = Field(description="resources whose evidence is incomplete")
    held: bool = Field(description="whether nothing of the plan goes")
    held_resources: Count = Field(
        description="how many stay for lack of an approval, or because of a limit"
    )
    approval: str = Field(description="`cleanup.approval`")
    hash: str = Field(description="`hash` of the summary, which an approval names")
    in_grace: Count = Field(default=0, description="resources that wait for the end of a grace")
    grace_ending: Count = Field(
        default=0, description="those of them whose grace may be over within a day"
    )
    savings: Savings | None = Field(
        default=None, description="what deleting all that is planned saves"
    )
    calendar: Calendar | None = Field(
        default=None, description="only if the configuration has a calendar"
    )


class CleanupHeld(PlanMade):
    """Cleanup is enabled, and the plan or a part of it is held.

    If `held` is false, what was approved is gone already.
    """

    held_by: tuple[str, ...] = Field(description="the automations that hold the plan")


class Cleanup(Data):
    """The cleanup is about to begin. Check `enabled`, `dry_run` and `held` before you act."""

    enabled: bool = Field(
        description="both `cleanup.enabled` and the stack parameter `CleanupEnabled`"
    )
    dry_run: bool = Field(description="whether no call changes anything")
    held: bool = Field(description="whether nothing of the plan goes")
    held_by: tuple[str, ...] = Field(
        description="the automations that hold the plan; empty before the cleanup"
    )
    held_resources: Count = Field(
        description="how many stay for lack of an approval, or because of a limit"
    )
    selected: Count = Field(description="resources planned")
    summary: str = Field(description="key of the summary of all plans")
    hash: str = Field(description="`hash` of the summary")
    calendar: Calendar | None = Field(
        default=None, description="only if the configuration has a calendar"
    )


class Outcome(Data):
    """How the resources of the plan ended, by number."""

    summary: Key = Field(description="key of the summary of the cleanup")
    gone: Count
    failed: Count
    skipped: Count
    left_behind: Count
    would_delete: Count = Field(description="dry run")
    pending: Count = Field(description="AWS is still deleting them")
    unfinished: Count = Field(description="the cleanup did not come to them")
    newly_failed: Count = Field(
        description="failures and refusals that earlier runs did not have for the same reason"
    )
    closed: Count = Field(
        default=0, description="skipped ones that the calendar kept from beginning"
    )
    savings: Savings | None = Field(
        default=None, description="what the deletions that are gone save"
    )
    would_save: Savings | None = Field(
        default=None, description="dry run: what deleting the rest would save"
    )


class CleanedUp(Cleanup):
    """The cleanup has ended."""

    outcome: Outcome | None = Field(
        default=None, description="only if the plan, or what was approved of it, was carried out"
    )


class Measured(Data):
    """The metrics are published."""

    samples: Count = Field(description="samples in the bucket")
    series: Count = Field(description="values sent to CloudWatch")
    report: str = Field(default="", description="key of the report; empty if none was written")


class JobTotals(Data):
    """How the jobs of the run ended."""

    ran: Count
    failed: Count
    failures: tuple[str, ...] = Field(description="up to 20 names")
    summary: str = Field(description="key; empty if the run had no jobs")


class WorkflowSucceeded(Snapshot):
    """The run has ended."""

    jobs: JobTotals


class WorkflowFailed(Data):
    """The run has ended with an error."""

    step: str | None = Field(description="the last step that began")
    error: str = Field(description="name of the error")
    cause: str = Field(description="the sentence of the error, without a stack trace")


class WorkflowSkipped(Data):
    """Another run was under way, so this one did nothing."""

    holder: str = Field(description="the run id of the run under way")


class Found(Data):
    """A resource that a job found."""

    graph_id: str
    kind: str
    id: str
    name: str
    account: str
    region: str
    arn: str | None


class JobMatched(Data):
    """A job with `notify: {event: NAME}` found resources."""

    job: str
    at: str = Field(description="the event at which the job ran")
    name: str = Field(description="NAME")
    search: str
    matched: Count
    undecided: Count = Field(description="how many are stale, or may match but do not surely match")
    first: tuple[Found, ...] = Field(description="up to 20")
    matches: Key = Field(description="key of the complete list")


class JobFailed(Data):
    """A job failed; the run continues."""

    job: str
    at: str = Field(description="the event at which the job ran")
    error: str = Field(description="name of the error")
    cause: str = Field(description="the sentence of the error, without a stack trace")


DATA: dict[str, type[Data]] = {
    "workflow_started": WorkflowStarted,
    "pre_collect": Nothing,
    "collect": Nothing,
    "post_collect": Collected,
    "pre_cleanup_plan": Snapshot,
    "cleanup_plan": Snapshot,
    "post_cleanup_plan": PlanMade,
    "pre_cleanup": Cleanup,
    "cleanup": Cleanup,
    "cleanup_held": CleanupHeld,
    "post_cleanup": CleanedUp,
    "pre_generate_metrics": Snapshot,
    "generate_metrics": Snapshot,
    "post_generate_metrics": Measured,
    "workflow_succeeded": WorkflowSucceeded,
    "workflow_failed": WorkflowFailed,
    "workflow_skipped": WorkflowSkipped,
    "job_matched": JobMatched,
    "job_failed": JobFailed,
}
