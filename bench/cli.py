"""Measure what a command of `ebbtide` costs before it answers: `python -m bench.cli`.

CPU seconds of a whole process, beside those of importing typer and rich, which every command needs.
The search reads a snapshot of 1,000 resources from a folder.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from bench.printing import console
from bench.search_estate import write_estate
from ebbtide.store.keys import RunKeys

RUNS = 7
RESOURCES = 1_000
BASE = ("-c", "import typer, rich")
# Command line -> how many times the CPU time of BASE it may take.
COMMANDS: dict[tuple[str, ...], float] = {
    ("--version",): 2,
    ("--help",): 2,
    ("search", "is(volume)"): 4,
    ("search", "is(volume) | count kind"): 4,
}


def cpu_seconds(*arguments: str) -> float:
    """Return the least CPU time of several processes of this Python."""
    return min(_once(arguments) for _ in range(RUNS))


def _once(arguments: tuple[str, ...]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def show(console: Console) -> None:
    """Print the CPU time of each command, and how many times that of the imports it is."""
    table = Table(title=f"one command, {RESOURCES:,} resources")
    for name in ("command", "CPU seconds", "times the imports", "wanted at most"):
        table.add_column(name)
    base = cpu_seconds(*BASE)
    table.add_row(BASE[1], f"{base:.3f}", "1.0", "")
    with TemporaryDirectory() as scratch:
        folder = Path(scratch) / "copy"
        manifest = write_estate(folder, RESOURCES)
        key = folder / RunKeys(manifest.run_id).manifest
        key.parent.mkdir(parents=True)
        key.write_text(json.dumps(manifest.to_json()))
        for words, wanted in COMMANDS.items():
            place = () if words[0].startswith("-") else ("--folder", str(folder))
            seconds = cpu_seconds("-m", "ebbtide_cli", *words, *place)
            table.add_row(" ".join(words), f"{seconds:.3f}", f"{seconds / base:.1f}", f"{wanted}")
    console.print(table)


if __name__ == "__main__":
    show(console())
