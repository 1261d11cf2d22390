"""Load one account of a snapshot as a networkx graph, for exploration and export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import networkx as nx

from ebbtide.base.gc_pauses import bulk_load
from ebbtide.graph.manifest import AccountEntry

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket


def load_graph(bucket: Bucket, entry: AccountEntry) -> nx.MultiDiGraph[str]:
    """Load an account's graph: nodes are graph ids, edge keys are edge types.

    The other fields of a resource's line become the attributes of its node. Raises MissingError if
    the snapshot's objects have expired.
    """
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(account=entry.account, run_id=entry.run_id)
    with bulk_load():
        for line in bucket.read_lines(entry.resources):
            graph.add_node(line["graph_id"], **_attributes(line))
        for line in bucket.read_lines(entry.edges):
            graph.add_edge(line["source"], line["target"], key=line["type"])
    return graph


def _attributes(line: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in line.items() if name != "graph_id"}
