"""Shows progress on the console: steps that take a while, and a run as its events come in."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.status import Status

from local.session import ENDED, RUN_SECONDS, Run, RunError, Session

_SHOWN = ("resources", "accounts", "incomplete", "selected", "refused", "undecided", "samples")


@dataclass(slots=True)
class Steps:
    """A spinner whose finished steps stay on the screen with the time they took."""

    console: Console
    status: Status | None = None
    text: str = ""
    begun: float = 0.0

    def __enter__(self) -> Steps:
        self.status = self.console.status("")
        self.status.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._finish("[red]✗[/]" if kind else "[green]✓[/]")
        if self.status:
            self.status.stop()

    def __call__(self, text: str) -> None:
        """Finish the step before and begin this one."""
        self._finish("[green]✓[/]")
        self.text, self.begun = text, time.monotonic()
        if self.status:
            self.status.update(text)

    def note(self, text: str) -> None:
        """Add to what will be said of the step when it is finished."""
        self.text = f"{self.text}: {text}" if text else self.text

    def _finish(self, sign: str) -> None:
        if self.text:
            took = time.monotonic() - self.begun
            self.console.print(f"{sign} {self.text} [dim]{took:.1f} s[/]")
        self.text = ""


def watch(console: Console, session: Session, run_id: str) -> Run:
    """Start a run and tell of its steps until it ends; raises RunError unless it succeeds."""
    execution = session.start(run_id)
    console.print(f"[dim]{execution}[/]", soft_wrap=True)
    deadline, told = time.monotonic() + RUN_SECONDS, 0
    with Steps(console) as say:
        while time.monotonic() < deadline:
            ended = session.status(execution) in ENDED
            events = session.events(run_id)
            for event in events[told:]:
                _tell(say, event)
            told = len(events)
            if ended:
                break
            time.sleep(0.3)
    run = session.wait(execution, seconds=1)
    if run.status != "SUCCEEDED":
        raise RunError(f"Run {run_id} ended as {run.status}: {run.error}: {run.cause}")
    return run


def _tell(say: Steps, event: dict[str, Any]) -> None:
    name: str = event["event"]
    if name.startswith("pre_"):
        say(name.removeprefix("pre_"))
    elif name.startswith("post_"):
        counts = [f"{event['data'][key]} {key}" for key in _SHOWN if key in event["data"]]
        say.note(", ".join(counts))
