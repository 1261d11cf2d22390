"""Collects one task: reads its slices in parallel and uploads the results and their coverage."""

from __future__ import annotations

import logging
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ebbtide.aws import AccountSession, own_session, state_of
from ebbtide.base.deadline import Deadline
from ebbtide.base.errors import AccessError, CallError
from ebbtide.base.json_lines import LineWriter
from ebbtide.collect.access import enter_as_reader
from ebbtide.collect.last_use import UseReader
from ebbtide.collect.organization import organization_items
from ebbtide.collect.probing import looks_empty
from ebbtide.collect.sinks import Output, raise_odd
from ebbtide.collect.slice_reader import SliceReader
from ebbtide.collect.to_resource import Place
from ebbtide.config import Config
from ebbtide.config.scope import (
    collected_kinds,
    in_region,
    is_skippable,
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

# With fewer groups than this, reading a region takes no more calls than probing it.
WORTH_PROBING = 4


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
    coverage: list[Coverage] = field(default_factory=list)

    def reader(self, region: str, calls: ThreadPoolExecutor) -> SliceReader:
        place = Place(self.task.account, region, self.session.partition.name)
        kinds = [kind for kind in self.kinds if in_region(kind, region)]
        check_time = self.deadline.checker(WRAP_UP_SECONDS)
        return SliceReader(
            self.session, place, calls, self.output, kinds, check_time, self.use, self.use_kinds
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
        collector = Collector(
            task=request.task,
            session=session,
            kinds=kinds,
            output=Output(stack.enter_context(LineWriter()), stack.enter_context(LineWriter())),
            deadline=deadline,
            use=UseReader(run.started, config.collect.last_use.period),
            use_kinds=kinds_whose_use_matters(config),
        )
        _read_slices(collector, config.collect.threads)
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
    for name in ("resources.jsonl.zst", "references.jsonl.zst"):
        bucket.write_lines(run.keys.task(task.account, task.task, name), ())
    _write_coverage(bucket, run, task, coverage, {})
    return {"resources": 0, "slices": len(task.regions), "incomplete": len(coverage)}


def _read_slices(collector: Collector, threads: int) -> None:
    """Read the kinds that are always read, then the others where a region does not look empty."""
    # 1.5 threads per concurrent call, so that some can process answers while others wait. The
    # threads of groups mostly wait, for their calls or for a service's rate limit.
    workers = threads + (threads + 1) // 2
    with ThreadPoolExecutor(2 * workers) as groups, ThreadPoolExecutor(workers) as calls:
        readers = {region: collector.reader(region, calls) for region in collector.task.regions}
        probes: dict[Future[bool], str] = {}
        jobs = []
        for region, reader in readers.items():
            later = [group for group in reader.groups() if is_skippable(group[0])]
            first = [group for group in reader.groups() if not is_skippable(group[0])]
            if region in collector.task.probe and len(later) >= WORTH_PROBING:
                probes[groups.submit(_looks_empty, collector, region)] = region
            else:
                first += later
            jobs += [groups.submit(reader.read, group) for group in longest_first(first)]
        skipped = set()
        for probe in as_completed(probes):
            region = probes[probe]
            if probe.result():
                skipped.add(region)
                continue
            later = [group for group in readers[region].groups() if is_skippable(group[0])]
            jobs += [groups.submit(readers[region].read, group) for group in longest_first(later)]
        for job in jobs:
            job.result()
    for region, reader in readers.items():
        collector.coverage += _slice_coverage(collector, reader, region in skipped)


def longest_first(groups: list[tuple[Kind, ...]]) -> list[tuple[Kind, ...]]:
    """Sort groups by the number of calls they chain: those with children and details go first."""

    def length(group: tuple[Kind, ...]) -> int:
        names = {kind.name for kind in group}
        below = [kind for kind in registry().values() if kind.each in names]
        return sum(1 + len(kind.details) for kind in (*group, *below))

    return sorted(groups, key=length, reverse=True)


def _looks_empty(collector: Collector, region: str) -> bool:
    try:
        return looks_empty(collector.session, region)
    except CallError as error:
        # The region counts as in use: its kinds are read, and each records its own error.
        logger.info("not probed", extra={"region": region, "error": str(error)})
        return False


def _slice_coverage(collector: Collector, reader: SliceReader, is_skipped: bool) -> list[Coverage]:
    task, region = collector.task, reader.place.region
    found = []
    for kind in reader.kinds:
        if kind.list is None and kind.inside is None:
            continue  # the collector builds these and records their coverage itself
        if is_skipped and is_skippable(kind):
            found.append(Coverage(task.account, region, kind.name, "skipped"))
        else:
            found.append(reader.coverage(kind))
    return found


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
    written = {"resources.jsonl.zst": output.resources, "references.jsonl.zst": output.references}
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
