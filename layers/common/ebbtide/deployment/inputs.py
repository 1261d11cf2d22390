"""What the state machine asks of each function."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

# Run ids are names of executions and parts of STS session names: what both services accept
# (StartExecution and AssumeRole in the API references), and what needs no quoting in a key.
RUN_ID = r"^[A-Za-z0-9_.-]{1,80}$"


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RunRequest(Request):
    run_id: str = Field(pattern=RUN_ID)


class ClaimRequest(Request):
    """Ask for the claim; `take_over` is the etag of a dead run's claim, when it may be replaced.

    `run_id` is whatever the execution is named: claiming says in a sentence what is wrong with it.
    """

    run_id: str
    execution: str
    started_at: str
    input: Any = None
    take_over: str | None = None


class ReleaseRequest(Request):
    """Give the claim back; also asked after a claim that was refused for its `run_id`."""

    run_id: str


class Task(Request):
    """What one collect function covers: some regions of one account, or some kinds of one region.

    `details` is what AWS Organizations tells of the account. `kinds` are the kinds to read, with
    everything below them; None means all. `probe` names the regions that are read completely only
    if they do not look empty. `organization`: the account is the one that lists it.
    `enabled_regions` are all that the account has enabled, None when they could not be listed.
    `shares`: how many tasks of the same region call a service, where it is more than one.
    """

    account: str
    name: str
    regions: tuple[str, ...]
    enabled_regions: tuple[str, ...] | None = None
    task: str = "0"
    kinds: tuple[str, ...] | None = None
    probe: tuple[str, ...] = ()
    details: dict[str, Any] = {}
    organization: bool = False
    shares: dict[str, int] = {}


class CollectRequest(RunRequest):
    task: Task


class AccountRequest(RunRequest):
    account: str = Field(pattern=r"^\d{12}$")
    manifest: str = ""


class JobRequest(RunRequest):
    event: str
    job: str


class SnapshotRequest(RunRequest):
    manifest: str
