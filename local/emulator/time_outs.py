"""Time-outs of tasks that come from their input, which ministack ignores."""

from typing import Any

from local.emulator.engine import load


def install() -> None:
    """Let TimeoutSecondsPath decide, as the Amazon States Language says of Task states."""
    machine = load("services.stepfunctions")
    execute = machine._execute_task

    def with_time_out(state: dict[str, Any], given: Any, *rest: Any, **options: Any) -> Any:
        path = state.get("TimeoutSecondsPath")
        if path is not None:
            seconds = machine._resolve_path(path, given)
            if type(seconds) is not int or seconds <= 0:
                raise machine._ExecutionError(
                    "States.Runtime", f"{path} is no positive number of seconds: {seconds!r}"
                )
            state = {**state, "TimeoutSeconds": seconds}
        return execute(state, given, *rest, **options)

    machine._execute_task = with_time_out
