"""Write nodes and edges as Graphviz dot, GraphML, or the JSON of Cytoscape."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, TYPE_CHECKING, Any

from ebbtide_cli.output import cell, one_line, write_all

if TYPE_CHECKING:
    import networkx as nx

type Document = Mapping[str, Any]

# Styles of edges in dot; an edge of type default is a plain arrow.
_STYLES = {
    "delete": ' [label="delete", style=dashed, color=firebrick]',
    "needed": ' [label="needed", style=dashed, color=darkorange]',
    "owns": ' [label="owns", style=dotted]',
}
# Characters that XML 1.0 cannot express.
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_graph(
    format: str,
    nodes: Iterable[Document],
    edges: Iterable[Mapping[str, Any]],
    out: IO[str] | None = None,
) -> None:
    """Write a graph, by default to stdout; `format` is one of formats.GRAPHS.

    Nodes are documents, edges are lines of a snapshot.
    """
    write_all(_WRITERS[format](nodes, edges), out)


def _dot(nodes: Iterable[Document], edges: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    yield "digraph ebbtide {\n  rankdir=LR;\n  node [shape=box, style=rounded];\n"
    for node in nodes:
        reported = node["reported"]
        label = f"{reported['kind']}\n{reported['name']}"
        yield f"  {_quoted(node['id'])} [label={_quoted(label)}];\n"
    for edge in edges:
        style = _STYLES.get(edge["type"], "")
        yield f"  {_quoted(edge['source'])} -> {_quoted(edge['target'])}{style};\n"
    yield "}\n"


def _quoted(text: str) -> str:
    lines = "\\n".join(
        one_line(line).replace("\\", "\\\\").replace('"', '\\"') for line in text.split("\n")
    )
    return f'"{lines}"'


def _graphml(nodes: Iterable[Document], edges: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    import networkx as nx

    for line in nx.generate_graphml(_graph(nodes, edges)):
        yield f"{line}\n"


def _cytoscape(nodes: Iterable[Document], edges: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    import networkx as nx

    # By default, Cytoscape's id would be the resource's own, which is not unique.
    yield json.dumps(nx.cytoscape_data(_graph(nodes, edges), ident="graph_id"), indent=2)
    yield "\n"


def _graph(nodes: Iterable[Document], edges: Iterable[Mapping[str, Any]]) -> nx.MultiDiGraph[str]:
    """Return a graph with plain attributes, and the unique edge keys that GraphML requires."""
    import networkx as nx

    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for node in nodes:
        graph.add_node(_xml(node["id"]), **attributes(node))
    for number, edge in enumerate(edges):
        ends = _xml(edge["source"]), _xml(edge["target"])
        graph.add_edge(*ends, key=f"e{number}", edge_type=edge["type"])
    return graph


def attributes(node: Document) -> dict[str, str | int | float | bool]:
    """Return what a node reports and where it lies, as plain values; lists and maps as JSON."""
    place = {
        level: ancestor["reported"]["id"]
        for level, ancestor in node["ancestors"].items()
        if level != "cloud"
    }
    found = {**node["reported"], **place, "resource_id": node["reported"]["id"]}
    del found["id"]
    return {
        _xml(name): _xml(value) if isinstance(value, str) else _plain(value)
        for name, value in found.items()
        if value is not None and value not in ({}, [])
    }


def _plain(value: Any) -> str | int | float | bool:
    return value if isinstance(value, (bool, int, float)) else _xml(cell(value))


def _xml(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


_WRITERS = {"dot": _dot, "graphml": _graphml, "cytoscape": _cytoscape}
