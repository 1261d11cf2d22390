"""What of a resource must stay the same for the wait of a rule or job to go on; pure.

That is its fingerprint and creation, what the search or rule reads of the resource itself, and its
last use. What moves by itself does not count: ages, series of usage, and what kinds call volatile.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from ebbtide.base.clock import optional_text
from ebbtide.base.forms import snake
from ebbtide.config import Config
from ebbtide.graph.merged_lines import ALWAYS_VOLATILE
from ebbtide.kinds import registry
from ebbtide.language import Query, parse_search
from ebbtide.language.walking import paths_of
from ebbtide.model.resource import Resource
from ebbtide.plan.grace import Sign
from ebbtide.rules.search_rule import SearchOptions, rendered
from ebbtide.search.looked_at import ANY_NAME, looked_at
from ebbtide.verdict.fingerprint import fingerprint
from ebbtide.verdict.marks import RULE_PREFIX

_LAST_USED = "last_used"
_WORD = re.compile(r"\w+")
# What a search may read of tags without naming one.
_FROM_TAGS = frozenset({"expires", "protected", "metadata", ANY_NAME})


@dataclass(frozen=True, slots=True)
class Reads:
    """What a rule or job reads of a resource: properties or ANY_NAME, and tags; None: all tags."""

    properties: frozenset[str] = frozenset()
    tags: frozenset[str] | None = frozenset()


def of_query(query: Query) -> Reads:
    """Return what a search reads of the resources that it finds."""
    names, part = looked_at(query).own, query.parts[-1]
    tags: set[str] = set()
    for path in (*paths_of(part.term), *(sort.path for sort in part.sort)):
        steps = [step.name for step in path.steps if step.name != "reported"]
        if steps[0] == "tags":
            if len(steps) == 1:
                return Reads(names, None)
            # A key with dots may be several steps.
            tags |= {".".join(steps[1:end]) for end in range(2, len(steps) + 1)}
    return Reads(names, None if names & _FROM_TAGS else frozenset(tags))


@dataclass(slots=True)
class Signs:
    """The signs of resources, for rules and jobs by their names in plans."""

    config: Config
    now: datetime
    definitions: Mapping[str, str]
    _reads: dict[str, Reads] = field(default_factory=dict)

    def of(self, rule: str, resource: Resource) -> Sign:
        """Return the sign of a resource that a rule or job selected."""
        reads = self._reads.get(rule)
        if reads is None:
            reads = self._reads[rule] = self._read_by(rule)
        used = resource.properties.get(_LAST_USED)
        return Sign(self._hash(rule, resource, reads), used if isinstance(used, str) else None)

    def _hash(self, rule: str, resource: Resource, reads: Reads) -> str:
        tags = resource.tags or {}
        value = {
            "definition": self.definitions.get(rule, ""),
            "created": optional_text(resource.created),
            "fingerprint": fingerprint(resource),
            "name": resource.name if reads.properties & {"name", ANY_NAME} else "",
            "properties": _steady(resource, reads.properties),
            "tags": {key: tags[key] for key in tags if reads.tags is None or key in reads.tags},
        }
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
        return sha256(text.encode()).hexdigest()[:32]

    def _read_by(self, name: str) -> Reads:
        job = next((one for one in self.config.jobs if f"{RULE_PREFIX}{one.name}" == name), None)
        if job is not None:
            return of_query(parse_search(job.search, self.config.searches, self.now))
        for rule, options in self.config.rules.every():
            if rule.name == name and rule.search is not None:
                text = rendered(rule.search, options)
                read = of_query(parse_search(text, self.config.searches, self.now))
                return _with_tags(read, options)
            if rule.name == name and rule.reads_tags:
                return Reads(tags=None)
        return Reads()


def _with_tags(reads: Reads, options: SearchOptions) -> Reads:
    if reads.tags is None:
        return reads
    return Reads(reads.properties, reads.tags | options.tags.keys() | options.except_tags.keys())


def _steady(resource: Resource, names: frozenset[str]) -> dict[str, Any]:
    """Return the properties of these names, without what moves by itself."""
    properties = resource.properties
    wanted = properties.keys() if ANY_NAME in names else names & properties.keys()
    return {name: properties[name] for name in sorted(wanted - moving(resource.kind))}


@lru_cache(maxsize=1024)
def moving(kind: str) -> frozenset[str]:
    """Return the properties of a kind that move by themselves, by all of their names."""
    declared = registry()[kind]
    volatile = frozenset(declared.volatile)
    also = {
        name
        for name, path in declared.fields.items()
        if not volatile.isdisjoint(_WORD.findall(path))
    }
    return ALWAYS_VOLATILE | {snake(one) for one in volatile} | also
