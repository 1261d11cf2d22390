"""Reads the input of an execution: what to do, and what only this run is asked for."""

from __future__ import annotations

import re
from typing import Any

from ebbtide.base.errors import InputError
from ebbtide.deployment.events import USUAL_WORKFLOW, WORKFLOWS
from ebbtide.deployment.inputs import ACCOUNT_ID, REGION_NAME, RunInput

KEYS = tuple(RunInput.model_fields)


def parse_input(given: Any) -> RunInput:
    """Return the input of an execution; raises InputError, which says what is accepted.

    An input that is an event, from EventBridge or its scheduler, starts the full workflow.
    """
    if given is None or (isinstance(given, dict) and {"detail-type", "source"} <= set(given)):
        given = {}
    if not isinstance(given, dict):
        raise InputError('the input must be a JSON object such as {"workflow": "collect"}')
    unknown = sorted(map(str, set(given) - set(KEYS)))
    if unknown:
        known = ", ".join(sorted(KEYS))
        raise InputError(f"unknown input: {', '.join(unknown)}; the keys are {known}")
    workflow = given.get("workflow", USUAL_WORKFLOW)
    if not isinstance(workflow, str) or workflow not in WORKFLOWS:
        raise InputError(f"unknown workflow {workflow!r}; use one of {', '.join(WORKFLOWS)}")
    return RunInput(
        workflow=workflow,
        wait=_flag(given, "wait"),
        dry_run=_flag(given, "dry_run"),
        accounts=_names(given, "accounts", ACCOUNT_ID, "account ids of 12 digits, as texts"),
        regions=_names(given, "regions", REGION_NAME, "regions such as eu-central-1, or global"),
    )


def _flag(given: dict[str, Any], key: str) -> bool:
    value = given.get(key, False)
    if not isinstance(value, bool):
        raise InputError(f"{key} must be true or false, not {value!r}")
    return value


def _names(given: dict[str, Any], key: str, pattern: str, what: str) -> tuple[str, ...]:
    """Return the texts of a list, each once. An empty list is refused, because it may be a slip."""
    values = given.get(key)
    if values is None:
        return ()
    if not isinstance(values, list) or not values:
        raise InputError(f"{key} must be a list of {what}; leave it out for all of them")
    for value in values:
        if not isinstance(value, str) or re.fullmatch(pattern, value) is None:
            raise InputError(f"{key}: {value!r} is not among {what}")
    return tuple(dict.fromkeys(values))
