"""Run all benchmarks and print their tables: `make bench`."""

from __future__ import annotations

from bench import cleanup, cli, collect, imports, plan, report, search
from bench.printing import console

if __name__ == "__main__":
    imports.show(imports.measure())
    cli.show(console())
    cleanup.show(console())
    collect.show(console())
    search.show(console())
    plan.show(console())
    report.show(console())
