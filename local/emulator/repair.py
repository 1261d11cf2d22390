"""Makes Lambda report errors and metrics as AWS does."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from local.emulator.engine import load

_TRACEBACK = "Traceback (most recent call last):"
_EXCEPTION_LINE = re.compile(r"^(?:[\w.]+\.)?(\w+)(?::|$)")

Invoke = Callable[[dict[str, Any], Any, str], dict[str, Any]]


def install() -> None:
    """Wrap the ministack function that runs a handler in a worker process."""
    lambda_svc, cloudwatch = load("services.lambda_svc"), load("services.cloudwatch")
    invoke: Invoke = lambda_svc._execute_function_warm

    def repaired(function: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
        result = invoke(function, event, request_id)
        log = result.get("log") or ""
        for metric in embedded_metrics(log):
            cloudwatch.record_metric(*metric)
        body = result.get("body")
        if result.get("error") and isinstance(body, dict):
            name_error(body, log, request_id)
        return result

    lambda_svc._execute_function_warm = repaired


def name_error(body: dict[str, Any], log: str, request_id: str) -> None:
    """Set `errorType` to the class of the exception, as AWS does.

    Retry and Catch in Step Functions match this name; ministack reports Runtime.HandlerError for
    every exception.
    """
    if body.get("errorType") != "Runtime.HandlerError":
        return
    if body.get("errorMessage") == "Worker process died":
        body["errorType"] = "Runtime.ExitError"
        body["errorMessage"] = f"RequestId: {request_id} Error: Runtime exited"
        return
    start = log.rfind(_TRACEBACK)
    if start < 0:
        return
    lines = log[start:].splitlines()[1:]
    last = next((line for line in lines if line and not line.startswith((" ", "\t"))), "")
    if found := _EXCEPTION_LINE.match(last):
        body["errorType"] = found.group(1)
        body["requestId"] = request_id
        body["stackTrace"] = [line for line in lines if line.startswith("  ")]


def embedded_metrics(log: str) -> Iterator[tuple[str, str, float, str, dict[str, str]]]:
    """Yield the metrics that CloudWatch Logs extracts from embedded metric format lines.

    Each is (namespace, name, value, unit, dimensions).
    """
    for line in log.splitlines():
        if '"_aws"' not in line:
            continue
        try:
            document = json.loads(line[line.index("{") :])
        except ValueError:
            continue
        for block in document.get("_aws", {}).get("CloudWatchMetrics", []):
            yield from _metrics_of(block, document)


def _metrics_of(
    block: dict[str, Any], document: dict[str, Any]
) -> Iterator[tuple[str, str, float, str, dict[str, str]]]:
    for names in block.get("Dimensions") or [[]]:
        dimensions = {name: str(document.get(name)) for name in names}
        for metric in block.get("Metrics", []):
            values = document.get(metric["Name"])
            for value in values if isinstance(values, list) else [values]:
                if isinstance(value, int | float):
                    unit = metric.get("Unit", "None")
                    yield block["Namespace"], metric["Name"], value, unit, dimensions
