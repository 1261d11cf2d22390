"""The lines of a snapshot as JSON: resources, edges and changes (docs/data.md).

Where a snapshot is merged, searched or exported, its lines are used as they are read: making a
`Resource` of each takes longer than the work. These types let mypy check the keys all the same.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

type EdgeType = Literal["default", "delete", "owns"]
type ChangeType = Literal["created", "updated", "deleted"]


class ResourceLine(TypedDict):
    """One resource. Times are RFC 3339 texts; `tags` is None if AWS did not let us read them."""

    graph_id: str
    id: str
    kind: str
    kinds: list[str]
    name: str
    account: str
    region: str
    arn: str | None
    tags: dict[str, str] | None
    created: str | None
    updated: str | None
    first_seen: str | None
    last_seen: str | None
    stale_since: str | None
    ended: bool
    keep_reason: str | None
    properties: dict[str, Any]


class EdgeLine(TypedDict):
    """One edge; `declared_by` is the end whose description names the other."""

    source: str
    target: str
    type: EdgeType
    declared_by: str
    severable: NotRequired[bool]


class ChangeLine(TypedDict):
    """What a run found to differ from the snapshot before it; `before` or `after` may be None."""

    change: ChangeType
    at: str
    graph_id: str
    kind: str
    before: ResourceLine | None
    after: ResourceLine | None
