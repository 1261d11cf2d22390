"""How completely one kind was read in one slice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

# The format of the coverage that one task of the step collect writes.
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
    "locked",
    "not_asked",
]


# The states of a reading that is complete, or that was not expected.
WITHOUT_GAP = frozenset({"complete", "unavailable", "skipped", "locked"})


@dataclass(frozen=True, slots=True)
class Coverage:
    """How completely one kind was read in one slice.

    complete: everything was read. unavailable: the service does not exist in the region, so there
    is nothing to read. skipped: not read, because the region looks empty; `read_at` is the last
    complete read, which found the region empty, or None without a recent one. suspect: read
    completely, but with far fewer resources than usual. locked: a policy of the organization denies
    the region; what is known there is carried over, and nothing else is there if the last complete
    read, at `read_at`, is recent, or if the configuration declares that nothing can be in the
    region. not_asked: the run was started for other regions. Any other state: not read completely.

    `usual` is the last believed count, and `low_runs` the number of consecutive runs that found a
    suspiciously lower one. `hidden_tags` is the number of resources whose tags are unknown and that
    had some when they were last known, and `low_tag_runs` the number of consecutive runs that found
    most tags gone. The merge sets all four; until then they are None and 0.

    `unreadable` counts the resources that were listed and for which a further call failed. Their
    lines name it under `unread`.
    """

    account: str
    region: str
    kind: str
    state: str
    count: int = 0
    error: str | None = None
    seconds: float = 0.0
    unknown_tags: int = 0
    unreadable: int = 0
    read_at: str | None = None
    usual: int | None = None
    low_runs: int = 0
    hidden_tags: int = 0
    low_tag_runs: int = 0
    declared_empty: bool = False

    @property
    def proves_absence(self) -> bool:
        """Whether a resource that is missing from the snapshot does not exist in AWS either."""
        if self.state == "skipped":
            return self.read_at is not None
        if self.state == "locked":
            return self.read_at is not None or self.declared_empty
        return self.state in ("complete", "unavailable")

    @property
    def is_gap(self) -> bool:
        """Whether the read was expected but is incomplete."""
        return self.state not in WITHOUT_GAP

    def to_line(self) -> dict[str, Any]:
        """Return the entry of coverage.json (docs/data.md), without fields that are None or 0."""
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
            "unreadable": self.unreadable,
            "read_at": self.read_at,
            "low_runs": self.low_runs,
            "hidden_tags": self.hidden_tags,
            "low_tag_runs": self.low_tag_runs,
            "declared_empty": self.declared_empty,
        }
        line |= {name: value for name, value in more.items() if value}
        # A usual count of 0 differs from an unknown one.
        return line if self.usual is None else {**line, "usual": self.usual}

    @classmethod
    def from_line(cls, line: Mapping[str, Any]) -> Self:
        return cls(**line)
