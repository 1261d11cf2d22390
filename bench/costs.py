"""Monthly costs of hourly runs, from the counts of one run; pure.

Prices are those of us-east-1 and arm64, free tiers not subtracted. Covers state transitions, and
the seconds and requests of functions only; docs/costs.md has the other parts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ebbtide.deployment.costs import GB_SECOND, MB_IN_GB, REQUEST, TRANSITION

RUNS_A_MONTH = 730


@dataclass(frozen=True, slots=True)
class Use:
    """The use of a function in one run."""

    name: str
    memory_mb: int
    requests: int
    seconds: float


def transitions_a_month(transitions: int) -> float:
    """Return the US dollars per month for the state transitions of one run, every hour."""
    return transitions * RUNS_A_MONTH * TRANSITION


def function_a_month(use: Use) -> float:
    """Return the US dollars per month for the use of a function in one run, every hour."""
    gigabytes = use.memory_mb / MB_IN_GB
    return RUNS_A_MONTH * (use.seconds * gigabytes * GB_SECOND + use.requests * REQUEST)


def functions_a_month(uses: Iterable[Use]) -> float:
    return sum(map(function_a_month, uses))
