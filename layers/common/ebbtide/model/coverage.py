"""How completely one kind was read in one slice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

# The format of what one task of the step collect writes about its kinds.
TASK_COVERAGE_FORMAT = 1

type CoverageState = Literal[
    "complete",
    "denied",
    "throttled",
    "failed",
    "timed_out",
    "unavailable",
    "skipped",
    "suspect",
]


@dataclass(frozen=True, slots=True)
class Coverage:
    """How completely one kind was read in one slice.

    complete: all of it. unavailable: the service does not exist in that region, so there is
    nothing to read. skipped: not asked for, because the region looks empty; `read_at` is when the
    region was last read completely, and found to be empty, if that is recent. suspect: read
    completely, but far fewer than usual. Any other state means that it was not read.

    `usual` is the count that was last believed, `low_runs` the number of runs in a row in which a
    suspiciously lower one was found; both are None and 0 until the account is merged.
    """

    account: str
    region: str
    kind: str
    state: str
    count: int = 0
    error: str | None = None
    seconds: float = 0.0
    unknown_tags: int = 0
    read_at: str | None = None
    usual: int | None = None
    low_runs: int = 0

    @property
    def proves_absence(self) -> bool:
        """Whether what is not in the snapshot does not exist either."""
        if self.state == "skipped":
            return self.read_at is not None
        return self.state in ("complete", "unavailable")

    @property
    def is_gap(self) -> bool:
        """Whether it should have been read and was not; to skip an empty region is no gap."""
        return self.state not in ("complete", "unavailable", "skipped")

    def to_line(self) -> dict[str, Any]:
        """The entry of coverage.json (docs/data.md); what is None or 0 is left out."""
        line = {
            "account": self.account,
            "region": self.region,
            "kind": self.kind,
            "state": self.state,
            "count": self.count,
        }
        more = {
            "error": self.error,
            "seconds": round(self.seconds, 3),
            "unknown_tags": self.unknown_tags,
            "read_at": self.read_at,
            "low_runs": self.low_runs,
        }
        line |= {name: value for name, value in more.items() if value}
        # A usual count of 0 is not the same as none.
        return line if self.usual is None else {**line, "usual": self.usual}

    @classmethod
    def from_line(cls, line: Mapping[str, Any]) -> Self:
        return cls(**line)
