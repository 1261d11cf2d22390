"""Faults that tests inject: calls that are denied, throttled or fail, and killed functions."""

import os
import signal
from dataclasses import asdict, dataclass
from typing import Any

from local.emulator.engine import Answer, load
from local.emulator.wire import Call, denied_code, error_answer, principal_of, throttled_code

PATH = "/_local/faults"
_IAM_PREFIXES = {"monitoring": "cloudwatch"}
_EFFECTS = ("deny", "throttle", "error", "kill")


@dataclass(slots=True)
class Fault:
    """One rule: of the calls that match, the first `skip` pass and the next `times` (or all) fail.

    `contains` must occur in one of the call's parameters, for example in an object's key. `passed`
    counts the calls skipped so far, `fired` those that failed.
    """

    service: str
    action: str
    effect: str
    account: str | None = None
    region: str | None = None
    contains: str = ""
    code: str | None = None
    status: int = 400
    times: int | None = None
    skip: int = 0
    function: str | None = None
    passed: int = 0
    fired: int = 0

    def __post_init__(self) -> None:
        if self.effect not in _EFFECTS:
            raise ValueError(f"effect must be one of {', '.join(_EFFECTS)}, not {self.effect!r}")
        if self.effect == "error" and not self.code:
            raise ValueError("effect 'error' requires a code")
        if self.effect == "kill" and not self.function:
            raise ValueError("effect 'kill' requires a function")

    def matches(self, call: Call, account: str) -> bool:
        """Check whether this rule applies to a call; action `*` matches every action."""
        return (
            self.service == call.service
            and self.action in (call.action, "*")
            and self.account in (account, None)
            and self.region in (call.region, None)
            and any(self.contains in value for value in ("", *call.params.values()))
        )

    def strikes(self) -> bool:
        """Count one matching call, and return whether it must fail."""
        if self.passed < self.skip:
            self.passed += 1
            return False
        if self.times is not None and self.fired >= self.times:
            return False
        self.fired += 1
        return True


_faults: list[Fault] = []


def replace(rules: list[dict[str, Any]]) -> None:
    """Replace all rules. Raises ValueError or TypeError if one is invalid."""
    _faults[:] = [Fault(**rule) for rule in rules]


def shown() -> list[dict[str, Any]]:
    """Return the rules with their counters."""
    return [asdict(fault) for fault in _faults]


def inject(call: Call, account: str) -> Answer | None:
    """Return the answer of the first fault that fires, or None if none does."""
    for fault in _faults:
        if fault.matches(call, account) and fault.strikes():
            return _answer(fault, call)
    return None


def _answer(fault: Fault, call: Call) -> Answer:
    if fault.effect == "deny":
        asked = f"{_IAM_PREFIXES.get(call.signed_for, call.signed_for)}:{call.action}"
        message = (
            f"User: {principal_of(call.access_key)} is not authorized to perform: {asked} "
            f"because no identity-based policy allows the {asked} action"
        )
        status = 400 if call.protocol == "json" else 403
        return error_answer(call, fault.code or denied_code(call), message, status)
    if fault.effect == "throttle":
        code, status = throttled_code(call)
        return error_answer(call, fault.code or code, "Rate exceeded", status)
    if fault.effect == "kill":
        kill_workers(fault.function or "")
        return error_answer(call, "InternalError", "The caller was killed.", 500)
    code = fault.code or "InternalError"
    return error_answer(call, code, f"{code} was injected by a test.", fault.status)


def kill_workers(function: str) -> None:
    """Kill the busy worker processes of all functions whose name contains this text."""
    runtime = load("core.lambda_runtime")
    with runtime._lock:
        workers = [one for pool in runtime._workers.values() for one in pool]
    for worker in workers:
        process = worker._proc
        if worker.in_use and process and function in worker.func_name and process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
