"""How much less a resource would cost if some of its properties were others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ebbtide.model.lines import ResourceLine
from ebbtide.prices.estimating import Estimator

type Others = Mapping[str, str | int | bool | Mapping[str, str]]


class Difference(NamedTuple):
    """USD a month that are saved; None if unknown, and why. Negative: it would cost more."""

    monthly: float | None
    why: str = ""


def difference(line: ResourceLine, instead: Others, estimator: Estimator) -> Difference:
    """Return how much less a resource would cost with other properties, at the same prices.

    `instead` maps properties to values, or to a mapping of beginnings of their text to others.
    """
    others: dict[str, Any] = {}
    for name, value in instead.items():
        found = _begun(line["properties"].get(name), value) if isinstance(value, Mapping) else value
        if found is None:
            shown = name.replace("_", " ")
            return Difference(None, f"nothing is declared to take the place of its {shown}")
        others[name] = found
    changed: ResourceLine = {**line, "properties": {**line["properties"], **others}}
    now, then = estimator.estimate(line), estimator.estimate(changed)
    if now.monthly is None:
        return Difference(None, f"its price is unknown: {now.why}")
    if then.monthly is None:
        return Difference(None, f"the price of the other is unknown: {then.why}")
    return Difference(float(now.monthly - then.monthly))


def _begun(text: Any, beginnings: Mapping[str, str]) -> str | None:
    for begin, other in beginnings.items():
        if isinstance(text, str) and text.startswith(begin):
            return other + text.removeprefix(begin)
    return None
