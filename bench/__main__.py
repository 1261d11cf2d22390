"""Runs the benchmarks and prints their tables: `make bench`."""

from __future__ import annotations

from bench import imports

if __name__ == "__main__":
    imports.show(imports.measure())
