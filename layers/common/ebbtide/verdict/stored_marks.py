"""The marks of jobs as stored in the bucket (docs/data.md); no other module reads that form.

Jobs write them; plans, cleanup and searches read them. Marks belong to one run. Protections that
outlast their run are stored beside the graph until they expire.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NotRequired, TypedDict, cast

from ebbtide.base.clock import from_text
from ebbtide.store.formats import require_format
from ebbtide.store.keys import protected_key
from ebbtide.store.readable import Readable

FORMAT = 1


class StoredMarks(TypedDict):
    """What one job marked in one account in one run; `action` is `clean` or `protect`.

    `doubts` are resources that may match, each with the reason. A job that protects has marked
    them, too; a job that cleans has not.
    """

    format: int
    run_id: str
    job: str
    event: str
    action: str
    reason: str
    search: str
    manifest: str
    negates: list[str]
    resources: list[str]
    doubts: NotRequired[dict[str, str]]


class Protection(TypedDict):
    """How long a job protects a resource; `until` is an RFC 3339 time."""

    reason: str
    until: str
    run_id: str


# graph id -> name of the job -> its protection
type Protections = dict[str, dict[str, Protection]]


def read_stored_marks(store: Readable, key: str) -> StoredMarks:
    """Read the marks of one job.

    Raises MissingError if there are none, FormatError if another version wrote them.
    """
    value: Mapping[str, Any] = store.read_json(key)
    require_format(value, FORMAT, "marks")
    return cast(StoredMarks, value)


def read_protections(store: Readable, account: str, now: datetime) -> Protections:
    """Read the protections of an account that have not expired. Raises FormatError."""
    value = store.find_json(protected_key(account))
    return {} if value is None else protections_in_force(value, now)


def protections_in_force(value: Mapping[str, Any], now: datetime) -> Protections:
    """Return the protections of a stored object that have not expired. Raises FormatError."""
    require_format(value, FORMAT, "protections")
    kept = {
        name: {job: given for job, given in by_job.items() if from_text(given["until"]) > now}
        for name, by_job in value["resources"].items()
    }
    return {name: by_job for name, by_job in kept.items() if by_job}
