"""Guardrails are deleted only where the configuration allows it for their kind."""

from __future__ import annotations

from collections.abc import Collection

from ebbtide.kinds import concrete_kinds, registry


def kept_guardrail(kind: str, allowed: Collection[str], *, with_stack: bool = False) -> str | None:
    """Return why a resource of this kind stays as a guardrail, or None.

    `allowed` is `cleanup.allow_guardrails`. `with_stack`: it would only go together with its owner,
    as the role of a stack does.
    """
    guardrail = registry()[kind].guardrail
    if guardrail is None or kind in concrete_kinds(allowed):
        return None
    if with_stack and guardrail.with_stack:
        return None
    return f"it is a guardrail: {guardrail.why}; cleanup.allow_guardrails does not name {kind}"
