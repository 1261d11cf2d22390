"""What results are written as; which of these forms have columns, and which have edges."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from ebbtide_cli.errors import UsageError
from ebbtide_cli.output import to_terminal


class Format(StrEnum):
    TABLE = "table"
    LIST = "list"
    CSV = "csv"
    MARKDOWN = "markdown"
    JSON = "json"
    NDJSON = "ndjson"
    YAML = "yaml"
    DOT = "dot"
    GRAPHML = "graphml"
    CYTOSCAPE = "cytoscape"


class RowFormat(StrEnum):
    """Those for results that are no graph."""

    TABLE = "table"
    LIST = "list"
    CSV = "csv"
    MARKDOWN = "markdown"
    JSON = "json"
    NDJSON = "ndjson"
    YAML = "yaml"


class GraphFormat(StrEnum):
    """Those that a whole graph can be exported to."""

    GRAPHML = "graphml"
    CYTOSCAPE = "cytoscape"
    DOT = "dot"
    NDJSON = "ndjson"


# How the names of such files end: .cyjs is Cytoscape's own, .gv what Graphviz recommends.
SUFFIXES = {
    ".graphml": GraphFormat.GRAPHML,
    ".cyjs": GraphFormat.CYTOSCAPE,
    ".dot": GraphFormat.DOT,
    ".gv": GraphFormat.DOT,
    ".ndjson": GraphFormat.NDJSON,
    ".jsonl": GraphFormat.NDJSON,
}

ROWS = frozenset({"table", "list", "csv", "markdown"})
DOCUMENTS = frozenset({"json", "ndjson", "yaml"})
GRAPHS = frozenset({"dot", "graphml", "cytoscape"})


def usual_format() -> str:
    """A table for a person, one line per result for other programs."""
    return "table" if to_terminal() else "list"


def format_of(target: Path) -> GraphFormat:
    """Return the format that a file name ends in; raise UsageError if it names none."""
    found = SUFFIXES.get(target.suffix.lower())
    if found is None:
        formats = ", ".join(GraphFormat)
        raise UsageError(
            f"{target} names no format; give --format ({formats}) "
            f"or a file name that ends in {', '.join(SUFFIXES)}"
        )
    return found
