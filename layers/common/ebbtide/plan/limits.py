"""Promise 7: a plan that exceeds a limit is held as a whole, never trimmed to fit.

Shares are of what can be deleted: what AWS itself put into an account is never planned, so it is
no measure. They count what the runs of the last day have deleted as well, because a small share an
hour is a large one a day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ebbtide.config import Limits
from ebbtide.model.price import amount
from ebbtide.model.savings import Money
from ebbtide.plan.deletions import NOTHING, Deletions
from ebbtide.plan.model import Plan


def exceeded_limits(
    plans: Sequence[Plan], limits: Limits, deleted: Deletions = NOTHING
) -> list[str]:
    """Return one sentence per limit that the plans of a run exceed; empty if they may proceed.

    `deleted` is what earlier runs have deleted within a day.
    """
    earlier = deleted.counts
    planned = [entry for plan in plans for entry in plan.planned]
    by_account = Counter({plan.account: len(plan.planned) for plan in plans})
    by_kind = Counter(entry.subject.kind for entry in planned)
    found = _above("the run", Counter({"": len(planned)}), limits.per_run)
    found += _above("account", by_account, limits.per_account)
    found += _above("kind", by_kind, limits.per_kind)
    found += _above(
        "rule", Counter(rule for entry in planned for rule in entry.rules), limits.per_rule
    )
    gone_by_account = Counter({name: kinds.total() for name, kinds in earlier.items()})
    gone_by_kind: Counter[str] = sum(earlier.values(), Counter())
    found += _above_per_day(
        "all accounts",
        Counter({"": len(planned)}),
        Counter({"": gone_by_account.total()}),
        limits.per_day,
    )
    found += _above_per_day("account", by_account, gone_by_account, limits.per_account_per_day)
    of_account = Counter({plan.account: sum(plan.deletable.values()) for plan in plans})
    of_kind: Counter[str] = sum((Counter(plan.deletable) for plan in plans), Counter())
    least = limits.percent_applies_from
    found += _above_share(
        "in account", by_account, of_account, gone_by_account, limits.percent_of_account, least
    )
    found += _above_share("of kind", by_kind, of_kind, gone_by_kind, limits.percent_of_kind, least)
    prices = [entry.monthly for entry in planned]
    holds = limits.unknown_prices == "hold"
    found += _above_amount("what is planned", prices, limits.monthly, "the limit", holds=holds)
    # What costs nothing adds nothing to the day, whatever was deleted before.
    if any(one is None or one > 0 for one in prices):
        both = "what is planned and what was deleted in the last 24 hours, together,"
        prices += deleted.prices
        limit = limits.monthly_per_day
        found += _above_amount(both, prices, limit, "the limit per day", holds=holds)
    return found


def _above_amount(
    what: str, prices: Sequence[float | None], limit: float | None, name: str, *, holds: bool
) -> list[str]:
    """Return what holds a plan because of a sum of prices; `holds`: unknown ones may be any."""
    if limit is None:
        return []
    money = Money.of(prices)
    said = f"{name} is {amount(limit)} a month"
    if money.monthly > limit:
        return [f"{what} costs {money.words}; {said}"]
    if money.unknown and holds:
        return [f"{what} may cost more than {money.words}; {said}"]
    return []


def _above(what: str, counts: Counter[str], limit: int) -> list[str]:
    return [
        f"{count} resources are planned for {f'{what} {name}'.strip()}; the limit is {limit}"
        for name, count in sorted(counts.items())
        if count > limit
    ]


def _above_per_day(what: str, counts: Counter[str], earlier: Counter[str], limit: int) -> list[str]:
    return [
        f"{count} resources are planned for {f'{what} {name}'.strip()}, and {earlier[name]} were "
        f"deleted in the last 24 hours; the limit per day is {limit}"
        for name, count in sorted(counts.items())
        if count and count + earlier[name] > limit
    ]


def _above_share(
    what: str,
    counts: Counter[str],
    deletable: Counter[str],
    earlier: Counter[str],
    limit: float,
    least: int,
) -> list[str]:
    found = []
    for name, planned in sorted(counts.items()):
        count, whole = planned + earlier[name], deletable[name] + earlier[name]
        # A few resources can be a large share of a small account.
        if not planned or count < least or 100 * count <= limit * whole:
            continue
        also = (
            f", {earlier[name]} of them already deleted in the last 24 hours"
            if earlier[name]
            else ""
        )
        found.append(
            f"{100 * count / whole:.0f} % of what can be deleted {what} {name} are planned "
            f"({count} of {whole} resources{also}); the limit is {limit:g} %"
        )
    return found
