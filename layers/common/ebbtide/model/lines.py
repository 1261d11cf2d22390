"""The lines of a snapshot as JSON: resources, edges and changes (docs/data.md).

Merging, searching and exporting use the lines as they are read, because creating a `Resource` from
each line takes longer than the work itself. These types let mypy check the keys.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

from ebbtide.model.price import PriceLine

type EdgeType = Literal["default", "delete", "needed", "owns"]
type ChangeType = Literal["created", "updated", "deleted"]


class UnknownReferenceLine(TypedDict):
    """A reference that could mean any resource of a kind; `region` None stands for every region."""

    kind: str
    region: str | None
    path: str
    text: str
    holds: Literal["source", "target"]


class ResourceLine(TypedDict):
    """One resource. Times are RFC 3339 texts; `tags` is None if they could not be read.

    `orphaned_since` is present only while all owners that the resource names are gone.
    `watched_since` and `unchanged_since` say from when on it was watched, and watched without a
    change, up to `watched_until`, its last complete reading; times in which nobody looked are left
    out. They are missing as long as it was never read completely.
    `dangling` holds what it names and what is not there: kind -> value -> since when.
    `unread` names the calls that failed for this resource: operation -> error.
    `price` is missing in snapshots of older versions.
    """

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
    orphaned_since: NotRequired[str]
    watched_since: NotRequired[str]
    watched_until: NotRequired[str]
    unchanged_since: NotRequired[str]
    dangling: NotRequired[dict[str, dict[str, str]]]
    unread: NotRequired[dict[str, str]]
    unknown_references: NotRequired[list[UnknownReferenceLine]]
    price: NotRequired[PriceLine]


class EdgeLine(TypedDict):
    """One edge; `declared_by` is the end whose description names the other."""

    source: str
    target: str
    type: EdgeType
    declared_by: str
    severable: NotRequired[bool]


class ChangeLine(TypedDict):
    """A change since the previous snapshot; `before` is None if created, `after` if deleted."""

    change: ChangeType
    at: str
    graph_id: str
    kind: str
    before: ResourceLine | None
    after: ResourceLine | None
