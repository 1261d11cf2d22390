"""Run all benchmarks and print their tables: `make bench`."""

from __future__ import annotations

from rich.console import Console

from bench import cleanup, cli, collect, imports, plan, search

if __name__ == "__main__":
    imports.show(imports.measure())
    cli.show(Console())
    cleanup.show(Console())
    collect.show(Console())
    search.show(Console())
    plan.show(Console())
