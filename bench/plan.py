"""Measure planning one account, with the rules of code, and with all rules.

The rules of code select two fifths of the resources.

The estate is written in the format of snapshots, and planned as the function does it: read the
snapshot, plan, write the plan. The alternative is a plain loop that only reads the same lines. Each
runs in its own process, so memory is measured separately; once on all cores and once on one core.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise, product
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from rich.console import Console
from rich.table import Table

from bench.memory import peak_mb
from bench.plan_estate import ACCOUNT, ALL_RULES, RUN, WITH_LIBRARY, write_account, write_run
from bench.printing import console

REPOSITORY = Path(__file__).resolve().parent.parent
SCRATCH = REPOSITORY / ".local" / "bench"
SIZES = (10_000, 100_000, 1_000_000)
# What ten times the resources may cost, and what one function may use.
MOST_TIMES = 12
MOST_MB = 8_192
# Times the CPU of the rules of code that all rules may take.
MOST_FOR_LIBRARY = 2

type Figures = dict[str, float]


class Files:
    """An S3 client whose objects are the files below a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: ARG002
        path = self._folder / Key
        if not path.exists():
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        return {"Body": path.open("rb"), "ETag": "1"}

    def put_object(self, Bucket: str, Key: str, Body: bytes, **_: Any) -> dict[str, Any]:  # noqa: ARG002
        path = self._folder / Key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(Body)
        return {"ETag": "1"}


def ours(folder: Path) -> Figures:
    """Plan with the rules of code."""
    return planned(folder, ALL_RULES)


def library(folder: Path) -> Figures:
    """Plan with all rules, those that are searches as well."""
    return planned(folder, WITH_LIBRARY)


def planned(folder: Path, config: str) -> Figures:
    from ebbtide.deployment.inputs import AccountRequest
    from ebbtide.plan import plan_account
    from ebbtide.store.bucket import Bucket
    from ebbtide.store.keys import RunKeys

    write_run(folder, config)
    request = AccountRequest(run_id=RUN, account=ACCOUNT, manifest=RunKeys(RUN).manifest)
    bucket = Bucket(Files(folder), "bench")
    counts: dict[str, float] = {}
    found = timed(lambda: counts.update(plan_account(request, bucket)))
    written = (folder / RunKeys(RUN).plan(ACCOUNT)).stat().st_size / 1e6
    return {**found, **counts, "written": written}


def loop(folder: Path) -> Figures:
    from ebbtide.store.bucket_copy import Folder
    from ebbtide.store.keys import RunKeys

    def read() -> None:
        for name in ("resources", "edges", "stacks"):
            for _ in Folder(folder).read_lines(RunKeys(RUN).graph(ACCOUNT, f"{name}.jsonl.zst")):
                pass

    return timed(read)


def timed(work: Callable[[], Any]) -> Figures:
    """Return seconds of wall and CPU time, and the peak memory of this process in MB."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    seconds = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    return {**seconds, "peak": peak_mb()}


PARTS = {"ours": ours, "library": library, "loop": loop}
TITLES = {"ours": "plan", "library": "plan, all rules", "loop": "read the lines"}


def _in_process(part: str, folder: Path, *, pinned: bool) -> Figures:
    command = [sys.executable, "-m", "bench.plan", "--part", part, "--folder", str(folder)]
    command += ["--pinned"] if pinned else []
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{part}: {done.stderr[-3000:]}")
    found: Figures = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(size: int) -> dict[str, Figures]:
    """Return the figures of each part for an account of `size` resources, free and pinned."""
    folder = SCRATCH / f"plan-{size}"
    shutil.rmtree(folder, ignore_errors=True)
    # In a process of its own, because a child's memory begins as that of its parent.
    program = "import sys; from bench.plan import written; written(sys.argv[1], sys.argv[2])"
    command = [sys.executable, "-c", program, str(folder), str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    resources, edges = json.loads(done.stdout)
    try:
        found = {part: _in_process(part, folder, pinned=False) for part in PARTS}
        found |= {f"{part}, pinned": _in_process(part, folder, pinned=True) for part in PARTS}
    finally:
        shutil.rmtree(folder)
    return {"size": {"resources": resources, "edges": edges}, **found}


def written(folder: str, size: str) -> None:
    """Write the estate and print its numbers of resources and edges."""
    sys.stdout.write(json.dumps(write_account(Path(folder), int(size))))


def show(console: Console, sizes: tuple[int, ...] = SIZES) -> None:
    table = Table(title="Planning one account with the rules of code, and with all rules")
    for title in (
        "resources",
        "edges",
        "planned",
        "stay",
        "what",
        "wall",
        "one core",
        "CPU",
        "peak",
    ):
        table.add_column(title, justify="left" if title == "what" else "right")
    measured = [measure(size) for size in sizes]
    for found in measured:
        for part in PARTS:
            table.add_row(*_row(found, part))
    console.print(table)
    for fault in faults(measured):
        console.print(fault)


def _row(found: dict[str, Figures], part: str) -> list[str]:
    own, pinned = found[part], found[f"{part}, pinned"]
    counts = [""] * 4
    if part != "loop":
        stay = own["refused"] + own["undecided"]
        figures = (found["size"]["resources"], found["size"]["edges"], own["planned"], stay)
        counts = [f"{figure:,.0f}" for figure in figures]
    seconds = [f"{one:.1f} s" for one in (own["wall"], pinned["wall"], own["cpu"])]
    return [*counts, TITLES[part], *seconds, f"{own['peak']:,.0f} MB"]


def faults(measured: list[dict[str, Figures]]) -> list[str]:
    """Return one sentence for each figure that grows too fast or is too large."""
    found = []
    for part, (smaller, larger) in product(("ours", "library"), pairwise(measured)):
        times = larger["size"]["resources"] / smaller["size"]["resources"] / 10
        for what in ("cpu", "peak"):
            ratio = larger[part][what] / smaller[part][what]
            if ratio > MOST_TIMES * times:
                few, many = (one["size"]["resources"] for one in (smaller, larger))
                found.append(
                    f"{TITLES[part]}: {many:,.0f} take {ratio:.1f} times the {what} of {few:,.0f}"
                )
    for one in measured:
        count = one["size"]["resources"]
        if max(one["ours"]["peak"], one["library"]["peak"]) > MOST_MB:
            found.append(f"{count:,.0f} resources take more than {MOST_MB} MB")
        ratio = one["library"]["cpu"] / one["ours"]["cpu"]
        if ratio > MOST_FOR_LIBRARY:
            found.append(f"{count:,.0f} resources take {ratio:.1f} times the CPU with all rules")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.plan", description=__doc__)
    parser.add_argument("--size", type=int, action="append", help="this size only; repeatable")
    parser.add_argument("--part", choices=PARTS, help="run only this part and print JSON")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--pinned", action="store_true", help="use one core, as taskset does")
    options = parser.parse_args()
    if options.pinned:
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    if options.part:
        sys.stdout.write(json.dumps(PARTS[options.part](options.folder)) + "\n")
    else:
        show(console(), tuple(options.size or SIZES))


if __name__ == "__main__":
    main()
