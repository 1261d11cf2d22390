"""Merge the results of an account's tasks into its graph: carry-over, history, edges, changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from ebbtide.base.clock import to_text
from ebbtide.base.errors import MissingError
from ebbtide.base.gc_pauses import bulk_load
from ebbtide.config.scope import collected_kinds, in_region, is_skippable, root_of
from ebbtide.deployment.inputs import AccountRequest, Task
from ebbtide.graph.edges import Identities, owner_edges, resolve, structure_edges
from ebbtide.graph.manifest import (
    COVERAGE_FORMAT,
    AccountEntry,
    previous_manifest,
    read_coverage,
    stored_lists,
)
from ebbtide.graph.merged_lines import MergedAccount, carried_edges, merge_lines
from ebbtide.graph.orphans import note_orphans
from ebbtide.graph.pricing import price_lines, read_book, write_rates
from ebbtide.graph.stack_members import confirmed, lists_of, member_edges, resolved
from ebbtide.graph.suspicion import Known, weigh
from ebbtide.graph.vanished_tags import doubt_vanished_tags
from ebbtide.graph.watching import Naming, note_absences, note_watching
from ebbtide.kinds import registry
from ebbtide.model.coverage import TASK_COVERAGE_FORMAT, Coverage
from ebbtide.model.lines import ResourceLine
from ebbtide.model.resource import GLOBAL, Edge, Reference
from ebbtide.model.stacks import MemberList
from ebbtide.store.formats import require_format
from ebbtide.store.keys import RunKeys
from ebbtide.store.later_runs import later_runs
from ebbtide.store.run import Run, read_run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

NOT_FINISHED = "the task was not finished"


@dataclass(frozen=True, slots=True)
class Collected:
    """The results of an account's tasks; only the objects of `finished` tasks count."""

    tasks: tuple[Task, ...]
    finished: tuple[Task, ...]
    coverage: tuple[Coverage, ...]
    services: Mapping[str, Mapping[str, float]]
    metrics_asked: int

    @property
    def regions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(region for task in self.tasks for region in task.regions))

    @property
    def enabled_regions(self) -> tuple[str, ...] | None:
        return self.tasks[0].enabled_regions if self.tasks else None


def merge_account(request: AccountRequest, bucket: Bucket) -> dict[str, Any]:
    """Write the account's graph of this run, its entry last: a graph without one does not count."""
    run = read_run(bucket, request.run_id)
    with bulk_load():
        return _merge(run, bucket, request.account)


def _merge(run: Run, bucket: Bucket, account: str) -> dict[str, Any]:
    collected = read_collected(bucket, run, account)
    previous = _previous_entry(run, bucket, account)
    started = to_text(run.started)
    known = _known(bucket, previous)
    deleted = _deleted_since(bucket, previous)
    coverage = weigh(collected.coverage, known, run.config.collect, started, deleted)
    fresh = list(_task_lines(bucket, run, collected, "resources.jsonl.zst"))
    before = {line["graph_id"]: line for line in _lines(bucket, previous, "resources")}
    coverage = doubt_vanished_tags(fresh, before, coverage, known, run.config.collect.suspicion)
    merged = merge_lines(fresh, before, coverage, started)
    states = {(one.region, one.kind): one for one in coverage}
    missed = previous is not None and previous.stale_since is not None
    note_watching(merged.lines.values(), before, states, started, missed=missed)
    note_orphans(
        merged.lines,
        before,
        coverage,
        collected.enabled_regions,
        run.config.owners,
        started,
        missed=missed,
    )
    identities = Identities(merged.lines.values())
    references = map(
        Reference.from_line, _task_lines(bucket, run, collected, "references.jsonl.zst")
    )
    dangling: list[Naming] = []
    edges, unresolved = resolve(references, merged.lines, identities, dangling)
    note_absences(merged.lines, before, dangling, states, started)
    edges.update(structure_edges(merged.lines.values()))
    lists = resolved(_member_lists(bucket, run, collected, previous, merged), merged.lines, edges)
    tagged = owner_edges(merged.lines.values(), identities)
    edges.update(confirmed(tagged, lists, merged.lines))
    edges.update(member_edges(lists, merged.lines))
    edges.update(carried_edges(_lines(bucket, previous, "edges") if merged.stale else (), merged))
    # A carried-over edge may lead to a resource that is gone now.
    edges = {edge for edge in edges if edge.source in merged.lines and edge.target in merged.lines}
    book = read_book(bucket, run.started)
    entry = _entry(run, account, collected, coverage, merged)
    entry["prices"] = price_lines(merged.lines, book)
    entry |= {"edge_count": len(edges), "unresolved": unresolved}
    tried = previous.empty_regions if previous else {}
    entry["empty_regions"] = empty_regions(merged.lines.values(), coverage, tried, started)
    _write(bucket, run, account, merged, edges)
    write_rates(bucket, run.keys.graph(account, "rates.json"), book.asked)
    stacks = (lists[name].to_line() for name in sorted(lists))
    bucket.write_lines(run.keys.graph(account, "stacks.jsonl.zst"), stacks)
    document = {
        "format": COVERAGE_FORMAT,
        "kinds": [one.to_line() for one in coverage],
        "services": collected.services,
        "metrics_asked": collected.metrics_asked,
    }
    bucket.write_json(run.keys.graph(account, "coverage.json"), document)
    # The entry is last, because publishing counts only accounts that have one.
    bucket.write_json(run.keys.graph(account, "account.json"), entry)
    return {
        "resources": len(merged.lines),
        "edges": len(edges),
        "stale": len(merged.stale),
        "unresolved": unresolved,
    }


def _coverage_of(document: Mapping[str, Any]) -> Iterator[Coverage]:
    """Parse the coverage that a task wrote. Raises FormatError if another version wrote it."""
    require_format(document, TASK_COVERAGE_FORMAT, "coverage of a task")
    return map(Coverage.from_line, document["kinds"])


def read_collected(bucket: Bucket, run: Run, account: str) -> Collected:
    """Read the results of an account's tasks; an unfinished task counts as failed for all kinds."""
    tasks = tuple(
        Task.model_validate(task)
        for task in bucket.read_json(run.keys.work)
        if task["account"] == account
    )
    documents = [
        bucket.find_json(run.keys.task(account, task.task, "coverage.json")) for task in tasks
    ]
    finished = tuple(
        task for task, document in zip(tasks, documents, strict=True) if document is not None
    )
    coverage = chain.from_iterable(
        not_finished(run, task) if document is None else _coverage_of(document)
        for task, document in zip(tasks, documents, strict=True)
    )
    read = [document for document in documents if document is not None]
    return Collected(
        tasks,
        finished,
        tuple(sorted(coverage, key=lambda one: (one.region, one.kind))),
        add_services(document["services"] for document in read),
        sum(document["metrics_asked"] for document in read),
    )


def not_finished(run: Run, task: Task) -> list[Coverage]:
    """Return failed coverage for each kind and region that an unfinished task should have read."""
    return [
        Coverage(task.account, region, kind.name, "failed", error=NOT_FINISHED)
        for kind in collected_kinds(run.config.collect.kinds)
        for region in task.regions
        if in_region(kind, region) and (task.kinds is None or root_of(kind).name in task.kinds)
    ]


def add_services(
    found: Iterable[Mapping[str, Mapping[str, float]]],
) -> dict[str, dict[str, float]]:
    """Add up the usage of each service over all tasks."""
    total: dict[str, Counter[str]] = {}
    for services in found:
        for name, usage in services.items():
            total.setdefault(name, Counter()).update(usage)
    return {name: dict(usage) for name, usage in sorted(total.items())}


def empty_regions(
    lines: Iterable[ResourceLine],
    coverage: Iterable[Coverage],
    tried: Mapping[str, str | None],
    started: str,
) -> dict[str, str | None]:
    """Return the empty regions, each with the time of the last attempt to read it completely.

    A region is empty if it contains only what AWS creates in every region. The time is None if the
    region was always skipped. A locked region is none of them: what it contains is unknown.
    """
    used = {
        line["region"]
        for line in lines
        if (kind := registry().get(line["kind"])) is None or is_skippable(kind)
    }
    skipped: dict[str, bool] = {}
    coverage = tuple(coverage)
    locked = locked_regions(coverage)
    for entry in coverage:
        left_out = entry.state in ("skipped", "not_asked")
        skipped[entry.region] = skipped.get(entry.region, False) or left_out
    return {
        region: tried.get(region) if was_skipped else started
        for region, was_skipped in sorted(skipped.items())
        if region != GLOBAL and region not in used and region not in locked
    }


def locked_regions(coverage: Iterable[Coverage]) -> dict[str, tuple[str, ...]]:
    """Return the locked regions, each with the listed kinds that could be read nevertheless."""
    readable: dict[str, list[str]] = {}
    locked = set()
    for entry in coverage:
        kind = registry().get(entry.kind)
        if entry.state == "locked":
            locked.add(entry.region)
        elif kind is not None and kind.list is not None and kind.each is None:
            readable.setdefault(entry.region, []).append(entry.kind)
    return {region: tuple(sorted(readable.get(region, ()))) for region in sorted(locked)}


def _known(bucket: Bucket, previous: AccountEntry | None) -> Known:
    if previous is None:
        return {}
    try:
        found = read_coverage(bucket, previous)
    except MissingError:
        return {}
    return {(entry.region, entry.kind): entry for entry in found}


def _member_lists(
    bucket: Bucket,
    run: Run,
    collected: Collected,
    previous: AccountEntry | None,
    merged: MergedAccount,
) -> dict[str, MemberList]:
    read = map(MemberList.from_line, _task_lines(bucket, run, collected, "stacks.jsonl.zst"))
    known = (one for one in read if one is not None)
    return lists_of(merged.lines, known, stored_lists(bucket, previous))


def _previous_entry(run: Run, bucket: Bucket, account: str) -> AccountEntry | None:
    _, manifest = previous_manifest(bucket, run.run_id)
    return manifest.find(account) if manifest else None


def _deleted_since(bucket: Bucket, previous: AccountEntry | None) -> Counter[tuple[str, str]]:
    """Count the resources that runs deleted since the last snapshot, by region and kind.

    These are the run of the snapshot and later ones that did not collect. A resource that two of
    them found gone counts once.
    """
    if previous is None:
        return Counter()
    gone: set[str] = set()
    for run_id in (previous.run_id, *later_runs(bucket, previous.run_id)):
        key = RunKeys(run_id).cleanup(previous.account, "state.json")
        state = bucket.find_json(key) or {"resources": {}}
        gone.update(n for n, entry in state["resources"].items() if entry["status"] == "gone")
    return Counter((region, kind) for _, region, kind, _ in (name.split("/", 3) for name in gone))


def _lines(bucket: Bucket, entry: AccountEntry | None, name: str) -> Iterator[Any]:
    if entry is not None:
        yield from bucket.read_lines(getattr(entry, name))


def _task_lines(bucket: Bucket, run: Run, collected: Collected, name: str) -> Iterator[Any]:
    for task in collected.finished:
        yield from bucket.read_lines(run.keys.task(task.account, task.task, name))


def _entry(
    run: Run, account: str, collected: Collected, coverage: list[Coverage], merged: MergedAccount
) -> dict[str, Any]:
    changes = Counter(change["change"] for change in merged.changes)
    first = collected.tasks[0] if collected.tasks else None
    entry = AccountEntry(
        account=account,
        name=first.name if first else account,
        run_id=run.run_id,
        resources=run.keys.graph(account, "resources.jsonl.zst"),
        edges=run.keys.graph(account, "edges.jsonl.zst"),
        changes=run.keys.graph(account, "changes.jsonl.zst"),
        coverage=run.keys.graph(account, "coverage.json"),
        counts=dict(sorted(Counter(line["kind"] for line in merged.lines.values()).items())),
        states=dict(Counter(one.state for one in coverage)),
        gaps=dict(Counter(one.kind for one in coverage if one.is_gap)),
        regions=collected.regions,
        enabled_regions=collected.enabled_regions,
        created=changes["created"],
        updated=changes["updated"],
        deleted=changes["deleted"],
        stale=len(merged.stale),
        seconds=round(sum(one.seconds for one in coverage), 3),
        locked_regions=locked_regions(coverage),
        stacks=run.keys.graph(account, "stacks.jsonl.zst"),
        metrics_asked=collected.metrics_asked,
    )
    return asdict(entry)


def _write(
    bucket: Bucket, run: Run, account: str, merged: MergedAccount, edges: Iterable[Edge]
) -> None:
    def key(name: str) -> str:
        return run.keys.graph(account, name)

    bucket.write_lines(
        key("resources.jsonl.zst"), (merged.lines[name] for name in sorted(merged.lines))
    )
    ordered = sorted(edges, key=lambda edge: (edge.source, edge.target, edge.type))
    bucket.write_lines(key("edges.jsonl.zst"), (edge.to_line() for edge in ordered))
    bucket.write_lines(key("changes.jsonl.zst"), merged.changes)
