"""What a run costs a month, from what was counted in it; prices of us-east-1, arm64; pure.

Hourly runs, free tiers not subtracted. Only what was counted is priced: state transitions, and the
seconds and requests of functions. What else there is: docs/costs.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

RUNS_A_MONTH = 730
TRANSITION = 0.025 / 1000
GB_SECOND = 0.0000133334
REQUEST = 0.20 / 1_000_000
MB_IN_GB = 1024


@dataclass(frozen=True, slots=True)
class Use:
    """How a function was used in one run."""

    name: str
    memory_mb: int
    requests: int
    seconds: float


def transitions_a_month(transitions: int) -> float:
    """US dollars for the state transitions of one run, made every hour."""
    return transitions * RUNS_A_MONTH * TRANSITION


def function_a_month(use: Use) -> float:
    """US dollars for what a function did in one run, done every hour."""
    gigabytes = use.memory_mb / MB_IN_GB
    return RUNS_A_MONTH * (use.seconds * gigabytes * GB_SECOND + use.requests * REQUEST)


def functions_a_month(uses: Iterable[Use]) -> float:
    return sum(map(function_a_month, uses))
