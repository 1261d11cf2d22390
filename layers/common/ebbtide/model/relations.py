"""Turn a relation's value into the identity it refers to; shared by collecting and merging."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Literal

from ebbtide.base.paths import render
from ebbtide.model.kind import Relation


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def reference_values(relation: Relation, text: str, place: Mapping[str, str]) -> Iterator[str]:
    """Yield the values that identify the other resources: one per match of the pattern.

    `place` provides account, region and partition to the relation's value template.
    """
    if relation.pattern is None:
        yield text
        return
    for match in _compiled(relation.pattern).finditer(text):
        if relation.value is None:
            yield match[1]
        else:
            # {1} means the pattern's first group, but a JMESPath name cannot be a number.
            template = re.sub(r"\{(\d)\}", r"{group\1}", relation.value)
            groups = {f"group{n}": text for n, text in enumerate(match.groups(), 1)}
            yield str(render(template, {**place, **groups}))


def is_other(relation: Relation, text: str) -> bool:
    """Say whether a value is certainly no reference to a resource of the relation's kind."""
    return relation.other is not None and bool(_compiled(relation.other).search(text))


def held(relation: Relation) -> Literal["", "source", "target"]:
    """Return the end whose deletion the relation can hold up; "" if neither.

    The source declares the relation. A target that is needed, or must go later, is held up by the
    source. A source that must go later, or that AWS deletes the target with, is held up itself.
    """
    if relation.deleted_before or relation.owned_by or relation.strength == "needed":
        return "target"
    return "source" if relation.deleted_after or relation.owns else ""
