"""The properties that must be unchanged when a resource is read again before its deletion."""

from __future__ import annotations

from typing import Any

from ebbtide.base.forms import snake
from ebbtide.kinds import registry
from ebbtide.model.resource import Resource


def fingerprint(resource: Resource) -> dict[str, Any]:
    """Return the fingerprint properties that the kind declares, with their current values."""
    names = registry()[resource.kind].fingerprint
    return {name: resource.properties.get(snake(name)) for name in names}
