"""Whether deleting a candidate saves enough: `cleanup.skip_below` and `min_monthly`.

What a candidate saves is its own price and those of what goes with it: what AWS deletes together
with it, and the parts that were selected because of it. A part needs no minimum of its own, as long
as the whole goes; and what stays for another reason may leave the rest too cheap.
"""

from __future__ import annotations

from collections.abc import Iterable

from ebbtide.model.price import amount, price_words
from ebbtide.model.resource import Resource
from ebbtide.plan.draft import Draft


def check_worth(draft: Draft, name: str) -> bool:
    """Refuse a candidate that is too cheap, and doubt one that may be; return whether it passes."""
    selections = draft.found[name].remaining(draft.is_rejected).selections
    least = min(0.0 if one.part_of is not None else draft.minimum(one.rule) for one in selections)
    if not least:
        return True
    with_it = [draft.inventory[one] for one in _going_along(draft, name)]
    known = [one.price["monthly"] for one in with_it]
    worth = round(sum(price for price in known if price is not None), 4)
    if worth >= least:
        return True
    unknown = [one for one in with_it if one.price["monthly"] is None]
    if unknown:
        what = f"it may cost less than the minimum of {amount(least)} a month"
        draft.doubt(name, "price_unknown", f"{what}: {_why(draft.inventory[name], unknown)}")
    else:
        together = "" if len(with_it) == 1 else f", together with {len(with_it) - 1} that go along"
        reason = f"it costs {amount(worth)} a month{together}; the minimum is {amount(least)}"
        draft.refuse(name, "too_cheap", reason)
    return False


def _why(resource: Resource, unknown: list[Resource]) -> str:
    first = unknown[0]
    if first is resource:
        return price_words(first.price)
    return f"of {first.kind} {first.name}, which goes along, {price_words(first.price)}"


def _going_along(draft: Draft, name: str) -> Iterable[str]:
    """Return a candidate, what AWS deletes with it, and its parts that go, each once."""
    found = {name: None}
    waiting = [name]
    while waiting:
        one = waiting.pop()
        owned = (resource.graph_id for resource in draft.inventory.targets(one, "owns"))
        parts = (part for part in draft.parts_of.get(one, ()) if not draft.is_rejected(part))
        for other in (*owned, *parts):
            if other not in found:
                found[other] = None
                waiting.append(other)
    return found
