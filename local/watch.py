"""Reports progress on the console: the current step, and for how long it has been running."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from ebbtide.store.keys import RunKeys
from local.observation import Look
from local.session import Record, Run, Session, succeeded

_LOOK_SECONDS = 0.5


@dataclass(slots=True)
class Log:
    """A progress log: one line per step, with the seconds since the log was opened.

    On a terminal, a spinner repeats the last line with the seconds since it was written.
    """

    console: Console
    begun: float = field(default_factory=time.monotonic)
    _last: str = ""
    _live: Progress = field(init=False)
    _task: TaskID | None = None

    def __post_init__(self) -> None:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        self._live = Progress(
            *columns,
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.begun

    def __call__(self, text: str) -> None:
        """Write a line, unless it repeats the last one."""
        if text == self._last:
            return
        self._last = text
        self.console.print(f"[dim]{self.seconds:5.0f} s[/]  {text}", soft_wrap=True)
        if self._task is not None:
            self._live.remove_task(self._task)
        self._task = self._live.add_task(text, total=None)


@dataclass(slots=True)
class Narrator:
    """The progress of one run in words; `names` maps account numbers to names."""

    session: Session
    keys: RunKeys
    names: Mapping[str, str]
    _told: int = 0
    _tasks: Counter[str] = field(default_factory=Counter)
    _quarter: int = 0

    def sentences(self, look: Look) -> list[str]:
        """Return the steps that ended since the last look, then what the run is waiting for."""
        ended = [text for event in look.events[self._told :] if (text := result(event))]
        self._told = len(look.events)
        return ended if look.ended else [*ended, *self._awaited(look)]

    def _awaited(self, look: Look) -> list[str]:
        match look.last_event.removeprefix("pre_"):
            case "" | "workflow_started":
                return ["waiting for the first functions of the run to load"]
            case "collect":
                return [self._collecting(look)]
            case "cleanup_plan":
                return [f"cleanup_plan: evaluating the resources of {len(self.names)} accounts"]
            case "cleanup":
                return self._cleaning(look)
            case "generate_metrics":
                return ["generate_metrics: computing the metrics"]
        return []

    def _collecting(self, look: Look) -> str:
        if self.keys.work not in look.objects:
            return "collect: finding the accounts and their regions"
        if not self._tasks:
            work = self.session.bucket.read_json(self.keys.work)
            self._tasks = Counter(task["account"] for task in work)
        left = [name for account, name in self.names.items() if not self._is_read(account, look)]
        read = f"{len(self.names) - len(left)} of {len(self.names)} accounts read"
        if left:
            return f"collect: {read}; waiting for {_listed(left)}"
        return f"collect: {read}; merging the results into one graph per account"

    def _is_read(self, account: str, look: Look) -> bool:
        prefix = f"{self.keys.prefix}tasks/{account}/"
        done = [
            key for key in look.objects if key.startswith(prefix) and key.endswith("/coverage.json")
        ]
        return 0 < self._tasks[account] <= len(done)

    def _cleaning(self, look: Look) -> list[str]:
        """Report only each quarter of the deletions, because there are many small steps."""
        data = look.events[-1]["data"]
        if data["held"] or not data["enabled"]:
            return []
        gone = sum(
            outcome["status"] == "gone"
            for account in self.names
            if self.keys.cleanup(account, "state.json") in look.objects
            for outcome in self.session.outcomes(self.keys, account).values()
        )
        total = data["selected"]
        quarter = 4 * gone // total if total else 0
        if quarter > self._quarter:
            self._quarter = quarter
            return [f"cleanup: {gone} of {total} resources are gone"]
        if quarter == 0:
            return ["cleanup: re-checking every planned resource, then deleting in waves"]
        return []


def result(event: Record) -> str:
    """Return the outcome of a step as a sentence, or an empty text for other events."""
    data: Any = event["data"]
    match event["event"]:
        case "post_collect":
            gaps = "; coverage is incomplete" if data["incomplete"] else ""
            return f"collect: found {data['resources']} resources{gaps}"
        case "post_cleanup_plan":
            return (
                f"cleanup_plan: {data['selected']} resources to delete, {data['refused']} refused, "
                f"{data['undecided']} undecided"
            )
        case "cleanup_held" if not data.get("held", True):
            return f"cleanup: {data['held_resources']} resources are held for lack of an approval"
        case "cleanup_held":
            why = "the plan exceeds a limit"
            if data.get("held_by"):
                why = "an automation holds the plan"
            elif data.get("approval") == "always":
                why = "nobody has approved the plan"
            return f"cleanup: held, because {why}; nothing is deleted"
        case "post_cleanup" if "outcome" in data:
            end = data["outcome"]
            return (
                f"cleanup: {end['gone']} resources are gone, {end['failed']} failed, "
                f"{end['skipped']} skipped"
            )
        case "post_generate_metrics":
            return f"generate_metrics: published {data['samples']} values"
    return ""


def watch(
    log: Log,
    session: Session,
    run_id: str,
    names: Mapping[str, str],
    given: Mapping[str, Any] | None = None,
) -> Run:
    """Start a run and report its progress until it ends. Raises RunError unless it succeeds."""
    narrator = Narrator(session, RunKeys(run_id), names)

    def tell(look: Look) -> None:
        for sentence in narrator.sentences(look):
            log(sentence)

    execution = session.start(run_id, given)
    return succeeded(session.wait(execution, seen=tell, look_seconds=_LOOK_SECONDS))


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
