"""Measure filters and traversals beside those of another checkout, on the same estate.

    git worktree add --detach /tmp/before v0.1.0
    python -m bench.beside --other /tmp/before

Each checkout searches in a process of its own, in turns; the least CPU time of all turns counts.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.printing import console

REPOSITORY = Path(__file__).resolve().parent.parent
SCRATCH = REPOSITORY / ".local" / "bench"
TURNS, REPEATS = 3, 7

SEARCHES = {
    "two conditions": "is(aws_ec2_volume) and volume_status = available and volume_size > 950",
    "number": "is(aws_ec2_volume) and volume_size > 950",
    "in": "is(aws_ec2_instance) and instance_type in [t3.small, r5.8xlarge]",
    "regex": 'is(aws_ec2_instance) and instance_type =~ "^r5"',
    "tag": "is(aws_ec2_instance) and tags.owner = team-3",
    "not": "is(aws_ec2_volume) and not (volume_status = in-use)",
    "or": "is(aws_ec2_volume) and (volume_size < 10 or volume_size > 990)",
    "age": "is(aws_ec2_volume) and age > 30d and volume_status = available",
    "missing tag": "is(aws_ec2_volume) and tags.missing = null and volume_size > 990",
    "base kind": "is(volume) and volume_status = available",
    "name": "name = net-0",
    "ancestor": "is(aws_ec2_instance) and /ancestors.account.reported.name = account-0000",
    "out": "is(aws_vpc) --> is(aws_ec2_subnet)",
    "two steps": "is(aws_vpc) and name = net-0 and region = us-east-1 and account = account-0000 "
    "--> is(aws_ec2_subnet) with(any, --> is(aws_ec2_instance)) "
    "--> is(aws_ec2_instance) and instance_cores >= 16",
    "against the edges": "is(aws_ec2_volume) and volume_size > 900 <-- is(aws_ec2_instance)",
    "one or two steps": "is(aws_vpc) -[1:2]-> is(aws_ec2_instance)",
    "with empty": "is(aws_ec2_subnet) with(empty, --> is(aws_ec2_instance))",
    "with count": "is(aws_ec2_subnet) with(count > 5, --> is(aws_ec2_instance))",
}


def searched(folder: Path) -> dict[str, tuple[float, int]]:
    """Return milliseconds of CPU, and the number found, for each search of this checkout."""
    try:
        from ebbtide.language import parse_search
        from ebbtide.search.extent import Extent
        from ebbtide.store.bucket_copy import Folder

        types = {"default", "delete", "needed", "owns"}
    except ImportError:  # before 0.1.0 was released, these had other names
        from ebbtide.folder import Folder  # type: ignore[import-not-found, no-redef]
        from ebbtide.query import parse_search  # type: ignore[import-not-found, no-redef]
        from ebbtide.search.needs import Needs as Extent  # type: ignore[import-not-found]

        types = {"default", "delete", "owns"}
    from ebbtide.search import Snapshot
    from ebbtide.search.evaluation import Evaluation

    snapshot: Any = Snapshot(Folder(folder), _manifest(folder))
    graph = snapshot.graph(snapshot.entries, Extent(None, edges=True, types=frozenset(types)))
    context = snapshot.context(datetime(2026, 11, 25, 12, tzinfo=UTC))
    found = {}
    for name, text in SEARCHES.items():
        query, seconds, count = parse_search(text), [], 0
        for _ in range(REPEATS):
            started = time.process_time()
            count = len(list(Evaluation(query, graph, context).matches()))
            seconds.append(time.process_time() - started)
        found[name] = (1000 * min(seconds), count)
    return found


def _manifest(folder: Path) -> Any:
    from ebbtide.graph.manifest import AccountEntry, Manifest

    entries = [
        AccountEntry(
            account=path.name,
            name=f"account-{path.name[-4:]}",
            run_id="bench",
            resources=f"graph/{path.name}/resources.jsonl.zst",
            edges=f"graph/{path.name}/edges.jsonl.zst",
            changes="",
            coverage="",
        )
        for path in sorted((folder / "graph").iterdir())
    ]
    return Manifest("bench", "2026-11-25T10:00:00Z", None, tuple(entries))


def _in_checkout(checkout: Path, folder: Path) -> dict[str, tuple[float, int]]:
    paths = [checkout / "layers" / "common", checkout / "cli"]
    command = [sys.executable, str(Path(__file__)), "--folder", str(folder)]
    path = os.pathsep.join(map(str, [*paths, REPOSITORY]))
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{checkout}: {done.stderr[-3000:]}")
    found: dict[str, tuple[float, int]] = json.loads(done.stdout.splitlines()[-1])
    return found


def show(console: Console, other: Path, size: int) -> None:
    # Not above: the other checkout runs this file, too.
    from bench.search_estate import write_estate

    folder = SCRATCH / f"beside-{size}"
    shutil.rmtree(folder, ignore_errors=True)
    write_estate(folder, size)
    turns = [(_in_checkout(other, folder), _in_checkout(REPOSITORY, folder)) for _ in range(TURNS)]
    shutil.rmtree(folder)
    table = Table(title=f"Searching {size:,} resources; least CPU time of {TURNS * REPEATS}")
    for title in ("search", "found", "other", "here", "here / other"):
        table.add_column(title, justify="left" if title == "search" else "right")
    for name in SEARCHES:
        before, after = (min(turn[side][name][0] for turn in turns) for side in (0, 1))
        counts = {one[name][1] for turn in turns for one in turn}
        found = " / ".join(f"{count:,}" for count in sorted(counts))
        row = (f"{before:.2f} ms", f"{after:.2f} ms", f"{after / before:.2f}")
        table.add_row(name, found, *row)
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.beside", description=__doc__)
    parser.add_argument("--other", type=Path, help="the folder of the other checkout")
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="search this estate only, and print JSON")
    options = parser.parse_args()
    if options.folder:
        sys.stdout.write(json.dumps(searched(options.folder)) + "\n")
    elif options.other:
        show(console(), options.other.resolve(), options.size)
    else:
        parser.error("--other is missing: name the folder of the checkout to compare with")


if __name__ == "__main__":
    main()
