"""Field types for account ids and names of kinds."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, StringConstraints, WithJsonSchema

from ebbtide.kinds import known_kinds
from ebbtide.options.mistakes import UnknownNameError


def _account_text(value: object) -> object:
    # YAML reads an unquoted account id as an integer. It reads one with a leading zero as octal,
    # so the number is shorter than 12 digits and is rejected.
    if isinstance(value, int) and not isinstance(value, bool) and len(str(value)) == 12:
        return str(value)
    return value


def _known_kind(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value not in known_kinds():
        raise UnknownNameError("kind", value, known_kinds, "docs/kinds.md lists all kinds")
    return value


AccountId = Annotated[
    str,
    BeforeValidator(_account_text),
    StringConstraints(pattern=r"^\d{12}$"),
    WithJsonSchema({"type": "string", "pattern": r"^\d{12}$"}),
]
KindName = Annotated[str, BeforeValidator(_known_kind)]
