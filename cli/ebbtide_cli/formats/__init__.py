"""The formats of results: which of them have columns, and which have edges."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from ebbtide_cli.errors import UsageError
from ebbtide_cli.output import chosen_file, to_terminal


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
    """The formats for results that are not a graph."""

    TABLE = "table"
    LIST = "list"
    CSV = "csv"
    MARKDOWN = "markdown"
    JSON = "json"
    NDJSON = "ndjson"
    YAML = "yaml"


class GraphFormat(StrEnum):
    """The formats for the export of a whole graph."""

    GRAPHML = "graphml"
    CYTOSCAPE = "cytoscape"
    DOT = "dot"
    NDJSON = "ndjson"


# .cyjs is Cytoscape's own extension, .gv the one that Graphviz recommends.
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


# The extensions of files that results are written to, and their formats.
_ROW_SUFFIXES = {
    ".csv": Format.CSV,
    ".json": Format.JSON,
    ".md": Format.MARKDOWN,
    ".yaml": Format.YAML,
    ".yml": Format.YAML,
}


def usual_format() -> str:
    """Return the format of the file in --output, `table` for a terminal, and otherwise `list`."""
    path = chosen_file()
    suffix = "" if path is None else path.suffix.lower()
    found = _ROW_SUFFIXES.get(suffix) or SUFFIXES.get(suffix)
    if found is not None:
        return str(found)
    return "table" if to_terminal() else "list"


def format_of(target: Path) -> GraphFormat:
    """Return the format for a file extension. Raises UsageError for an unknown one."""
    found = SUFFIXES.get(target.suffix.lower())
    if found is None:
        formats = ", ".join(GraphFormat)
        raise UsageError(
            f"unknown format of {target}; give --format ({formats}), "
            f"or one of the extensions {', '.join(SUFFIXES)}"
        )
    return found
