"""Collects one task: all its slices through threads, streamed to the bucket, with coverage."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from ebbtide.aws import AccountSession, describe_failure, own_session, state_of
from ebbtide.collect.access import enter_as_reader
from ebbtide.collect.building import Place, build_references, build_resource
from ebbtide.collect.listing import Item, Listing
from ebbtide.config import Config
from ebbtide.deadline import Deadline
from ebbtide.errors import AccessError
from ebbtide.kind import Kind
from ebbtide.kinds import registry
from ebbtide.requests import CollectRequest, Task
from ebbtide.resource import GLOBAL, Coverage, Resource
from ebbtide.run import read_run
from ebbtide.scope import collected_kinds, in_region
from ebbtide.settings import Settings
from ebbtide.storage import Bucket, LineWriter, RunKeys

logger = logging.getLogger(__name__)

# Time kept back to upload what was read and to write the coverage.
WRAP_UP_SECONDS = 20


@dataclass(slots=True)
class SliceFiles:
    """The open files of one slice and what is known about its completeness so far."""

    place: Place
    resources: LineWriter
    references: LineWriter
    coverage: list[Coverage] = field(default_factory=list)


def collect_task(
    request: CollectRequest, bucket: Bucket, settings: Settings, deadline: Deadline
) -> dict[str, Any]:
    """Read every slice of a task; each slice ends with its coverage, which makes it count.

    An account that cannot be entered is no failure: its slices are recorded as denied. Writing
    the same slice twice is harmless, the keys are a function of the request.
    """
    run = read_run(bucket, request.run_id)
    config = run.config
    task = request.task
    kinds = collected_kinds(config.collect.kinds)
    try:
        own = own_session(settings.account_id, settings.partition, config.collect.threads)
        session = enter_as_reader(run, settings, own, task.account)
    except AccessError as error:
        return _record_denied(bucket, request, kinds, error)
    return _collect_slices(bucket, request, session, kinds, config, deadline)


def _record_denied(
    bucket: Bucket, request: CollectRequest, kinds: list[Kind], error: AccessError
) -> dict[str, Any]:
    keys, task = RunKeys(request.run_id), request.task
    logger.warning("account not entered", extra={"account": task.account, "error": str(error)})
    incomplete = 0
    for region in task.regions:
        coverage = [
            Coverage(task.account, region, kind.name, "denied", error=f"{error.code}: {error}")
            for kind in kinds
            if in_region(kind, region)
        ]
        incomplete += len(coverage)
        for name in ("resources.jsonl.zst", "references.jsonl.zst"):
            bucket.write_lines(keys.slice(task.account, region, name), ())
        _write_coverage(bucket, keys, task.account, region, coverage)
    return {"resources": 0, "slices": len(task.regions), "incomplete": incomplete}


def _collect_slices(
    bucket: Bucket,
    request: CollectRequest,
    session: AccountSession,
    kinds: list[Kind],
    config: Config,
    deadline: Deadline,
) -> dict[str, Any]:
    keys, task = RunKeys(request.run_id), request.task
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(config.collect.threads))
        # Details run in a pool of their own: a job that waited for its own pool could wait forever.
        details = stack.enter_context(ThreadPoolExecutor(config.collect.threads))
        slices = [_open_slice(stack, session, task.account, region) for region in task.regions]
        jobs = [
            pool.submit(_collect_kind, session, files, kind, kinds, details, deadline)
            for files in slices
            for kind in kinds
            if kind.list is not None and kind.each is None and in_region(kind, files.place.region)
        ]
        _await(jobs)
        for files in slices:
            _collect_containers(files, task)
            _upload(bucket, keys, files)
        found = [coverage for files in slices for coverage in files.coverage]
    return {
        "resources": sum(coverage.count for coverage in found),
        "slices": len(slices),
        "incomplete": sum(not coverage.proves_absence for coverage in found),
    }


def _await(jobs: Iterable[Future[None]]) -> None:
    for job in jobs:
        job.result()


def _open_slice(stack: ExitStack, session: AccountSession, account: str, region: str) -> SliceFiles:
    return SliceFiles(
        Place(account, region, session.partition.name),
        stack.enter_context(LineWriter()),
        stack.enter_context(LineWriter()),
    )


def _collect_containers(files: SliceFiles, task: Task) -> None:
    """The account and the region themselves: what every other resource hangs at."""
    place = files.place
    if place.region == GLOBAL:
        _write(files, registry()["aws_account"], {"Id": place.account, "Name": task.name})
    _write(files, registry()["aws_region"], {"RegionName": place.region})


def _write(files: SliceFiles, kind: Kind, item: Item) -> None:
    files.resources.write(build_resource(kind, item, files.place).to_line())
    place = files.place
    files.coverage.append(Coverage(place.account, place.region, kind.name, "complete", 1))


def _collect_kind(
    session: AccountSession,
    files: SliceFiles,
    kind: Kind,
    kinds: list[Kind],
    details: Executor,
    deadline: Deadline,
    parents: list[Item] | None = None,
) -> None:
    """Read one kind and then the kinds that are listed once per resource of it."""
    children = [child for child in kinds if child.each == kind.name]
    kept: list[Item] = []
    check_time = deadline.checker(WRAP_UP_SECONDS)
    listing = Listing(session, kind, files.place, details, check_time)
    coverage = _covered(listing, files, parents, kept if children else None)
    files.coverage.append(coverage)
    for child in children:
        if coverage.proves_absence:
            _collect_kind(session, files, child, kinds, details, deadline, kept)
        else:
            files.coverage.append(_like(coverage, child))


def _like(coverage: Coverage, child: Kind) -> Coverage:
    return Coverage(
        coverage.account, coverage.region, child.name, coverage.state, error=coverage.error
    )


def _covered(
    listing: Listing, files: SliceFiles, parents: list[Item] | None, kept: list[Item] | None
) -> Coverage:
    started, count, failure = time.monotonic(), 0, None
    try:
        for page in listing.pages(parents):
            for item in page:
                _write_item(listing.kind, item, files)
            count += len(page)
            if kept is not None:
                kept.extend(page)
    # One kind that cannot be read must not lose the others; it becomes this kind's coverage.
    except Exception as error:
        failure = error
    failure = failure or listing.first_error
    if failure is not None:
        logger.warning(
            "not completely read",
            extra={"kind": listing.kind.name, "region": files.place.region, "error": str(failure)},
        )
    return Coverage(
        files.place.account,
        files.place.region,
        listing.kind.name,
        "complete" if failure is None else state_of(failure),
        count,
        None if failure is None else describe_failure(failure),
        seconds=time.monotonic() - started,
        unknown_tags=listing.unknown_tags,
    )


def _write_item(kind: Kind, item: Item, files: SliceFiles) -> Resource:
    resource = build_resource(kind, item, files.place)
    files.resources.write(resource.to_line())
    for reference in build_references(kind, item, resource):
        files.references.write(reference.to_line())
    return resource


def _upload(bucket: Bucket, keys: RunKeys, files: SliceFiles) -> None:
    account, region = files.place.account, files.place.region
    for writer, name in (
        (files.resources, "resources.jsonl.zst"),
        (files.references, "references.jsonl.zst"),
    ):
        bucket.upload(keys.slice(account, region, name), writer)
    _write_coverage(bucket, keys, account, region, files.coverage)


def _write_coverage(
    bucket: Bucket, keys: RunKeys, account: str, region: str, coverage: list[Coverage]
) -> None:
    # Written last: a slice without coverage was not finished and does not count.
    lines = [entry.to_line() for entry in sorted(coverage, key=lambda entry: entry.kind)]
    bucket.write_json(keys.slice(account, region, "coverage.json"), lines)
