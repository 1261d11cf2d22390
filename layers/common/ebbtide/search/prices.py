"""Prices in searches: one that the snapshot does not know is neither 0 nor missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ebbtide.language.prices import MONTHLY
from ebbtide.model.lines import ResourceLine
from ebbtide.model.price import NAMES, price_of
from ebbtide.search.truth import NOT_KNOWN


def monthly_of(line: ResourceLine) -> float | None:
    """Return the monthly price of a resource; None if it is unknown."""
    return price_of(line)["monthly"]


def graded_monthly(line: ResourceLine) -> Any:
    """Return the monthly price as conditions see it."""
    found = monthly_of(line)
    return NOT_KNOWN if found is None else found


def price_section(line: ResourceLine) -> dict[str, Any]:
    """Return the section `price` as it is shown; it always has the same names."""
    found: Mapping[str, Any] = price_of(line)
    return {name: found.get(name) for name in NAMES}


def graded_section(line: ResourceLine) -> dict[str, Any]:
    """Return the section `price` as conditions see it."""
    return {**price_section(line), MONTHLY: graded_monthly(line)}
