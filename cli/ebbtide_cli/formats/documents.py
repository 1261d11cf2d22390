"""Write documents as one JSON array, as JSON lines, or as YAML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any

from ebbtide.base.json_lines import encode_line
from ebbtide_cli.output import write_all

# Of the characters that output.one_line escapes, those that JSON and YAML would write as they are.
UNSAFE = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

type Document = Mapping[str, Any]


def write_documents(format: str, documents: Iterable[Document], out: IO[str] | None = None) -> None:
    """Write documents as they come, by default to stdout; `format` is one of formats.DOCUMENTS."""
    write_all(_WRITERS[format](documents), out)


def escaped(text: str) -> str:
    """Escape what could command a terminal or turn its text around; JSON and YAML read it back."""
    return UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _json(documents: Iterable[Document]) -> Iterator[str]:
    before = "["
    for document in documents:
        text = json.dumps(document, indent=2, ensure_ascii=False, default=str)
        yield escaped(before + "\n  " + text.replace("\n", "\n  "))
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"


def _ndjson(documents: Iterable[Document]) -> Iterator[str]:
    for document in documents:
        yield escaped(encode_line(document).decode())


def _yaml(documents: Iterable[Document]) -> Iterator[str]:
    for document in documents:
        yield "---\n"
        yield yaml_text(document)


def yaml_text(document: Document) -> str:
    """Return a document as YAML, with what could command a terminal escaped."""
    import yaml

    class Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
        """Puts texts with unsafe characters in quotes, where they can be escaped."""

    def text_of(dumper: Any, text: str) -> Any:
        style = '"' if UNSAFE.search(text) else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(str, text_of)
    return escaped(yaml.dump(document, Dumper=Dumper, sort_keys=False, allow_unicode=True))


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
