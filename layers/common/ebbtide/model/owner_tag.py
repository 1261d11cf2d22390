"""The owner of a resource, as its tag names it: a person or a team, not a resource."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

OWNER_TAG: Final = "owner"


def owner_in(tags: Mapping[str, str] | None, tag: str = OWNER_TAG) -> str | None:
    """Return the owner that the tags of a resource name; None if they name none or are unknown."""
    return None if tags is None else tags.get(tag)


def owner_along[Entry](
    name: str,
    find: Callable[[str], Entry | None],
    tags_of: Callable[[Entry], Mapping[str, str]],
    above: Callable[[Entry], str | None],
    tag: str = OWNER_TAG,
) -> str | None:
    """Return the owner tag of an entry, else that of what it goes with or is a part of."""
    seen: set[str] = set()
    while name not in seen and (entry := find(name)) is not None:
        seen.add(name)
        owner = owner_in(tags_of(entry), tag)
        if owner is not None:
            return owner
        name = above(entry) or ""
    return None
