"""The graph: merge slices into a snapshot, publish it, load it again, order deletions."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ebbtide.graph.as_networkx import load_graph
    from ebbtide.graph.inventory_loader import load_inventory
    from ebbtide.graph.manifest import AccountEntry, Manifest, current_manifest, read_manifest
    from ebbtide.graph.merging import merge_account
    from ebbtide.graph.publishing import publish_snapshot

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

# Loaded when they are asked for: who only reads a manifest, as each search does, needs neither
# networkx (0.1 s) nor the models of the configuration (0.2 s), which merging needs.
_MODULES = {
    "AccountEntry": "manifest",
    "Manifest": "manifest",
    "current_manifest": "manifest",
    "load_graph": "as_networkx",
    "load_inventory": "inventory_loader",
    "merge_account": "merging",
    "publish_snapshot": "publishing",
    "read_manifest": "manifest",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(name)
