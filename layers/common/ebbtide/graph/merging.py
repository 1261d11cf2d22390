"""Makes an account's graph of its slices: carry-over, history, edges, changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ebbtide.clock import to_text
from ebbtide.graph.bulk import bulk_load
from ebbtide.graph.edges import Identities, Line, owner_edges, resolve, structure_edges
from ebbtide.graph.manifest import AccountEntry, previous_manifest
from ebbtide.kinds import registry
from ebbtide.paths import snake
from ebbtide.requests import AccountRequest
from ebbtide.resource import Coverage, Edge, Reference
from ebbtide.run import Run, read_run
from ebbtide.scope import collected_kinds, in_region
from ebbtide.storage import Bucket

type Lines = dict[str, dict[str, Any]]

NOT_FINISHED = "the slice was not finished"


@dataclass(slots=True)
class Merged:
    """The outcome of a merge, before it is written."""

    lines: Lines
    changes: list[dict[str, Any]] = field(default_factory=list)
    stale: set[str] = field(default_factory=set)


def merge_account(request: AccountRequest, bucket: Bucket) -> dict[str, Any]:
    """Write the account's graph of this run; its entry is written last and makes it count."""
    run = read_run(bucket, request.run_id)
    with bulk_load():
        return _merge(run, bucket, request.account)


def _merge(run: Run, bucket: Bucket, account: str) -> dict[str, Any]:
    tasks = [task for task in bucket.read_json(run.keys.work) if task["account"] == account]
    regions = tuple(dict.fromkeys(region for task in tasks for region in task["regions"]))
    coverage = [
        entry for region in regions for entry in read_coverage(bucket, run, account, region)
    ]
    finished = sorted({entry.region for entry in coverage if entry.error != NOT_FINISHED})
    previous = _previous_entry(run, bucket, account)
    merged = merge_lines(
        fresh=_slice_lines(bucket, run, account, finished),
        previous={line["graph_id"]: line for line in _lines(bucket, previous, "resources")},
        coverage=coverage,
        started=to_text(run.started),
    )
    identities = Identities(merged.lines.values())
    references = _references(bucket, run, account, finished)
    edges, unresolved = resolve(references, merged.lines, identities)
    edges.update(structure_edges(merged.lines.values()))
    edges.update(owner_edges(merged.lines.values(), identities))
    edges.update(carried_edges(_lines(bucket, previous, "edges") if merged.stale else (), merged))
    edges = {edge for edge in edges if edge.source in merged.lines and edge.target in merged.lines}
    entry = _entry(run, account, tasks[0]["name"] if tasks else account, regions, merged)
    entry |= {"edge_count": len(edges), "unresolved": unresolved}
    entry["enabled_regions"] = tasks[0]["enabled_regions"] if tasks else None
    entry["states"] = dict(Counter(entry.state for entry in coverage))
    _write(bucket, run, account, merged, edges, coverage)
    bucket.write_json(run.keys.graph(account, "account.json"), entry)
    return {
        "resources": len(merged.lines),
        "edges": len(edges),
        "stale": len(merged.stale),
        "unresolved": unresolved,
    }


def read_coverage(bucket: Bucket, run: Run, account: str, region: str) -> list[Coverage]:
    """A slice's coverage; one that was never finished counts as failed for every kind."""
    found = bucket.find_json(run.keys.slice(account, region, "coverage.json"))
    if found is not None:
        return [Coverage.from_line(line) for line in found]
    return [
        Coverage(account, region, kind.name, "failed", error=NOT_FINISHED)
        for kind in collected_kinds(run.config.collect.kinds)
        if in_region(kind, region)
    ]


def merge_lines(
    fresh: Iterable[dict[str, Any]],
    previous: Mapping[str, Line],
    coverage: list[Coverage],
    started: str,
) -> Merged:
    """Bring what was read together with what was known; pure.

    What was known and is not there any more is deleted only where its kind was read completely;
    elsewhere it is carried over with `stale_since`. What has left the scope of the configuration
    is dropped without being called deleted.
    """
    merged = Merged({})
    for line in fresh:
        before = previous.get(line["graph_id"])
        _remember(line, before, started)
        merged.lines[line["graph_id"]] = line
    for graph_id, line in merged.lines.items():
        before = previous.get(graph_id)
        if before is None:
            merged.changes.append(_change("created", started, None, line))
        elif line["updated"] == started and is_changed(before, line):
            merged.changes.append(_change("updated", started, before, line))
    states = {(entry.region, entry.kind): entry for entry in coverage}
    for graph_id, before in previous.items():
        known = states.get((before["region"], before["kind"]))
        if graph_id in merged.lines or known is None:
            continue
        if known.proves_absence:
            merged.changes.append(_change("deleted", started, before, None))
        else:
            stale_since = before["stale_since"] or started
            merged.lines[graph_id] = {**before, "stale_since": stale_since}
            merged.stale.add(graph_id)
    merged.changes.sort(key=lambda change: (change["graph_id"], change["change"]))
    return merged


def _remember(line: dict[str, Any], before: Line | None, started: str) -> None:
    line["first_seen"] = before["first_seen"] if before else started
    line["last_seen"] = started
    if before is None:
        # Nothing is known of changes before the first look, except that it was created then.
        line["updated"] = line["created"] or started
    else:
        line["updated"] = started if is_changed(before, line) else before["updated"]


def is_changed(before: Line, after: Line) -> bool:
    """Whether anything differs that is not declared to change all the time."""
    kind = registry().get(after["kind"])
    volatile = {snake(name) for name in kind.volatile} if kind else set()
    # Tags that could not be read on either side say nothing about a change.
    names = ["name", "arn", "ended", "created"]
    if before["tags"] is not None and after["tags"] is not None:
        names.append("tags")
    if any(before[name] != after[name] for name in names):
        return True
    return _without(before["properties"], volatile) != _without(after["properties"], volatile)


def _without(properties: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if name not in names}


def _change(change: str, at: str, before: Line | None, after: Line | None) -> dict[str, Any]:
    line = after or before or {}
    return {
        "change": change,
        "at": at,
        "graph_id": line["graph_id"],
        "kind": line["kind"],
        "before": before,
        "after": after,
    }


def carried_edges(previous: Iterable[Line], merged: Merged) -> Iterator[Edge]:
    """Edges that resources declared which could not be read again."""
    for line in previous:
        if line["declared_by"] in merged.stale:
            yield Edge.from_line(line)


def _previous_entry(run: Run, bucket: Bucket, account: str) -> AccountEntry | None:
    _, manifest = previous_manifest(bucket, run.run_id)
    return manifest.find(account) if manifest else None


def _lines(bucket: Bucket, entry: AccountEntry | None, name: str) -> Iterator[Any]:
    if entry is not None:
        yield from bucket.read_lines(getattr(entry, name))


def _slice_lines(
    bucket: Bucket, run: Run, account: str, regions: Iterable[str]
) -> Iterator[dict[str, Any]]:
    for region in regions:
        yield from bucket.read_lines(run.keys.slice(account, region, "resources.jsonl.zst"))


def _references(
    bucket: Bucket, run: Run, account: str, regions: Iterable[str]
) -> Iterator[Reference]:
    for region in regions:
        key = run.keys.slice(account, region, "references.jsonl.zst")
        for line in bucket.read_lines(key):
            yield Reference.from_line(line)


def _entry(
    run: Run, account: str, name: str, regions: tuple[str, ...], merged: Merged
) -> dict[str, Any]:
    changes = Counter(change["change"] for change in merged.changes)
    entry = AccountEntry(
        account=account,
        name=name,
        run_id=run.run_id,
        resources=run.keys.graph(account, "resources.jsonl.zst"),
        edges=run.keys.graph(account, "edges.jsonl.zst"),
        changes=run.keys.graph(account, "changes.jsonl.zst"),
        coverage=run.keys.graph(account, "coverage.json"),
        counts=dict(sorted(Counter(line["kind"] for line in merged.lines.values()).items())),
        regions=regions,
        created=changes["created"],
        updated=changes["updated"],
        deleted=changes["deleted"],
        stale=len(merged.stale),
    )
    return asdict(entry)


def _write(
    bucket: Bucket,
    run: Run,
    account: str,
    merged: Merged,
    edges: Iterable[Edge],
    coverage: list[Coverage],
) -> None:
    def key(name: str) -> str:
        return run.keys.graph(account, name)

    bucket.write_lines(
        key("resources.jsonl.zst"), (merged.lines[name] for name in sorted(merged.lines))
    )
    ordered = sorted(edges, key=lambda edge: (edge.source, edge.target, edge.type))
    bucket.write_lines(key("edges.jsonl.zst"), (edge.to_line() for edge in ordered))
    bucket.write_lines(key("changes.jsonl.zst"), merged.changes)
    bucket.write_json(key("coverage.json"), [entry.to_line() for entry in coverage])
