"""The graph: merge slices into a snapshot, publish it, load it again, order deletions."""

from typing import TYPE_CHECKING, Any

from ebbtide.graph.inventory_loader import load_inventory
from ebbtide.graph.manifest import AccountEntry, Manifest, current_manifest, read_manifest
from ebbtide.graph.merging import merge_account
from ebbtide.graph.publishing import publish_snapshot

if TYPE_CHECKING:
    from ebbtide.graph.as_networkx import load_graph

__all__ = [
    "AccountEntry",
    "Manifest",
    "current_manifest",
    "load_graph",
    "load_inventory",
    "merge_account",
    "publish_snapshot",
    "read_manifest",
]


def __getattr__(name: str) -> Any:
    # networkx adds 0.1 s to a cold start, and most functions never create such a graph.
    if name == "load_graph":
        from ebbtide.graph.as_networkx import load_graph

        return load_graph
    raise AttributeError(name)
