"""Why a resource must not be deleted: it is protected, or its kind or state rules it out.

Plans, the cleanup and searches ask the same functions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol, Self

from ebbtide.config import ProtectConfig
from ebbtide.deployment.own import NOBODY, Own
from ebbtide.kinds import registry
from ebbtide.model.expiry import misspelt_protection, plain_key, protecting_tag
from ebbtide.model.lines import ResourceLine
from ebbtide.model.resource import Resource

type Protector = Literal["tag", "configuration", "job", "aws", "ebbtide"]


class Protectable(Protocol):
    """What decides whether a resource is protected; a Resource has all of it."""

    @property
    def graph_id(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def arn(self) -> str | None: ...
    @property
    def account(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def kinds(self) -> Collection[str]: ...
    @property
    def tags(self) -> Mapping[str, str] | None: ...
    @property
    def keep_reason(self) -> str | None: ...


class ProtectableLine(NamedTuple):
    """The same of a line of the snapshot: building a whole Resource takes longer."""

    graph_id: str
    id: str
    arn: str | None
    account: str
    kind: str
    kinds: Collection[str]
    tags: Mapping[str, str] | None
    keep_reason: str | None

    @classmethod
    def of(cls, line: ResourceLine) -> Self:
        known: Mapping[str, Any] = line
        return cls(*(known[name] for name in cls._fields))


@dataclass(frozen=True, slots=True)
class Protected:
    """What protects a resource, and in words, such as "protected by its tag keep=yes"."""

    by: Protector
    reason: str


def protection_of(
    resource: Protectable, protect: ProtectConfig, marked: Mapping[str, str], own: Own = NOBODY
) -> Protected | None:
    """Return how a resource is protected, or None; the first of its protections."""
    return next(protections_of(resource, protect, marked, own), None)


def protections_of(
    resource: Protectable, protect: ProtectConfig, marked: Mapping[str, str], own: Own = NOBODY
) -> Iterator[Protected]:
    """Yield everything that protects a resource.

    `marked` maps graph ids to the job that protects them and its reason, `own` knows the resources
    of this deployment. Tags that could not be read protect nothing here: callers must leave such
    resources alone.
    """
    if own.has(resource.account, resource.arn):
        yield Protected("ebbtide", "protected: it belongs to Ebbtide itself")
    tag = protecting_tag(resource.tags or {})
    if tag is not None:
        yield Protected("tag", f"protected by its tag {tag}")
    for configured in _configured(resource, protect):
        yield Protected("configuration", f"protected: {configured}")
    by_job = marked.get(resource.graph_id)
    if by_job is not None:
        yield Protected("job", f"protected by {by_job}")
    if resource.keep_reason is not None and _is_kept_by_aws(resource):
        yield Protected("aws", f"protected by AWS: {resource.keep_reason}")


def _configured(resource: Protectable, protect: ProtectConfig) -> Iterator[str]:
    """Yield the entries of the section `protect` that name a resource."""
    for name in dict.fromkeys((resource.graph_id, resource.arn, resource.id)):
        if name in protect.ids:
            yield f"{name} is listed in protect.ids"
    for key, value in protect.tags.items():
        found = (resource.tags or {}).get(key)
        if found is not None and value in (None, found):
            yield f"its tag {key}={found} is listed in protect.tags"
    if resource.account in protect.accounts:
        yield f"account {resource.account} is listed in protect.accounts"
    for kind in protect.kinds:
        if kind in resource.kinds:
            yield f"kind {kind} is listed in protect.kinds"


def _is_kept_by_aws(resource: Protectable) -> bool:
    """Return whether AWS itself protects a resource in its state, because somebody asked for it."""
    kind = registry().get(resource.kind)
    states = () if kind is None else kind.never_delete
    return any(state.protects and state.why == resource.keep_reason for state in states)


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


def undeletable_reason(resource: Resource, rules: Collection[str] = ()) -> str | None:
    """Return why a resource of this kind or state is never deleted, or None.

    `rules` are those that select it; one of them may be the one that lifts what its state says.
    """
    kind = registry()[resource.kind]
    if kind.delete is None:
        return f"{resource.kind} is never deleted: {kind.undeletable}"
    lifted = {state.why for state in kind.never_delete if state.lifted_by in rules}
    return None if resource.keep_reason in lifted else resource.keep_reason
