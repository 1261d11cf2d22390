"""What a rule says about one resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from ebbtide.model.resource import Resource

# In the facts of a selection: the graph id of the resource that this one was selected for.
PART_OF = "part_of"

# Why no rule selects a resource that AWS still lists although it is gone.
ENDED = "it has ended"

type Verdict = Literal["select", "veto", "doubt"]


class Absent(NamedTuple):
    """What a rule did not find: `source` is the graph id of the resource that names it."""

    source: str
    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict of one rule on one resource, given by its graph id.

    select: clean it up. veto: it must stay, although it resembles what the rule selects. doubt:
    this run cannot decide. `negates` are the kinds whose absence the rule relies on, and `absent`
    are the names that led it nowhere; `part_of` is the graph id of the only resource that this one
    was selected for, and `parts` those that this one must not go without. An `overriding` veto
    holds against every other rule. `unsure` says why a selection may be wrong: it makes the
    resource undecided, unless something else selects it. `searched`: a search found it, which may
    have asked for the tags of what it negates.
    """

    resource: str
    rule: str
    verdict: Verdict
    reason: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    negates: tuple[str, ...] = ()
    absent: tuple[Absent, ...] = ()
    part_of: str | None = None
    parts: tuple[str, ...] = ()
    overriding: bool = False
    unsure: str = ""
    searched: bool = False


def part_finding(
    rule: str,
    part: Resource,
    whole: Resource,
    facts: Mapping[str, Any] | None = None,
    negates: tuple[str, ...] = (),
) -> Finding:
    """Return the selection of a part because a rule or job selected the whole."""
    return Finding(
        part.graph_id,
        rule,
        "select",
        f"part of {whole.kind} {whole.name}, which is being deleted",
        {PART_OF: whole.graph_id, **(facts or {})},
        negates=negates,
        part_of=whole.graph_id,
    )
