"""Turn a relation's value into the identity it refers to; shared by collecting and merging."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

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
            template = relation.value.replace("{1}", "{group}")
            yield str(render(template, {**place, "group": match[1]}))
