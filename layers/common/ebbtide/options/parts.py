"""The option that takes the parts of a selected resource along."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StrictBool

from ebbtide.kinds import concrete_kinds, kinds_of_parts
from ebbtide.options.names import KindName


def _is_part(value: str) -> str:
    if concrete_kinds((value,)).isdisjoint(kinds_of_parts()):
        raise ValueError(f"no {value} is a part of anything; docs/kinds.md lists all parts")
    return value


PartName = Annotated[KindName, AfterValidator(_is_part)]
# False: no parts. True: parts that hold no data. A list: parts of these kinds, too.
WithParts = StrictBool | Annotated[tuple[PartName, ...], Field(min_length=1)]

MEANING = (
    "true: the parts of what it selects go, too, unless they hold data; a list of kinds: parts of "
    "these kinds go as well, whatever they hold"
)
