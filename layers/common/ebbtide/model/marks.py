"""What is known about a resource beside its line: the files of runs tell it, not the graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

# The names below /metadata that say what a cleanup did to a resource.
ENDING_NAMES: Final = (
    "cleaned",
    "deleting_since",
    "ending",
    "ending_new",
    "ending_reason",
    "ending_rule",
    "ending_run",
    "pending",
)

# What a search sees of a resource's marks, by name below /desired or /metadata.
type Section = Mapping[str, Any]


class Protection(NamedTuple):
    """Whether a resource is protected, None if that is unknown, and why."""

    protected: bool | None
    reason: str | None = None
