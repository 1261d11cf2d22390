"""The inputs that the state machine passes to each function."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ebbtide.base.errors import InputError
from ebbtide.deployment.events import USUAL_WORKFLOW, WORKFLOWS
from ebbtide.deployment.turns import Turn, TurnState
from ebbtide.model.resource import GLOBAL

# A run id is the name of an execution and part of STS session names. Both accept these characters
# (StartExecution and AssumeRole in the API references), and keys need not quote them.
RUN_ID = r"^[A-Za-z0-9_.-]{1,80}$"


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RunRequest(Request):
    run_id: str = Field(pattern=RUN_ID)


class ClaimRequest(Request):
    """Ask for the claim; `take_over` is the etag of a dead run's claim, which may be replaced.

    `run_id` has no pattern, so that a bad execution name fails with a message that explains it.
    """

    run_id: str
    execution: str
    started_at: str
    input: Any = None
    take_over: str | None = None


# Accounts and regions that an input may name; `global` stands for services without regions.
ACCOUNT_ID = r"^\d{12}$"
REGION_NAME = r"^(global|[a-z]{2,}(-[a-z]+)+-\d+)$"


class Asked(Request):
    """What was asked of one run when it was started; it can only narrow what the run does.

    Without `accounts` or `regions`, the run covers all of the configuration. `dry_run` makes a dry
    run of it, whatever the configuration says.
    """

    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    dry_run: bool = False

    @property
    def is_limited(self) -> bool:
        """Whether the run leaves out accounts or regions."""
        return bool(self.accounts or self.regions)

    @property
    def is_usual(self) -> bool:
        """Whether the run does all that the configuration says."""
        return not (self.is_limited or self.dry_run)

    def has(self, account: str, region: str) -> bool:
        """Return whether the run covers a region of an account."""
        return not (
            (self.accounts and account not in self.accounts)
            or (self.regions and region not in self.regions)
        )


USUAL = Asked()


class RunInput(Asked):
    """The input of an execution: a workflow, whether to wait for the run under way, and limits.

    It has what the workflow itself says about the steps, waiting and limits.
    """

    workflow: str = USUAL_WORKFLOW
    steps: tuple[str, ...] = WORKFLOWS[USUAL_WORKFLOW]
    wait: bool = False

    @property
    def asked(self) -> Asked:
        return Asked(accounts=self.accounts, regions=self.regions, dry_run=self.dry_run)


def require_known(noun: str, asked: Iterable[str], known: Iterable[str], where: str) -> None:
    """Raise InputError if an input names an account or region that there is not."""
    found = {*known, GLOBAL}
    missing = [name for name in asked if name not in found]
    if missing:
        raise InputError(f"{noun} not found {where}: {', '.join(missing)}")


class ReleaseRequest(Request):
    """Release the claim; `run_id` has no pattern, because a refused run sends this request, too."""

    run_id: str


class Claimed(BaseModel):
    """The part of the claim's answer that the events of a run need.

    `automations` and `jobs` are by event; an event without any has no hooks.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    workflow: str
    turns: tuple[Turn, ...]
    steps: dict[str, bool]
    cleanup_enabled: bool
    dry_run: bool
    warnings: tuple[str, ...] = ()
    automations: dict[str, tuple[dict[str, Any], ...]]
    jobs: dict[str, tuple[str, ...]]


class Results(Request):
    """What the work of a run has answered so far, as the state machine keeps it.

    `permitted` is the parameter CleanupEnabled of the stack. `cleanup` has `held` once the plan is
    held, and `outcome` once it has been carried out.
    """

    manifest: str
    permitted: str
    published: dict[str, Any] | None
    plan: dict[str, Any]
    cleanup: dict[str, Any]
    metrics: dict[str, Any] | None
    jobs: dict[str, Any]


class AnnounceRequest(RunRequest):
    """Announce the next events of a run, and ask what it has to do then."""

    claim: Claimed
    turn: TurnState
    results: Results


class Task(Request):
    """The work of one collect function: some regions of an account, or some kinds of one region.

    - `enabled_regions`: all regions that the account has enabled, None if they could not be listed.
    - `kinds`: the kinds to read together with their children; None for all.
    - `probe`: the regions that are read completely only if they do not look empty.
    - `locked`: the regions that a policy of the organization denied in the last run, with the kinds
      that could be read there nevertheless; also regions that are only checked for such a policy.
    - `details`: the account's properties from AWS Organizations.
    - `organization`: whether this account lists the organization.
    - `shares`: service -> how many tasks of the same region call it, if more than one.
    - `not_asked`: the regions that this run leaves out, because it was started for others.
    """

    account: str
    name: str
    regions: tuple[str, ...]
    enabled_regions: tuple[str, ...] | None = None
    task: str = "0"
    kinds: tuple[str, ...] | None = None
    probe: tuple[str, ...] = ()
    locked: dict[str, tuple[str, ...]] = {}
    details: dict[str, Any] = {}
    organization: bool = False
    shares: dict[str, int] = {}
    not_asked: tuple[str, ...] = ()


class CollectRequest(RunRequest):
    task: Task


class AccountRequest(RunRequest):
    account: str = Field(pattern=r"^\d{12}$")
    manifest: str = ""


class TickRequest(RunRequest):
    """Ask for one tick; `summary_hash` is that of plan/summary.json, as the state machine knows it.

    `turn` names the state that the machine has entered, and `attempt` counts its retries of it.
    """

    account: str = Field(pattern=r"^\d{12}$")
    summary_hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    turn: str = Field(min_length=1)
    attempt: int = Field(ge=0)


class JobRequest(RunRequest):
    event: str
    job: str


class AnswerRequest(RunRequest):
    """How an awaited automation ended: its answer, or the error of the state that waited for it."""

    event: str
    automation: str
    ended: Literal["answered", "failed", "timed_out"]
    answer: Any = None
    # The error of the state, in Step Functions' own words: Error and Cause.
    reason: dict[str, str] = {}

    @property
    def error(self) -> str:
        return _storable(self.reason.get("Error", ""))

    @property
    def cause(self) -> str:
        return _storable(self.reason.get("Cause", ""))


class SnapshotRequest(RunRequest):
    manifest: str


def _storable(text: str) -> str:
    """Return a text without halves of pairs, which JSON can say and no file can hold."""
    return text.encode(errors="replace").decode()
