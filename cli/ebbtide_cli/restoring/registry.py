"""How each kind comes back: its declared restoration, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping

from ebbtide_cli.restoring.declared import (
    compute,
    databases,
    gateways,
    identity,
    messaging,
    network,
    others,
    storage,
)
from ebbtide_cli.restoring.declared.lost import LOST, UNDECLARED
from ebbtide_cli.restoring.model import WAYS, Lost, Restoration

_MODULES = (compute, databases, gateways, identity, messaging, network, others, storage)
RESTORATIONS: Mapping[str, Restoration] = {
    kind: found for module in _MODULES for kind, found in module.RESTORATIONS.items()
}


def restoration_of(kind: str) -> Restoration | Lost:
    """Return how a resource of a kind comes back."""
    return RESTORATIONS.get(kind) or LOST.get(kind, UNDECLARED)


def restorable(kind: str) -> str:
    """Return in one sentence whether a deleted resource of a kind can be restored, and how."""
    found = restoration_of(kind)
    if isinstance(found, Lost):
        return f"cannot be restored by Ebbtide: {found.why}"
    lost = f"{found.lost[0].lower()}{found.lost[1:]}".rstrip(".")
    return f"can be restored {WAYS[found.way]}; not restored: {lost}"
