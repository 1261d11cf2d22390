"""The graph: merging slices into a snapshot, its manifest, loading it again, ordering deletions."""

from ebbtide.graph.inventory import Inventory, load_inventory
from ebbtide.graph.loading import load_graph
from ebbtide.graph.manifest import AccountEntry, Manifest, current_manifest, read_manifest
from ebbtide.graph.merging import merge_account
from ebbtide.graph.publishing import publish_snapshot

__all__ = [
    "AccountEntry",
    "Inventory",
    "Manifest",
    "current_manifest",
    "load_graph",
    "load_inventory",
    "merge_account",
    "publish_snapshot",
    "read_manifest",
]
