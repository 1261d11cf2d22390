"""The modules of ministack that this package corrects, imported in one place."""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

SUPPORTED_VERSION = "1.5.33"

Params = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]


def check_version() -> str | None:
    """Return why this interpreter cannot run the emulator, or None when it can."""
    try:
        found = version("ministack")
    except PackageNotFoundError:
        found = "none"
    if found == SUPPORTED_VERSION:
        return None
    return (
        f"The emulator needs ministack {SUPPORTED_VERSION} because it corrects internals of "
        f"exactly that version, but this interpreter has {found}."
    )


def load(name: str) -> Any:
    """Import a module of ministack; untyped, and absent from the project's own environment."""
    return import_module(f"ministack.{name}")


def param(params: Params, key: str, default: str = "") -> str:
    """Return a parameter of a query request; services keep them as text or as lists of text."""
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
