"""A run's own record: its workflow, its start, and the configuration at its start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from ebbtide.base.clock import from_text, to_text
from ebbtide.base.errors import ConfigError, ConflictError, MissingError
from ebbtide.config import MOST_READ, Config, parse_config
from ebbtide.deployment.events import WORKFLOWS
from ebbtide.deployment.inputs import USUAL, Asked
from ebbtide.deployment.own import NOBODY, Own
from ebbtide.store.keys import CLAIM, RunKeys
from ebbtide.store.readable import Readable

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of the workflow.

    `started` is the run's "now" in every step, so that a retried step computes the same ages.
    `jobs` maps each event to the names of the jobs that are due in the run. `manifest` is the key
    of the snapshot of an earlier run that a workflow without the step collect uses, else empty.
    """

    run_id: str
    workflow: str
    started: datetime
    config: Config
    jobs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    manifest: str = ""
    # Which resources belong to the deployment itself.
    own: Own = NOBODY
    # What was asked of this run; `config` already has a dry run that was asked for.
    asked: Asked = USUAL
    # In order; without them, those of the built-in workflow.
    steps: tuple[str, ...] = ()
    # When its execution started, if a later run overtook it while it waited for the claim. Then
    # `started` is when it got the claim.
    waited_since: datetime | None = None

    def __post_init__(self) -> None:
        if not self.steps:
            object.__setattr__(self, "steps", WORKFLOWS.get(self.workflow, ()))

    @property
    def execution_started(self) -> datetime:
        return self.waited_since or self.started

    @property
    def keys(self) -> RunKeys:
        return RunKeys(self.run_id)


def load_config(bucket: Bucket, key: str) -> Config:
    """Read the configuration of the deployment; without a configuration, return the defaults.

    Raises ConfigError, with the object's address, if it is invalid.
    """
    try:
        content = bucket.read_bytes(key, MOST_READ)
    except MissingError:
        return Config()
    try:
        return parse_config(content)
    except ConfigError as error:
        raise ConfigError(f"s3://{bucket.name}/{key}: {error}", error.problems) from error


def store_run(bucket: Bucket, run: Run) -> None:
    bucket.write_json(run.keys.run, _record_of(run))


def create_run(bucket: Bucket, run: Run) -> Run:
    """Store a run, unless another attempt has done so; return the run that is stored."""
    try:
        bucket.create_json(run.keys.run, _record_of(run))
    except ConflictError:
        return read_run(bucket, run.run_id)
    return run


def _record_of(run: Run) -> dict[str, Any]:
    waited = {} if run.waited_since is None else {"waited_since": to_text(run.waited_since)}
    return {
        "run_id": run.run_id,
        "workflow": run.workflow,
        "steps": list(run.steps),
        "started": to_text(run.started),
        "config": run.config.model_dump(mode="json"),
        "warnings": list(run.config.warnings),
        "jobs": {event: list(names) for event, names in run.jobs.items()},
        "manifest": run.manifest,
        "own": asdict(run.own),
        "asked": run.asked.model_dump(mode="json"),
        **waited,
    }


def read_run(store: Readable, run_id: str) -> Run:
    record = store.read_json(RunKeys(run_id).run)
    return Run(
        run_id,
        record["workflow"],
        from_text(record["started"]),
        Config.model_validate(record["config"]),
        {event: tuple(names) for event, names in record.get("jobs", {}).items()},
        record.get("manifest", ""),
        _own(record.get("own", {})),
        Asked.model_validate(record.get("asked", {})),
        steps_of(record),
        from_text(record["waited_since"]) if "waited_since" in record else None,
    )


def steps_of(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the steps of a run's record; older records have only the name of their workflow."""
    return tuple(record.get("steps") or WORKFLOWS.get(record["workflow"], ()))


def _own(record: Mapping[str, Any]) -> Own:
    return Own(**{**record, "roles": tuple(record.get("roles", ()))})


def find_run(store: Readable, run_id: str) -> Run | None:
    """Return a run; None if its record is missing, or if another version wrote it."""
    try:
        return read_run(store, run_id)
    except (MissingError, ValidationError):
        return None


def holds_claim(bucket: Bucket, run_id: str) -> bool:
    """Return whether this run still holds the claim; another run may have taken it over."""
    claim = bucket.find_json(CLAIM)
    return claim is not None and claim["run_id"] == run_id
