"""What a rule says about one resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

type Verdict = Literal["select", "veto", "doubt"]


@dataclass(frozen=True, slots=True)
class Finding:
    """select: clean it up. veto: looks like it, but must stay. doubt: cannot be known in this run.

    `negates` are the kinds of whose absence the rule makes use; `part_of` names the resource for
    whose sake alone this one was selected. An `overriding` veto holds against every other rule.
    """

    resource: str
    rule: str
    verdict: Verdict
    reason: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    negates: tuple[str, ...] = ()
    part_of: str | None = None
    overriding: bool = False
