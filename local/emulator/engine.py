"""Imports the ministack modules that this package patches, and checks ministack's version."""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

SUPPORTED_VERSION = "1.5.33"

Params = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]


def check_version() -> str | None:
    """Return the reason why this interpreter cannot run the emulator, or None if it can."""
    try:
        found = version("ministack")
    except PackageNotFoundError:
        found = "none"
    if found == SUPPORTED_VERSION:
        return None
    return (
        f"the emulator requires ministack {SUPPORTED_VERSION}, because it patches internals of "
        f"exactly that version; this interpreter has {found}"
    )


def load(name: str) -> Any:
    """Import a ministack module by name: ministack is not installed in the project's own venv."""
    return import_module(f"ministack.{name}")


def param(params: Params, key: str, default: str = "") -> str:
    """Return a parameter of a query request, which ministack stores as text or a list of texts."""
    value = params.get(key, default)
    if isinstance(value, list):
        value = value[0] if value else default
    return str(value)


def member_list(params: Params, prefix: str) -> list[str]:
    """Return the values of a numbered list such as `InstanceId.1` or `Names.member.1`."""
    values: list[str] = []
    while value := param(params, f"{prefix}.{len(values) + 1}"):
        values.append(value)
    return values
