"""The exceptions that the package raises.

EbbtideError
├── SettingsError        the deployment is wrong, e.g. an environment variable is missing
├── ConfigError          the configuration is invalid; the run must not start
├── InputError           the execution input is invalid
├── LateAnswerError      the run no longer waits for an automation's answer
├── PlanError            a plan cannot be made, or belongs to another run
├── JobError             a job failed; its record says why
├── DigestError          a digest could not be sent
├── EventError           the event bus refuses an event of the run
├── ConflictError        another writer changed the object first
├── MissingError         a required object does not exist
├── FormatError          another version of Ebbtide wrote the object in another format
├── AccessError          the account's role cannot be assumed, or belongs to another account
├── CallError            AWS rejected a call, or the call failed
└── IncompleteError      something could not be read completely
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

# Problems that a message lists, and characters that it quotes of each.
_SHOWN, _LONGEST = 20, 400


class EbbtideError(Exception):
    """Base class of the package's exceptions."""


class SettingsError(EbbtideError):
    """An environment variable is missing or malformed; fix the deployment."""


class Problem(NamedTuple):
    """A mistake in a configuration: where it is and what to change.

    `line` and `column` start at 1; `path` is the key, or empty for a mistake in the text itself.
    """

    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        return f"line {self.line}: {where}{self.message}"


class ConfigError(EbbtideError):
    """The configuration is invalid; the message names the line and what to change.

    `problems` are all mistakes; the message lists the first of them, so that it fits into an event.
    """

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> Self:
        lines = [shortened(str(problem)) for problem in problems[:_SHOWN]]
        left = len(problems) - len(lines)
        if left:
            lines.append(f"and {left} more; `ebbtide config validate` lists all of them")
        return cls("\n".join(lines), problems)


def shortened(text: str) -> str:
    """Return a text of one line, cut if it is longer than a message should be."""
    line = " ".join(text.split("\n"))
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."


class InputError(EbbtideError):
    """The execution input is invalid; the message lists what is accepted."""


class LateAnswerError(EbbtideError):
    """An automation answered too late: its time-out is over, or the run has ended."""


class PlanError(EbbtideError):
    """A plan is missing, damaged or belongs to another run."""


class JobError(EbbtideError):
    """A job failed. The run and its other jobs continue."""


class DigestError(EbbtideError):
    """A digest could not be sent to somebody; the others were."""


class EventError(EbbtideError):
    """The event bus refuses an event. Nothing is done that the event should have announced."""


class ConflictError(EbbtideError):
    """Another writer won a conditional write; read the object again before retrying."""


class MissingError(EbbtideError):
    """An object in the bucket does not exist."""


class FormatError(EbbtideError):
    """An object has another version's format; let that version finish, or start a new run."""


class AccessError(EbbtideError):
    """The role of an account cannot be assumed, or it belongs to another account."""

    def __init__(self, message: str, code: str = "AccessDenied") -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class CallError(EbbtideError):
    """One AWS call failed; the message names the call, the account, the region and AWS's answer."""

    service: str
    operation: str
    code: str
    message: str
    account: str
    region: str
    # The HTTP status of the answer; 0 if there was none.
    status: int = 0

    def __str__(self) -> str:
        return (
            f"{self.service}:{self.operation} in {self.account}/{self.region}: "
            f"{self.code}: {self.message}"
        )


class IncompleteError(EbbtideError):
    """Something could not be read completely, so nothing may be concluded from its absence."""
