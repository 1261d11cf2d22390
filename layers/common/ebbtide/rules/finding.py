"""What a rule says about one resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

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
    resource undecided, unless something else selects it.
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
