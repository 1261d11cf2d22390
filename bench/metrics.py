"""Measure all default metrics over a generated estate, beside the same in DuckDB.

Both read the same files, each in a process of its own on one core: Ebbtide account by account, in
one pass over the lines for all metrics, and then adds the accounts up, as its functions do; DuckDB
loads the columns that the metrics need from all files at once, and then runs one statement per
metric, with one thread. Both must find the same values.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.memory import peak_mb
from bench.metrics_estate import write_estate
from bench.printing import console

REPOSITORY = Path(__file__).resolve().parent.parent
SCRATCH = REPOSITORY / ".local" / "bench"
SIZES = (100_000, 1_000_000)
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)

type Found = dict[str, Any]
# Series and labels -> value.
type Values = dict[str, float]


def timed(found: Found, what: str, work: Callable[[], Any]) -> Any:
    """Do a piece of work; note its seconds, and those of the CPU."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    found[what] = time.perf_counter() - wall
    found[f"{what}, CPU"] = time.process_time() - cpu
    return result


def ours(folder: Path) -> Found:
    from ebbtide.config import Config
    from ebbtide.metrics.aggregation import evaluate
    from ebbtide.metrics.choosing import choose
    from ebbtide.metrics.combining import samples_of_all
    from ebbtide.search.snapshot import Snapshot
    from ebbtide.store.bucket_copy import Folder

    store, manifest, found = Folder(folder), _read_manifest(folder), dict[str, Any]()
    chosen = timed(found, "prepare", lambda: choose(Config(), NOW))

    def measure() -> list[Any]:
        documents = []
        for entry in manifest.accounts:
            snapshot = Snapshot(store, manifest, {entry.account})
            works = evaluate(chosen, snapshot, entry, store.line_blocks(entry.resources), NOW)
            assert not any(work.error for work in works)
            documents.append({"figures": {one.chosen.name: one.table.to_json() for one in works}})
        return documents

    documents = timed(found, "read and count", measure)
    samples = timed(found, "combine", lambda: samples_of_all(chosen, documents))
    found["values"] = {
        _name(sample.series, sample.labels.values()): sample.value for sample in samples
    }
    return found


def duckdb(folder: Path) -> Found:
    import duckdb as library

    from bench.metrics_sql import load_statement, statement
    from ebbtide.config import Config
    from ebbtide.metrics.choosing import choose

    connection, found = library.connect(), dict[str, Any]()
    connection.execute("SET threads = 1")
    chosen = choose(Config(), NOW)
    load = load_statement(f"{folder}/graph/*/resources.jsonl.zst", chosen)
    statements = [(one, statement(one)) for one in chosen]
    found["prepare"] = found["prepare, CPU"] = 0.0
    timed(found, "read and count", lambda: connection.execute(load))
    rows = timed(
        found,
        "combine",
        lambda: [(one, connection.execute(text).fetchall()) for one, text in statements],
    )
    values: Values = {}
    for one, answer in rows:
        (metric,) = one.metrics
        for *labels, value, unknown in answer:
            shown = ["none" if label is None else label for label in labels]
            if value is not None:
                values[_name(metric.series, shown)] = value
            if unknown:
                values[_name(metric.unknown.series, shown)] = unknown
    found["values"] = values
    return found


def _name(series: str, labels: Any) -> str:
    return " ".join((series, *labels))


def _read_manifest(folder: Path) -> Any:
    from ebbtide.graph.manifest import Manifest

    return Manifest.from_json(json.loads((folder / "manifest.json").read_text()))


PARTS = {"ours": ours, "duckdb": duckdb}
STEPS = ("prepare", "read and count", "combine")


def _in_process(part: str, folder: Path) -> Found:
    command = [sys.executable, "-m", "bench.metrics", "--part", part, "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{part}: {done.stderr[-3000:]}")
    return json.loads((folder / f"{part}.json").read_text())  # type: ignore[no-any-return]


def measure(size: int, repeats: int) -> dict[str, Found]:
    """Return the figures of the fastest of several runs of each, which alternate."""
    folder = SCRATCH / f"metrics-{size}"
    shutil.rmtree(folder, ignore_errors=True)
    manifest = write_estate(folder, size)
    (folder / "manifest.json").write_text(json.dumps(manifest.to_json()))
    runs = [{part: _in_process(part, folder) for part in PARTS} for _ in range(repeats)]
    shutil.rmtree(folder)
    best = {part: min((run[part] for run in runs), key=_total) for part in PARTS}
    compare(best["ours"]["values"], best["duckdb"]["values"])
    return best


def _total(found: Found, suffix: str = "") -> float:
    return sum(float(found[f"{step}{suffix}"]) for step in STEPS)


def compare(ours: Values, others: Values) -> None:
    """Stop if the values differ by more than the rounding of floats."""
    for name in ours.keys() | others.keys():
        if not math.isclose(ours.get(name, -1), others.get(name, -1), rel_tol=1e-9):
            raise SystemExit(f"{name}: {ours.get(name)}, and DuckDB {others.get(name)}")


def show(console: Console, sizes: tuple[int, ...] = SIZES, repeats: int = 3) -> None:
    for size in sizes:
        found = measure(size, repeats)
        own, other = found["ours"], found["duckdb"]
        count = len(own["values"])
        table = Table(title=f"All default metrics over {size:,} resources: {count:,} values")
        for title in ("seconds", "ours", "CPU", "DuckDB", "CPU", "DuckDB / ours"):
            table.add_column(title, justify="left" if title == "seconds" else "right")
        for step in STEPS:
            table.add_row(step, *_seconds(own, step), *_seconds(other, step), "")
        ratio = f"{_total(other) / _total(own):.2f}"
        totals = [f"{_total(one, suffix):.2f}" for one in (own, other) for suffix in ("", ", CPU")]
        table.add_row("in all", *totals, ratio)
        table.add_row("peak, MB", f"{own['peak']:.0f}", "", f"{other['peak']:.0f}", "", "")
        console.print(table)


def _seconds(found: Found, step: str) -> tuple[str, str]:
    return f"{found[step]:.2f}", f"{found[f'{step}, CPU']:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.metrics", description=__doc__)
    parser.add_argument("--size", type=int, action="append", help="this size only; repeatable")
    parser.add_argument("--repeats", type=int, default=3, help="runs, of which the fastest counts")
    parser.add_argument("--part", choices=PARTS, help="run only this alternative")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    if not options.part:
        show(console(), tuple(options.size or SIZES), options.repeats)
        return
    # One core, the same for both.
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    found = {**PARTS[options.part](options.folder), "peak": peak_mb()}
    (options.folder / f"{options.part}.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main()
