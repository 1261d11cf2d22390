"""The marks of awaited automations as stored in the bucket (docs/data.md), and what they mean.

An answer is recorded by the function that takes it (jobs/answers.py). Its marks count only with the
record, which is written last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypedDict, cast

from ebbtide.config import Automation
from ebbtide.deployment.events import events_of, is_after
from ebbtide.store.formats import require_format
from ebbtide.store.readable import Readable
from ebbtide.store.run import Run

if TYPE_CHECKING:
    # It would load boto3, which those that only compute do without.
    from ebbtide.store.overlay import Overlay

FORMAT = 1
AUTOMATION_PREFIX = "automation:"

# The record of an answer (docs/data.md).
type AnswerRecord = Mapping[str, Any]


class StoredAnswerMarks(TypedDict):
    """What one automation marked in one account at one event: graph id -> reason."""

    format: int
    run_id: str
    automation: str
    event: str
    manifest: str
    clean: dict[str, str]
    keep: dict[str, str]


def marking_automations(
    store: Readable, run: Run, until: str | None = None
) -> list[tuple[Automation, AnswerRecord | None]]:
    """Return the automations that may mark, each with its record; None without a valid answer.

    Without `until`, those of all events count.
    """
    return [
        (automation, record if record is not None and record["outcome"] == "answered" else None)
        for automation in run.config.automations
        if automation.marks and not (until is not None and is_after(automation.event, until))
        for record in [store.find_json(run.keys.automation(automation.event, automation.name))]
    ]


def read_answer_marks(
    store: Readable, run: Run, account: str, automation: Automation
) -> StoredAnswerMarks:
    """Read the marks of one answer. Raises MissingError, or FormatError for another format."""
    key = run.keys.automation_marks(account, automation.event, automation.name)
    value = store.read_json(key)
    require_format(value, FORMAT, "marks of an automation")
    return cast(StoredAnswerMarks, value)


def left_out(store: Overlay, run: Run) -> Iterator[str]:
    """Give those automations an empty answer that were never asked; yield their names.

    This is for a simulated run: nobody is asked in it, and answers of the real one count. At an
    event that the run does not have, nobody could have answered the real one either.
    """
    known = events_of(run.steps)
    for one in run.config.automations:
        key = run.keys.automation(one.event, one.name)
        if one.event in known and one.marks and store.find_json(key) is None:
            store.write_json(key, {"format": FORMAT, "outcome": "answered", "accounts": {}})
            yield one.name


def lost_keeps(
    run: Run, automations: Iterable[tuple[Automation, AnswerRecord | None]]
) -> list[str]:
    """Say which automations were to keep resources, but gave no valid answer."""
    return [
        _lost(run, automation)
        for automation, record in automations
        if record is None and "keep" in automation.marks
    ]


def _lost(run: Run, automation: Automation) -> str:
    what = f"the resources that automation {automation.name} keeps are unknown"
    if automation.event in events_of(run.steps):
        return f"{what}: it gave no valid answer at {automation.event} of this run"
    return f"{what}: workflow {run.workflow} has no event {automation.event}"


def automation_of(name: str) -> str:
    """Return the name of an automation in plans and stored protections."""
    return f"{AUTOMATION_PREFIX}{name}"


def who(name: str) -> str:
    """Return a job or an automation in words, by its name in stored protections."""
    if name.startswith(AUTOMATION_PREFIX):
        return f"automation {name.removeprefix(AUTOMATION_PREFIX)}"
    return f"job {name}"
