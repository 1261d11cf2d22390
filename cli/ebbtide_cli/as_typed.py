"""Options that need no conversion: texts, choices, and those that were not given.

Typer converts every value, even a missing one, with pydantic, which takes longer to import than
all of Typer. What needs a conversion is still left to Typer, and so is every error.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any, get_args, get_origin


def spare_conversions(params: Iterable[Any]) -> None:
    """Let Typer take the values of parameters as they are, where they need no conversion."""
    for param in params:
        # Typer sets it at the first conversion. Without such an attribute, it converts all values.
        if getattr(param, "_runtime_param", True) is None:
            param._runtime_param = _AsTyped()


class _AsTyped:
    """Stands for Typer's conversion of one parameter."""

    def coerce(self, value: Any, *, param: Any, ctx: Any) -> Any:
        """Return the value for the command; leave to Typer what is more than a text."""
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        if value is param.default:
            return value
        wanted = param.type_descriptor.annotation
        with suppress(TypeError, ValueError):
            if get_origin(wanted) is list and isinstance(value, (list, tuple)):
                return [_text(get_args(wanted)[0], one) for one in value]
            return _text(wanted, value)
        param._runtime_param = None
        return param.get_runtime_param().coerce(value, param=param, ctx=ctx)


def _text(wanted: Any, value: Any) -> str:
    """Return a text or choice. Raises TypeError or ValueError if it is neither."""
    if not (isinstance(value, str) and issubclass(wanted, str)):
        raise TypeError
    text: str = wanted(value)
    return text
