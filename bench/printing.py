"""The console that all benchmarks print to."""

from __future__ import annotations

import sys

from rich.console import Console

# Columns. A pipe has no width, and rich would cut the figures of a wide table to fit 80.
_WIDTH = 160


def console() -> Console:
    """Return a console as wide as the terminal, or wide enough for each table in a file."""
    return Console(width=None if sys.stdout.isatty() else _WIDTH)
