"""Secrets of stacks are known by their ARN, as the CloudFormation reference says of Ref.

ministack takes the name, which no policy accepts as a resource.
"""

from __future__ import annotations

from typing import Any

from local.emulator.engine import load

_TYPE = "AWS::SecretsManager::Secret"
# Secrets Manager adds a hyphen and six characters to the name.
_SUFFIX = 7


def install() -> None:
    """Return ARNs from the handlers of secrets, and accept them as physical ids."""
    handlers = load("services.cloudformation.provisioners")._RESOURCE_HANDLERS[_TYPE]
    create, update, delete = (handlers[name] for name in ("create", "update", "delete"))

    def created(*given: Any) -> tuple[str, dict[str, str]]:
        return _by_arn(create(*given))

    def updated(physical_id: str, *given: Any, **rest: Any) -> tuple[str, dict[str, str]]:
        return _by_arn(update(_name(physical_id), *given, **rest))

    def deleted(physical_id: str, *given: Any) -> None:
        delete(_name(physical_id), *given)

    handlers |= {"create": created, "update": updated, "delete": deleted}


def _by_arn(found: tuple[str, dict[str, str]]) -> tuple[str, dict[str, str]]:
    _, attributes = found
    return attributes["Arn"], attributes


def _name(physical_id: str) -> str:
    return physical_id.rpartition(":secret:")[2][:-_SUFFIX]
