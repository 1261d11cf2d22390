"""Load one account's snapshot from the bucket into an inventory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ebbtide.base.gc_pauses import bulk_load
from ebbtide.graph.manifest import AccountEntry, read_coverage, stored_lists
from ebbtide.model.inventory import Inventory
from ebbtide.model.resource import Edge, Resource

if TYPE_CHECKING:
    from ebbtide.store.readable import Readable


def load_inventory(bucket: Readable, entry: AccountEntry) -> Inventory:
    """Load an account's inventory. Raises MissingError if the snapshot's objects have expired."""
    with bulk_load():
        return Inventory(
            entry.account,
            map(Resource.from_line, bucket.read_lines(entry.resources)),
            map(Edge.from_line, bucket.read_lines(entry.edges)),
            read_coverage(bucket, entry),
            stale_since=entry.stale_since,
            enabled_regions=entry.enabled_regions,
            stacks=stored_lists(bucket, entry),
        )
