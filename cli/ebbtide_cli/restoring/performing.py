"""Makes the calls of a restoration; each may be made again after an interruption."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from ebbtide.aws import AccountSession
from ebbtide.aws.failures import code_of, message_of
from ebbtide.base.paths import getter, values
from ebbtide.model.service import service
from ebbtide_cli.restoring.presence import Looker
from ebbtide_cli.restoring.steps import Step, Work

# Errors in an answer that is otherwise a success: of DeleteFlowLogs' kin, and of PutTargets.
_FAILURES = ("Unsuccessful[].Error.Message", "FailedEntries[].ErrorMessage")
_EXISTS = re.compile(r"Exist|Duplicate|AlreadyIn|NameInUse")
# How long a new resource is waited for, and how often it is asked for.
_LONGEST_WAIT, _PAUSE = 900.0, 5.0


class RestoreError(Exception):
    """AWS did not make a call; `exists` if it says that there is such a resource."""

    def __init__(self, message: str, *, exists: bool = False) -> None:
        super().__init__(message)
        self.exists = exists


@dataclass(slots=True)
class Performer:
    """Makes calls in one account and region, and tells each."""

    session: AccountSession
    region: str
    tell: Callable[[str], None] = lambda _: None
    sleep: Callable[[float], None] = time.sleep
    made: list[Step] = field(default_factory=list)

    def make(self, step: Step) -> str | None:
        """Make a call and return what its items path finds. Raises RestoreError."""
        client = self.session.client(step.call.service, self.region)
        try:
            answer = getattr(client, step.call.operation)(**step.arguments)
        except ClientError as error:
            if code_of(error) in step.done:
                self.tell(f"{step.title}: done already")
                return None
            exists = bool(_EXISTS.search(code_of(error)))
            text = f"{step.title}: {code_of(error)}: {message_of(error)}"
            raise RestoreError(text, exists=exists) from error
        except (BotoCoreError, ParamValidationError) as error:
            raise RestoreError(f"{step.title}: {error}") from error
        self.made.append(step)
        for reason in (text for path in _FAILURES for text in values(path, answer)):
            raise RestoreError(f"{step.title}: {reason}")
        self.tell(step.title)
        return self._found(step, answer)

    def _found(self, step: Step, answer: Any) -> str | None:
        if step.call.items is None:
            return None
        found = getter(step.call.items)(answer)
        prefix = service(step.call.service).id_prefix
        return None if found is None else re.sub(prefix, "", str(found)) if prefix else str(found)

    def wait(self, looker: Looker, work: Work) -> None:
        """Wait until a new resource is ready for the calls that follow. Raises RestoreError."""
        ready = work.declared.ready
        if ready is None:
            return
        waited = 0.0
        while waited < _LONGEST_WAIT:
            found = looker.read(work.stored.subject)
            if found is not None and getter(ready)(found.description.item):
                return
            self.sleep(_PAUSE)
            waited += _PAUSE
        raise RestoreError(f"it is not ready after {_LONGEST_WAIT / 60:.0f} minutes: {ready}")

    def follow(self, work: Work, new: str) -> list[str]:
        """Make the calls that follow; return why some were not made. One keeps no other back."""
        failed = []
        for step in work.follows(new):
            if step.missing:
                failed.append(f"{step.title}: it names {', '.join(step.missing)}, which is gone")
                continue
            try:
                self.make(step)
            except RestoreError as error:
                failed.append(str(error))
        return failed
