"""Write documents as one JSON array, as JSON lines, or as YAML."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any

from ebbtide.base.json_lines import encode_line
from ebbtide_cli.output import write_all

type Document = Mapping[str, Any]


def write_documents(format: str, documents: Iterable[Document], out: IO[str] | None = None) -> None:
    """Write documents as they come, by default to stdout; `format` is one of formats.DOCUMENTS."""
    write_all(_WRITERS[format](documents), out)


def _json(documents: Iterable[Document]) -> Iterator[str]:
    before = "["
    for document in documents:
        text = json.dumps(document, indent=2, ensure_ascii=False, default=str)
        yield before + "\n  " + text.replace("\n", "\n  ")
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"


def _ndjson(documents: Iterable[Document]) -> Iterator[str]:
    for document in documents:
        yield encode_line(document).decode()


def _yaml(documents: Iterable[Document]) -> Iterator[str]:
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    for document in documents:
        yield "---\n"
        yield str(yaml.dump(document, Dumper=dumper, sort_keys=False, allow_unicode=True))


_WRITERS = {"json": _json, "ndjson": _ndjson, "yaml": _yaml}


def edge_document(edge: Mapping[str, Any]) -> dict[str, Any]:
    """Return an edge of a snapshot in the form it has among the nodes of a result."""
    return {
        "type": "edge",
        "from": edge["source"],
        "to": edge["target"],
        "edge_type": edge["type"],
    }


def node_document(document: Document, tag: str | None = None) -> dict[str, Any]:
    """Return a node with the type that distinguishes it from edges.

    `tag` is the #tag of the part of the search that it matched.
    """
    node = {"type": "node", **document}
    if tag is not None:
        node["metadata"] = {**document["metadata"], "query_tag": tag}
    return node
