"""`ebbtide runs watch`: the steps and accounts of a run as they progress, and what is left."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Self

from ebbtide.base.clock import now
from ebbtide.base.durations import describe
from ebbtide.report.progress import Narrator
from ebbtide_cli.accounts import account_names
from ebbtide_cli.errors import UsageError
from ebbtide_cli.machine import SKIPPED, UNDER_WAY, Execution, Machine, State, machine_of
from ebbtide_cli.output import one_line, say, to_terminal
from ebbtide_cli.sources import Source
from ebbtide_cli.starting import current_run

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

LOOK_SECONDS = 3.0
# A state that leaves nothing in the bucket, and in which a run may wait for long.
_WAITING_FOR_CLAIM = "Wait For Holder"


@dataclass(slots=True)
class Log:
    """A progress log: one line per change, with the seconds since the run started.

    On a terminal, a spinner repeats the last line with the time since it was written.
    """

    console: Console
    begun: float = field(default_factory=time.monotonic)
    _last: str = ""
    _live: Progress = field(init=False)
    _task: TaskID | None = None

    def __post_init__(self) -> None:
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

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
        text = one_line(text)
        if text == self._last:
            return
        self._last = text
        from rich.text import Text

        line = Text.assemble((f"{self.seconds:5.0f} s", "dim"), f"  {text}")
        self.console.print(line, soft_wrap=True)
        if self._task is not None:
            self._live.remove_task(self._task)
        self._task = self._live.add_task(Text(text).plain.replace("[", r"\["), total=None)


@dataclass(slots=True)
class Watch:
    """Looks at one run until it ends; `sleep` waits between two looks."""

    machine: Machine
    narrator: Narrator
    log: Callable[[str], None]
    sleep: Callable[[float], None] = time.sleep
    _state: State = field(default_factory=State)

    def until_the_end(self) -> Execution:
        """Log the progress of the run, and return it once it has ended."""
        run_id = self.narrator.run_id
        while True:
            # Ask for the status first: then a run that has ended has left all its results.
            execution = self.machine.find(run_id)
            if execution is None:
                raise UsageError(f"run not found: {run_id}; `ebbtide runs list` lists the runs")
            ended = execution.status not in UNDER_WAY
            for sentence in self._sentences(ended=ended):
                self.log(sentence)
            if ended:
                return execution
            self.sleep(LOOK_SECONDS)

    def _sentences(self, *, ended: bool) -> list[str]:
        found = self.narrator.sentences(ended=ended)
        if ended:
            return found
        before, self._state = self._state, self.machine.state_of(self.narrator.run_id)
        if self._state.name == _WAITING_FOR_CLAIM:
            return [*found[:-1], "waiting for the run under way"]
        # Most hooks answer within a second.
        if self._state == before and before.event:
            return [*found[:-1], f"{before.event}: waiting for its automations and jobs"]
        return found


def watch_run(source: Source, run_id: str | None) -> int:
    """Show the progress of a run until it ends; return 0 only if it succeeded or was skipped.

    Without a run id, it is the run under way, or else the newest one.
    """
    from rich.console import Console

    store = source.open()
    machine = machine_of(source, store)
    run_id = run_id or current_run(store, machine)
    execution = machine.find(run_id)
    if execution is None:
        raise UsageError(f"run not found: {run_id}; `ebbtide runs list` lists the runs")
    before = (now() - execution.started).total_seconds()
    width = None if to_terminal() else 100_000
    console = Console(highlight=False, width=width)
    log = Log(console, time.monotonic() - max(before, 0.0))
    try:
        with log:
            narrator = Narrator(store, run_id, account_names(store))
            execution = Watch(machine, narrator, log).until_the_end()
    except KeyboardInterrupt:
        say(f"The run goes on; `ebbtide runs watch {run_id}` shows it again.")
        raise
    say(ended_in_words(execution))
    return 0 if execution.outcome in ("succeeded", SKIPPED) else 1


def ended_in_words(execution: Execution) -> str:
    took = describe((execution.ended or now()) - execution.started or timedelta())
    outcome = execution.outcome.replace("_", " ")
    if execution.outcome == SKIPPED:
        output: Mapping[str, object] = execution.output or {}
        holder = output.get("holder") or output.get("run_id")
        return f"Run {execution.run_id} was skipped: run {holder} was under way."
    why = f": {execution.error}: {execution.cause}" if execution.error else ""
    verb = "was" if outcome == "stopped" else "has"
    return f"Run {execution.run_id} {verb} {outcome} after {took}{why}"
