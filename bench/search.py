"""Measure searching a generated estate: loading, a selective filter, a traversal, an aggregate.

The estate is written in the format of snapshots. The alternatives are DuckDB for the filter and the
aggregate, over the same files and over a table loaded from them, and plain loops over a networkx
graph for the traversal. Each runs in its own process, so memory is measured separately.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.memory import peak_mb
from bench.printing import console
from bench.search_estate import write_estate

REPOSITORY = Path(__file__).resolve().parent.parent
SCRATCH = REPOSITORY / ".local" / "bench"
SIZES = (100_000, 1_000_000)
REPEATS = 5

FILTER = "is(aws_ec2_volume) and volume_status = available and volume_size > 950"
TRAVERSAL = (
    "is(aws_vpc) and name = net-0 and region = us-east-1 and account = account-0000 "
    "--> is(aws_ec2_subnet) with(any, --> is(aws_ec2_instance)) "
    "--> is(aws_ec2_instance) and instance_cores >= 16"
)
AGGREGATE = (
    "aggregate(/ancestors.account.reported.id as account, region as region, instance_type as type: "
    "sum(1) as n, sum(instance_cores) as cores): is(aws_ec2_instance)"
)

COLUMNS = """columns={graph_id: 'VARCHAR', kind: 'VARCHAR', account: 'VARCHAR', region: 'VARCHAR',
    name: 'VARCHAR', properties: 'STRUCT(volume_status VARCHAR, volume_size INTEGER,
    instance_type VARCHAR, instance_cores INTEGER)'}"""
SQL_FILTER = """SELECT graph_id FROM {source} WHERE kind = 'aws_ec2_volume'
    AND properties.volume_status = 'available' AND properties.volume_size > 950"""
SQL_AGGREGATE = """SELECT account, region, properties.instance_type, count(*),
    sum(properties.instance_cores) FROM {source} WHERE kind = 'aws_ec2_instance'
    GROUP BY ALL ORDER BY ALL"""


def best(work: Callable[[], Any]) -> tuple[float, int]:
    """Return the shortest time of several repetitions in seconds, and the number of results."""
    seconds, found = [], 0
    for _ in range(REPEATS):
        started = time.perf_counter()
        found = len(work())
        seconds.append(time.perf_counter() - started)
    return min(seconds), found


def once(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    found = work()
    return time.perf_counter() - started, found


def ours(folder: Path) -> dict[str, Any]:
    from datetime import UTC, datetime

    from ebbtide.language import parse_search
    from ebbtide.search import Snapshot, aggregate, find
    from ebbtide.search.aggregation import Tally
    from ebbtide.search.evaluation import Evaluation
    from ebbtide.search.extent import Extent
    from ebbtide.store.bucket_copy import Folder

    now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    manifest = _read_manifest(folder)
    snapshot = Snapshot(Folder(folder), manifest)
    found: dict[str, Any] = {}
    queries = {"filter": parse_search(FILTER), "traversal": parse_search(TRAVERSAL)}
    for name, query in queries.items():
        found[f"{name}, files"], _ = once(lambda query=query: list(find(query, snapshot, now)))  # type: ignore[misc]
    rows = parse_search(AGGREGATE)
    found["aggregate, files"], _ = once(lambda: aggregate(rows, snapshot, now))
    found["streaming peak"] = peak_mb()
    everything = Extent(None, edges=True, types=frozenset({"default", "delete", "needed", "owns"}))
    found["load"], graph = once(lambda: snapshot.graph(snapshot.entries, everything))
    found["peak"] = peak_mb()
    context = snapshot.context(now)
    for name, query in queries.items():
        work = lambda query=query: list(Evaluation(query, graph, context).matches())  # noqa: E731
        found[name], found[f"{name}, found"] = best(work)

    def tally() -> list[Any]:
        assert rows.aggregate is not None
        counted = Tally(rows.aggregate, context)
        for line in Evaluation(rows, graph, context).lines():
            counted.add(line)
        return counted.rows()

    found["aggregate"], found["aggregate, found"] = best(tally)
    return found


def duckdb(folder: Path) -> dict[str, Any]:
    import duckdb as library

    found: dict[str, Any] = {}
    connection = library.connect()
    name = f"{folder}/graph/*/resources.jsonl.zst"
    files = f"read_json('{name}', format='newline_delimited', {COLUMNS})"
    statements = {"filter": SQL_FILTER, "aggregate": SQL_AGGREGATE}
    for name, sql in statements.items():
        text = sql.format(source=files)
        found[f"{name}, files"], _ = once(lambda text=text: connection.execute(text).fetchall())  # type: ignore[misc]
    found["load"], _ = once(lambda: connection.execute(f"CREATE TABLE t AS SELECT * FROM {files}"))
    found["peak"] = peak_mb()
    for name, sql in statements.items():
        text = sql.format(source="t")
        work = lambda text=text: connection.execute(text).fetchall()  # noqa: E731
        found[name], found[f"{name}, found"] = best(work)
    return found


def loops(folder: Path) -> dict[str, Any]:
    """Measure the traversal in plain networkx: a loop over all nodes, with attributes."""
    import networkx as nx

    from ebbtide.store.bucket_copy import Folder

    store, manifest = Folder(folder), _read_manifest(folder)

    def load() -> nx.MultiDiGraph[str]:
        graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        for entry in manifest.accounts:
            for line in store.read_lines(entry.resources):
                graph.add_node(line.pop("graph_id"), **line)
            for edge in store.read_lines(entry.edges):
                graph.add_edge(edge["source"], edge["target"], key=edge["type"])
        return graph

    found: dict[str, Any] = {}
    found["load"], graph = once(load)
    found["peak"] = peak_mb()

    def below(node: str, kind: str) -> list[str]:
        return [
            target
            for _, target, type in graph.out_edges(node, keys=True)
            if type == "default" and graph.nodes[target]["kind"] == kind
        ]

    def traverse() -> set[str]:
        reached = set()
        for node, values in graph.nodes(data=True):
            if values["kind"] != "aws_vpc" or values["name"] != "net-0":
                continue
            if (values["region"], values["account"]) != ("us-east-1", "100000000000"):
                continue
            for subnet in below(node, "aws_ec2_subnet"):
                for instance in below(subnet, "aws_ec2_instance"):
                    if graph.nodes[instance]["properties"]["instance_cores"] >= 16:
                        reached.add(instance)
        return reached

    found["traversal"], found["traversal, found"] = best(traverse)
    return found


def _read_manifest(folder: Path) -> Any:
    from ebbtide.graph.manifest import Manifest

    return Manifest.from_json(json.loads((folder / "manifest.json").read_text()))


PARTS = {"ours": ours, "duckdb": duckdb, "loops": loops}


def _in_process(part: str, folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.search", "--part", part, "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{part}: {done.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(size: int) -> dict[str, dict[str, Any]]:
    """Return the figures of each alternative for an estate of `size` resources; seconds and MB."""
    folder = SCRATCH / f"search-{size}"
    shutil.rmtree(folder, ignore_errors=True)
    manifest = write_estate(folder, size)
    (folder / "manifest.json").write_text(json.dumps(manifest.to_json()))
    try:
        return {part: _in_process(part, folder) for part in PARTS}
    finally:
        shutil.rmtree(folder)


def show(console: Console, sizes: tuple[int, ...] = SIZES) -> None:
    for size in sizes:
        found = measure(size)
        table = Table(title=f"Searching {size:,} resources; best of {REPEATS} once in memory")
        for title in ("what", "found", "ours", "DuckDB", "networkx loops"):
            table.add_column(title, justify="left" if title == "what" else "right")
        for what in ("load", "peak", "filter", "traversal", "aggregate"):
            table.add_row(what, *_row(found, what))
        for what in ("filter, files", "traversal, files", "aggregate, files"):
            table.add_row(what, *_row(found, what))
        streaming = f"{found['ours']['streaming peak']:.0f} MB"
        table.add_row("peak when streaming", "", streaming, "", "")
        console.print(table)


def _row(found: dict[str, dict[str, Any]], what: str) -> list[str]:
    counts = {own[f"{what}, found"] for own in found.values() if f"{what}, found" in own}
    if len(counts) > 1:
        raise SystemExit(f"{what}: the alternatives find different numbers of results: {counts}")
    figures = [_figure(own.get(what), what) for own in found.values()]
    return ["".join(f"{count:,}" for count in counts), *figures]


def _figure(value: float | None, what: str) -> str:
    if value is None:
        return ""
    if what == "peak":
        return f"{value:,.0f} MB"
    return f"{value:.2f} s" if value >= 1 else f"{1000 * value:.1f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.search", description=__doc__)
    parser.add_argument("--size", type=int, action="append", help="this size only; repeatable")
    parser.add_argument("--part", choices=PARTS, help="run only this alternative and print JSON")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    if options.part:
        sys.stdout.write(json.dumps(PARTS[options.part](options.folder)) + "\n")
    else:
        show(console(), tuple(options.size or SIZES))


if __name__ == "__main__":
    main()
