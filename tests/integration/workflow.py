"""Runs the steps of the workflow in process, in the order of the state machine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

import boto3
import yaml

from ebbtide import cleanup, collect, graph, metrics, plan, workflow
from ebbtide.base.deadline import Deadline
from ebbtide.base.errors import JobError
from ebbtide.deployment.events import HOOKABLE_EVENTS, is_after
from ebbtide.deployment.inputs import (
    AccountRequest,
    ClaimRequest,
    CollectRequest,
    JobRequest,
    ReleaseRequest,
    RunRequest,
    SnapshotRequest,
    Task,
    TickRequest,
)
from ebbtide.deployment.settings import Settings
from ebbtide.jobs.running import run_job
from ebbtide.jobs.setting_tags import set_tags
from ebbtide.jobs.summary import summarise_jobs
from ebbtide.kinds import concrete_kinds, evidence_kinds, registry
from ebbtide.model.stack_types import STACK, types_of
from ebbtide.owners.between_kinds import carried_along, ownership_kinds
from ebbtide.plan import Plan, read_plan
from ebbtide.store.bucket import Bucket
from ebbtide.store.keys import RunKeys
from ebbtide.store.run import read_run
from tests.support import direct_s3

BUCKET = "ebbtide-test"
ACCOUNT = "111122223333"
REGION = "us-east-1"

_numbers = count(1)


def with_evidence(kinds: Iterable[str]) -> list[str]:
    """Add the kinds that a plan must know before it deletes one of these: users, owners, owned.

    What goes along may be in use as well.
    """
    named = concrete_kinds(kinds)
    going = named.union(*(carried_along(kind) for kind in named))
    owners = named.union(*(ownership_kinds(kind) for kind in named))
    stacks = {STACK for kind in going if types_of(kind)}
    return sorted(owners.union(stacks, *(evidence_kinds(kind) for kind in going | stacks)))


def plenty() -> Deadline:
    return Deadline.after(600)


def account_session(account: str) -> boto3.session.Session:
    role = f"arn:aws:iam::{account}:role/Owner"
    answer: dict[str, Any] = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="owner")
    credentials = answer["Credentials"]
    return boto3.session.Session(
        credentials["AccessKeyId"],
        credentials["SecretAccessKey"],
        credentials["SessionToken"],
        region_name=REGION,
    )


@dataclass
class Workflow:
    """A deployment whose functions are called directly."""

    settings: Settings
    bucket: Bucket
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    kinds: tuple[str, ...] = ()  # what configurations include unless they say it themselves
    # What the state machine knows: by run, the hash of the summary; by account, the turn to retry.
    summary_hashes: dict[str, str] = field(default_factory=dict)
    failed_turns: dict[tuple[str, str], TickRequest] = field(default_factory=dict)

    @classmethod
    def deployed(cls) -> Workflow:
        client = boto3.client("s3", region_name=REGION)
        client.create_bucket(Bucket=BUCKET)
        direct_s3.serve(BUCKET)
        settings = Settings(bucket=BUCKET, account_id=ACCOUNT, aws_region=REGION)
        return cls(settings, Bucket(client, BUCKET))

    def configure(self, *, kinds: Iterable[str] | None = None, **sections: Any) -> None:
        """Write the configuration. It includes `kinds`, once given, and what plans of them need.

        Reading all kinds takes seconds; a test names the few that it is about.
        """
        if kinds is not None:
            self.kinds = tuple(kinds)
        collect = sections.get("collect", {"regions": [REGION]})
        chosen = dict(collect.get("kinds", {}))
        if self.kinds:
            chosen.setdefault("include", with_evidence(self.kinds))
        sections["collect"] = {**collect, "kinds": chosen}
        if "cleanup" in sections:
            # Most tests are about what the first run of a rule deletes.
            guardrails = [kind.name for kind in registry().values() if kind.guardrail]
            usual = {"first_run": "act", "allow_guardrails": guardrails}
            sections["cleanup"] = {**usual, **sections["cleanup"]}
        self.bucket.write_text("config/ebbtide.yaml", yaml.safe_dump(sections))

    def claim(self, run_id: str, **given: Any) -> dict[str, Any]:
        request = ClaimRequest(
            run_id=run_id,
            execution=f"arn:{run_id}",
            started_at=self.now.isoformat(),
            input=given or None,
        )
        return workflow.claim_run(request, self.bucket, self.settings)

    def release(self, run_id: str) -> None:
        workflow.release_run(ReleaseRequest(run_id=run_id), self.bucket)

    def collect(self, run_id: str | None = None, **given: Any) -> str:
        """Claim with an input, collect and publish; returns the run's id."""
        run_id = run_id or f"run-{next(_numbers)}"
        assert self.claim(run_id, **given)["claimed"]
        self.discover(run_id)
        for task in self.work(run_id):
            self.collect_task(run_id, task)
        for entry in self.bucket.read_json(RunKeys(run_id).accounts):
            self.merge(run_id, entry["account"])
        self.publish(run_id)
        return run_id

    def discover(self, run_id: str) -> None:
        collect.discover_accounts(RunRequest(run_id=run_id), self.bucket, self.settings)

    def work(self, run_id: str) -> list[Task]:
        return [Task.model_validate(task) for task in self.bucket.read_json(RunKeys(run_id).work)]

    def collect_task(self, run_id: str, task: Task) -> dict[str, Any]:
        request = CollectRequest(run_id=run_id, task=task)
        return collect.collect_task(request, self.bucket, self.settings, plenty())

    def merge(self, run_id: str, account: str = ACCOUNT) -> dict[str, Any]:
        return graph.merge_account(AccountRequest(run_id=run_id, account=account), self.bucket)

    def publish(self, run_id: str) -> dict[str, Any]:
        return graph.publish_snapshot(RunRequest(run_id=run_id), self.bucket)

    def plan(self, run_id: str, account: str = ACCOUNT) -> Plan:
        manifest = RunKeys(run_id).manifest
        request = AccountRequest(run_id=run_id, account=account, manifest=manifest)
        plan.plan_account(request, self.bucket)
        self.summarise_plans(run_id)
        return read_plan(self.bucket.read_json(RunKeys(run_id).plan(account)))

    def summarise_plans(self, run_id: str, manifest: str = "") -> dict[str, Any]:
        manifest = manifest or RunKeys(run_id).manifest
        request = SnapshotRequest(run_id=run_id, manifest=manifest)
        answer = plan.summarise_plans(request, self.bucket, lambda: self.now)
        self.summary_hashes[run_id] = answer["hash"]
        return answer

    def run_jobs(self, run_id: str, until: str = HOOKABLE_EVENTS[-1]) -> dict[str, str | None]:
        """Carry out the jobs of all events until one, as announcements do: name -> error."""
        return {
            name: self.run_job(run_id, event, name)
            for event, names in read_run(self.bucket, run_id).jobs.items()
            if not is_after(event, until)
            for name in names
        }

    def run_job(self, run_id: str, event: str, name: str) -> str | None:
        request = JobRequest(run_id=run_id, event=event, job=name)
        try:
            if run_job(request, self.bucket, self.settings)["outcome"] == "to_tag":
                self.set_tags(run_id, event, name)
        except JobError as error:
            return str(error)
        return None

    def set_tags(self, run_id: str, event: str, name: str) -> dict[str, Any]:
        request = JobRequest(run_id=run_id, event=event, job=name)
        return set_tags(request, self.bucket, self.settings, plenty())

    def summarise_jobs(self, run_id: str) -> dict[str, Any]:
        return summarise_jobs(RunRequest(run_id=run_id), self.bucket)

    def job_record(self, run_id: str, event: str, name: str) -> dict[str, Any]:
        record: dict[str, Any] = self.bucket.read_json(RunKeys(run_id).job(event, f"{name}.json"))
        return record

    def tick(self, run_id: str, account: str = ACCOUNT, **rest: Any) -> dict[str, Any]:
        """Run a tick, or retry the one that failed; the machine does so only after it has ended.

        `rest` are other arguments of the function.
        """
        request = self.failed_turns.pop((run_id, account), None) or self.turn(run_id, account)
        given = {"deadline": plenty(), **rest}
        try:
            return cleanup.run_tick(request, self.bucket, self.settings, **given)
        except BaseException:
            retry = request.model_copy(update={"attempt": request.attempt + 1})
            self.failed_turns[(run_id, account)] = retry
            raise

    def turn(self, run_id: str, account: str = ACCOUNT) -> TickRequest:
        """Return a new turn, as the state machine requests it."""
        return TickRequest(
            run_id=run_id,
            account=account,
            summary_hash=self.summary_hashes[run_id],
            turn=f"turn-{next(_numbers)}",
            attempt=0,
        )

    def clean(self, run_id: str, account: str = ACCOUNT, turns: int = 30) -> dict[str, Any]:
        for _ in range(turns):
            answer = self.tick(run_id, account)
            if answer["done"]:
                return answer
        raise AssertionError(f"not done after {turns} turns: {answer}")

    def measure(self, run_id: str, account: str = ACCOUNT) -> list[dict[str, Any]]:
        manifest = RunKeys(run_id).manifest
        request = AccountRequest(run_id=run_id, account=account, manifest=manifest)
        metrics.aggregate_account(request, self.bucket)
        snapshot = SnapshotRequest(run_id=run_id, manifest=manifest)
        metrics.publish_metrics(snapshot, self.bucket, self.settings)
        samples: list[dict[str, Any]] = self.bucket.read_json(
            RunKeys(run_id).metrics("samples.json")
        )
        return samples

    def outcomes(self, run_id: str, account: str = ACCOUNT) -> dict[str, str]:
        """graph id -> how the cleanup of it ended."""
        state = self.bucket.read_json(RunKeys(run_id).cleanup(account, "state.json"))
        return {name: entry["status"] for name, entry in state["resources"].items()}

    def graph(self, account: str = ACCOUNT) -> Any:
        manifest = graph.current_manifest(self.bucket)
        assert manifest is not None
        entry = manifest.find(account)
        assert entry is not None
        return graph.load_graph(self.bucket, entry)
