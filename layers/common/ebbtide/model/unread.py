"""What a resource that was read only partly may refer to."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ebbtide.model.kind import Kind, Relation


def may_name(kind: Kind, unread: Collection[str], target: str) -> bool:
    """Say whether what was not read of a resource may name a resource of the kind `target`.

    `unread` are the operations that failed for it. Details after the first of these were not read.
    """
    relations = [relation for relation in kind.relations if relation.kind == target]
    return any(_may_be_unread(kind, unread, relation) for relation in relations)


def _may_be_unread(kind: Kind, unread: Collection[str], relation: Relation) -> bool:
    details = [*kind.details, *(kind.get_details or ())]
    operations = [detail.call.operation for detail in details]
    if not set(unread) <= set(operations):
        return True  # another version of Ebbtide made the call, and its answer is unknown
    first = min(operations.index(name) for name in unread)
    parts = [detail.into for detail in details[first:]]
    # A call whose answer is merged into the item may bring any name.
    return None in parts or any(_mentions(relation.path, part) for part in parts if part)


def _mentions(path: str, name: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\b", path) is not None
