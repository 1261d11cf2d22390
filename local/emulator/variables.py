"""Fills the caller's user id and name into the resources of policies, which ministack leaves as is.

IAM user guide, "IAM policy elements: Variables and tags": a variable is replaced by the value of
the request's context; a statement with one that has no value matches nothing.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from local.emulator.engine import load

_VARIABLE = re.compile(r"\$\{([^}]+)\}")

FirstMatch = Callable[[Any, list[Any], str], Any]


def install() -> None:
    """Wrap the ministack function that finds the first statement to match a request."""
    evaluator = load("core.iam_evaluator")
    first_match: FirstMatch = evaluator._first_match

    def first_filled(request: Any, statements: list[Any], effect: str) -> Any:
        for statement in statements:
            known = filled(statement, request.principal_keys)
            if known is not None and first_match(request, [known], effect):
                return statement
        return None

    evaluator._first_match = first_filled


def filled(statement: Any, values: Mapping[str, Any]) -> Any | None:
    """Return a statement with its variables filled in; None if one has no value."""
    named = [*statement.resources, *statement.not_resources]
    asked = {name for one in named for name in _VARIABLE.findall(one)}
    if not asked:
        return statement
    known = {name: values.get(name.lower()) for name in asked}
    if None in known.values():
        return None

    def fill(texts: list[str]) -> list[str]:
        return [_VARIABLE.sub(lambda match: str(known[match[1]]), text) for text in texts]

    return replace(
        statement,
        resources=fill(statement.resources),
        not_resources=fill(statement.not_resources),
    )
