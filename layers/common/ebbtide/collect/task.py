"""Collects one task: reads its slices and uploads the results and their coverage."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ebbtide.aws import AccountSession, own_session, state_of
from ebbtide.base.deadline import Deadline
from ebbtide.base.errors import AccessError
from ebbtide.base.json_lines import LineWriter
from ebbtide.collect.access import enter_as_reader
from ebbtide.collect.last_use import UseReader
from ebbtide.collect.organization import organization_items
from ebbtide.collect.regions import Regions
from ebbtide.collect.sinks import Output, raise_odd
from ebbtide.collect.slice_reader import SliceReader
from ebbtide.collect.stack_members import MemberReader, kept_lists
from ebbtide.collect.to_resource import Place
from ebbtide.config import Config
from ebbtide.config.scope import (
    collected_kinds,
    in_region,
    kinds_whose_use_matters,
    root_of,
)
from ebbtide.deployment.inputs import CollectRequest, Task
from ebbtide.deployment.settings import Settings
from ebbtide.kinds import registry
from ebbtide.model.coverage import TASK_COVERAGE_FORMAT, Coverage
from ebbtide.model.kind import Kind
from ebbtide.model.resource import GLOBAL
from ebbtide.store.run import Run, read_run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

logger = logging.getLogger(__name__)

# Reserved at the end for uploading the results and writing the coverage.
WRAP_UP_SECONDS = 20


@dataclass(slots=True)
class Collector:
    """The state that the slices of a task share while they are read."""

    task: Task
    session: AccountSession
    kinds: list[Kind]
    output: Output
    deadline: Deadline
    use: UseReader
    use_kinds: frozenset[str]
    members: MemberReader
    coverage: list[Coverage] = field(default_factory=list)

    def reader(self, region: str, calls: ThreadPoolExecutor) -> SliceReader:
        place = Place(self.task.account, region, self.session.partition.name)
        kinds = [kind for kind in self.kinds if in_region(kind, region)]
        check_time = self.deadline.checker(WRAP_UP_SECONDS)
        return SliceReader(
            self.session,
            place,
            calls,
            self.output,
            kinds,
            check_time,
            self.use,
            self.use_kinds,
            self.members,
        )


def collect_task(
    request: CollectRequest, bucket: Bucket, settings: Settings, deadline: Deadline
) -> dict[str, Any]:
    """Read every slice of a task; return its counts. The task counts once its coverage is written.

    If the account cannot be entered, the slices are recorded as denied and nothing is raised.
    Running a task twice is harmless: it overwrites the same keys.
    """
    run = read_run(bucket, request.run_id)
    config = run.config
    kinds = task_kinds(config, request.task)
    try:
        own = own_session(settings.account_id, settings.partition, config.collect.threads)
        session = enter_as_reader(run, settings, own, request.task.account)
        session.pacer.shares = request.task.shares
    except AccessError as error:
        return _record_denied(bucket, run, request.task, kinds, error)
    with ExitStack() as stack:
        kept = kept_lists(bucket, run.run_id, request.task, kinds)
        collector = Collector(
            task=request.task,
            session=session,
            kinds=kinds,
            output=Output(stack.enter_context(LineWriter()), stack.enter_context(LineWriter())),
            deadline=deadline,
            use=UseReader(run.started, config.collect.last_use.period),
            use_kinds=kinds_whose_use_matters(config),
            members=MemberReader(kept, stack.enter_context(LineWriter())),
        )
        regions = Regions(request.task, session, collector.reader)
        collector.coverage += regions.read(config.collect.threads)
        _write_containers(collector, bucket, run)
        return _store(bucket, run, collector)


def task_kinds(config: Config, task: Task) -> list[Kind]:
    """Return the kinds that a task reads: its parents and all of their children."""
    kinds = collected_kinds(config.collect.kinds)
    return kinds if task.kinds is None else [k for k in kinds if root_of(k).name in task.kinds]


def _record_denied(
    bucket: Bucket, run: Run, task: Task, kinds: list[Kind], error: AccessError
) -> dict[str, Any]:
    """Write a task without resources, so that the merge step keeps those of the last snapshot."""
    logger.warning("account not entered", extra={"account": task.account, "error": str(error)})
    coverage = [
        Coverage(task.account, region, kind.name, state_of(error), error=f"{error.code}: {error}")
        for region in task.regions
        for kind in kinds
        if in_region(kind, region)
    ]
    for name in ("resources.jsonl.zst", "references.jsonl.zst", "stacks.jsonl.zst"):
        bucket.write_lines(run.keys.task(task.account, task.task, name), ())
    _write_coverage(bucket, run, task, coverage, {})
    return {"resources": 0, "slices": len(task.regions), "incomplete": len(coverage)}


def _write_containers(collector: Collector, bucket: Bucket, run: Run) -> None:
    """Write the account, its regions and the organization, which contain all other resources."""
    task = collector.task
    wanted = {kind.name for kind in collector.kinds}
    for region in task.regions:
        built = {"aws_region": [{"RegionName": region}]}
        if region == GLOBAL:
            built["aws_account"] = [{"Id": task.account, "Name": task.name, **task.details}]
        if region == GLOBAL and task.organization:
            built |= organization_items(bucket.read_json(run.keys.organization))
        place = Place(task.account, region, collector.session.partition.name)
        for name, items in built.items():
            if name in wanted:
                collector.output.write(registry()[name], items, place, raise_odd)
                collector.coverage.append(
                    Coverage(task.account, region, name, "complete", len(items))
                )


def _store(bucket: Bucket, run: Run, collector: Collector) -> dict[str, Any]:
    task, output = collector.task, collector.output
    written = {
        "resources.jsonl.zst": output.resources,
        "references.jsonl.zst": output.references,
        "stacks.jsonl.zst": collector.members.output,
    }
    keys = [run.keys.task(task.account, task.task, name) for name in written]
    with ThreadPoolExecutor(len(keys)) as pool:
        # map() raises the error of a failed upload only when its results are consumed.
        list(pool.map(bucket.upload, keys, written.values()))
    services = {
        name: usage.to_json() for name, usage in sorted(collector.session.pacer.usage.items())
    }
    _write_coverage(bucket, run, task, collector.coverage, services, collector.use)
    return {
        "resources": output.resources.count,
        "slices": len(task.regions),
        "incomplete": sum(coverage.is_gap for coverage in collector.coverage),
    }


def _write_coverage(
    bucket: Bucket,
    run: Run,
    task: Task,
    coverage: list[Coverage],
    services: dict[str, Any],
    use: UseReader | None = None,
) -> None:
    # Written last: the merge step ignores a task that has no coverage, because it did not finish.
    document = {
        "format": TASK_COVERAGE_FORMAT,
        "kinds": [
            entry.to_line() for entry in sorted(coverage, key=lambda one: (one.region, one.kind))
        ],
        "services": services,
        "metrics_asked": use.asked if use else 0,
        "unknown_use": use.unknown if use else 0,
    }
    bucket.write_json(run.keys.task(task.account, task.task, "coverage.json"), document)
