"""Says if AWS failed a deletion that it had accepted, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ebbtide.base.paths import getter
from ebbtide.cleanup.read_again import Description
from ebbtide.model.deletion import Delete


def is_failed(delete: Delete, found: Description) -> bool:
    """Return whether AWS says that it failed the deletion of a resource."""
    return delete.failed is not None and bool(getter(delete.failed)(found.document))


def reason_of(delete: Delete, found: Description) -> str:
    """Return AWS's reason for a failed deletion; without one, the state that says so."""
    why = getter(delete.why)(found.document) if delete.why else None
    return _text(why) or str(delete.failed)


def _text(value: Any) -> str:
    """Return a reason as text: AWS gives texts, structures of them, or lists of these."""
    if isinstance(value, Mapping):
        return " ".join(filter(None, map(_text, value.values())))
    if isinstance(value, (list, tuple)):
        return "; ".join(filter(None, map(_text, value)))
    return "" if value is None else str(value)
