"""Why a resource must not be deleted: it is protected, or its kind or state rules it out."""

from __future__ import annotations

from collections.abc import Mapping

from ebbtide.config import ProtectConfig
from ebbtide.kinds import registry
from ebbtide.model.expiry import misspelt_protection, plain_key, protecting_tag
from ebbtide.model.resource import Resource


def protection_of(
    resource: Resource, protect: ProtectConfig, marked: Mapping[str, str]
) -> str | None:
    """Return how a resource is protected, such as "protected by its tag keep=yes", or None.

    `marked` maps graph ids to the job that protects them and its reason. Tags that could not be
    read protect nothing here: callers must leave such resources alone.
    """
    tag = protecting_tag(resource.tags or {})
    if tag is not None:
        return f"protected by its tag {tag}"
    for name in (resource.graph_id, resource.arn, resource.id):
        if name in protect.ids:
            return f"protected: {name} is listed in protect.ids"
    for key, value in protect.tags.items():
        found = (resource.tags or {}).get(key)
        if found is not None and value in (None, found):
            return f"protected: its tag {key}={found} is listed in protect.tags"
    if resource.account in protect.accounts:
        return f"protected: account {resource.account} is listed in protect.accounts"
    for kind in protect.kinds:
        if kind in resource.kinds:
            return f"protected: kind {kind} is listed in protect.kinds"
    by_job = marked.get(resource.graph_id)
    return None if by_job is None else f"protected by {by_job}"


def misspelt_protection_of(resource: Resource, protect: ProtectConfig) -> str | None:
    """Return a tag that may be meant to protect a resource, but has another key; None without one.

    Whoever wrote `ebbtide:Protected`, or `Keep` for `keep` in protect.tags, meant to keep it.
    """
    tags = resource.tags or {}
    found = misspelt_protection(tags)
    if found is not None or not protect.tags:
        return found
    similar = {plain_key(key): key for key in tags if key not in protect.tags}
    for key, value in protect.tags.items():
        other = similar.get(plain_key(key))
        if other is not None and value in (None, tags[other]):
            return f"{other}={tags[other]}"
    return None


def undeletable_reason(resource: Resource) -> str | None:
    """Return why a resource of this kind or state is never deleted, or None."""
    kind = registry()[resource.kind]
    if kind.delete is None:
        return f"{resource.kind} is never deleted: {kind.undeletable}"
    return resource.keep_reason
