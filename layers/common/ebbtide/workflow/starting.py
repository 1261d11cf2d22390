"""Reads the input of an execution: what to do, and what only this run is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ebbtide.base.errors import InputError
from ebbtide.config.workflows import Workflow
from ebbtide.deployment.events import USUAL_WORKFLOW, WORKFLOWS
from ebbtide.deployment.inputs import ACCOUNT_ID, REGION_NAME, RunInput
from ebbtide.language.errors import most_similar

KEYS = ("accounts", "dry_run", "regions", "wait", "workflow")


def parse_input(given: Any, workflows: Iterable[Workflow] = ()) -> RunInput:
    """Return the input of an execution; raises InputError, which says what is accepted.

    An input that is an event, from EventBridge or its scheduler, starts the full workflow.
    `workflows` are those of the configuration: the input can narrow what they cover, never widen
    it, and says itself whether to wait.
    """
    if given is None or (isinstance(given, dict) and {"detail-type", "source"} <= set(given)):
        given = {}
    if not isinstance(given, dict):
        raise InputError('the input must be a JSON object such as {"workflow": "collect"}')
    unknown = sorted(map(str, set(given) - set(KEYS)))
    if unknown:
        raise InputError(f"unknown input: {', '.join(unknown)}; the keys are {', '.join(KEYS)}")
    own = {one.name: one for one in workflows}
    name = given.get("workflow", USUAL_WORKFLOW)
    if not isinstance(name, str) or name not in {*WORKFLOWS, *own}:
        raise InputError(_unknown(name, tuple(own)))
    accounts = _names(given, "accounts", ACCOUNT_ID, "account ids of 12 digits, as texts")
    regions = _names(given, "regions", REGION_NAME, "regions such as eu-central-1, or global")
    wait, dry_run = _flag(given, "wait"), bool(_flag(given, "dry_run"))
    if name not in own:
        return RunInput(
            workflow=name,
            steps=WORKFLOWS[name],
            wait=bool(wait),
            dry_run=dry_run,
            accounts=accounts,
            regions=regions,
        )
    workflow = own[name]
    return RunInput(
        workflow=name,
        steps=workflow.steps,
        wait=workflow.overlap == "wait" if wait is None else wait,
        dry_run=dry_run or workflow.dry_run,
        accounts=_narrowed(name, "accounts", accounts, workflow.accounts),
        regions=_narrowed(name, "regions", regions, workflow.regions),
    )


def _unknown(name: Any, own: tuple[str, ...]) -> str:
    close = most_similar(name, [*WORKFLOWS, *own]) if isinstance(name, str) else None
    meant = f" (did you mean {close!r}?)" if close else ""
    known = f"built in are {', '.join(WORKFLOWS)}; the configuration has {', '.join(own) or 'none'}"
    return f"unknown workflow {name!r}{meant}; {known}"


def _narrowed(
    name: str, key: str, asked: tuple[str, ...], covered: tuple[str, ...]
) -> tuple[str, ...]:
    """Return what the input asks for of what a workflow covers; empty stands for everything."""
    outside = [one for one in asked if covered and one not in covered]
    if outside:
        raise InputError(
            f"{key}: workflow {name} does not cover {', '.join(outside)}, but {', '.join(covered)}"
        )
    return asked or covered


def _flag(given: dict[str, Any], key: str) -> bool | None:
    """Return a flag; None if it is not given."""
    value = given.get(key)
    if key in given and not isinstance(value, bool):
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
