"""Computes the metrics of one account: those of resources in one pass over its lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ebbtide.base.gc_pauses import bulk_load
from ebbtide.deployment.inputs import AccountRequest
from ebbtide.graph import read_manifest
from ebbtide.graph.manifest import AccountEntry
from ebbtide.metrics.built_in import count_decisions, count_reading, decisions_of
from ebbtide.metrics.choosing import Chosen, choose
from ebbtide.metrics.counting import Counting
from ebbtide.metrics.definitions import METRICS_UNDECIDED
from ebbtide.metrics.neighbours import judge_graph, needs_neighbours
from ebbtide.metrics.sample import SampleSums
from ebbtide.metrics.work import Work, work_of
from ebbtide.search.snapshot import Snapshot
from ebbtide.store.run import read_run
from ebbtide.verdict.snapshot_marks import marks_in_run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

FORMAT = 2


def aggregate_account(request: AccountRequest, bucket: Bucket) -> dict[str, Any]:
    """Write the account's figures, which `publish_metrics` adds up; return their number."""
    run = read_run(bucket, request.run_id)
    manifest = read_manifest(bucket, request.manifest)
    entry = manifest.find(request.account)
    marks = marks_in_run(bucket, manifest.run_id, run, "generate_metrics")
    snapshot = Snapshot(bucket, manifest, {request.account}, marks)
    tally, works = SampleSums(), list[Work]()
    if entry is not None:
        blocks = bucket.line_blocks(entry.resources)
        works = evaluate(choose(run.config, run.started), snapshot, entry, blocks, run.started)
        count_reading(tally, run, bucket, manifest, entry)
    own = marks.of(request.account)
    count_decisions(tally, decisions_of(run, bucket, entry, request.account, own))
    for work in works:
        if work.undecided:
            labels = {"account": request.account, "metric": work.chosen.name}
            tally.add(METRICS_UNDECIDED, labels, work.undecided)
    samples = [sample.to_json() for sample in tally.samples()]
    failed = {work.chosen.name: work.error for work in works if work.error}
    document = {
        "format": FORMAT,
        "samples": samples,
        "figures": {work.chosen.name: work.table.to_json() for work in works if not work.error},
        "failed": failed,
    }
    bucket.write_json(run.keys.metrics(f"accounts/{request.account}.json"), document)
    figures = sum(len(work.table.rows) for work in works)
    return {"samples": len(samples) + figures, "failed": len(failed)}


def evaluate(
    chosen: Sequence[Chosen],
    snapshot: Snapshot,
    entry: AccountEntry,
    blocks: Iterable[bytes],
    now: datetime,
) -> list[Work]:
    """Evaluate metrics over the one account of a snapshot, given blocks of its undecoded lines.

    Most metrics share one pass over the lines. The edges are loaded only for those that need them.
    """
    context = snapshot.context(now)
    with bulk_load():
        works = [work_of(one, context) for one in chosen]
        near = [work for work in works if needs_neighbours(work.chosen.query)]
        counting = Counting([work for work in works if work not in near], entry.account)
        counting.count(blocks)
        counting.finish()
    if near:
        judge_graph(near, snapshot, now)
    return works
