"""What must never be deleted, and what belongs to somebody who must delete it himself."""

from __future__ import annotations

from collections.abc import Mapping

from ebbtide.config import ProtectConfig
from ebbtide.kinds import registry
from ebbtide.model.expiry import protecting_tag
from ebbtide.model.resource import Resource


def protection_of(
    resource: Resource, protect: ProtectConfig, marked: Mapping[str, str]
) -> str | None:
    """Why a resource is protected, or None; tags that could not be read protect nothing here.

    `marked` holds what jobs protect: graph id -> by what, in words.
    """
    tag = protecting_tag(resource.tags or {})
    if tag is not None:
        return f"its tag {tag}"
    for name in (resource.graph_id, resource.arn, resource.id):
        if name in protect.ids:
            return f"protect.ids names {name}"
    for key, value in protect.tags.items():
        found = (resource.tags or {}).get(key)
        if found is not None and value in (None, found):
            return f"protect.tags names its tag {key}={found}"
    if resource.account in protect.accounts:
        return f"protect.accounts names {resource.account}"
    for kind in protect.kinds:
        if kind in resource.kinds:
            return f"protect.kinds names {kind}"
    return marked.get(resource.graph_id)


def undeletable_reason(resource: Resource) -> str | None:
    """Why a resource of this kind or state is never deleted, or None."""
    kind = registry()[resource.kind]
    if kind.delete is None:
        return f"{resource.kind} is never deleted: {kind.undeletable}"
    return resource.keep_reason
