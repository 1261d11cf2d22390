"""What a rule says about one resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

type Verdict = Literal["select", "veto", "doubt"]


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict of one rule on one resource, given by its graph id.

    select: clean it up. veto: it must stay, although it resembles what the rule selects. doubt:
    this run cannot decide. `negates` are the kinds whose absence the rule relies on; `part_of` is
    the graph id of the only resource that this one was selected for. An `overriding` veto holds
    against every other rule. `unsure` says why a selection may be wrong: it makes the resource
    undecided, unless something else selects it.
    """

    resource: str
    rule: str
    verdict: Verdict
    reason: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    negates: tuple[str, ...] = ()
    part_of: str | None = None
    overriding: bool = False
    unsure: str = ""
