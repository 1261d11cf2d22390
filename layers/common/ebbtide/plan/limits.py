"""Promise 7: a plan that exceeds a limit is held as a whole, never trimmed to fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ebbtide.config import Limits
from ebbtide.plan.model import Plan


def exceeded_limits(plans: Iterable[Plan], limits: Limits) -> list[str]:
    """Return one sentence per limit that the plans of a run exceed; empty if they may proceed."""
    plans = list(plans)
    planned = [entry for plan in plans for entry in plan.planned]
    found = _above("the run", Counter({"": len(planned)}), limits.per_run)
    found += _above(
        "account", Counter({plan.account: len(plan.planned) for plan in plans}), limits.per_account
    )
    found += _above("kind", Counter(entry.subject.kind for entry in planned), limits.per_kind)
    found += _above(
        "rule", Counter(rule for entry in planned for rule in entry.rules), limits.per_rule
    )
    for plan in plans:
        found += _above_percentage(plan, limits)
    return found


def _above(what: str, counts: Counter[str], limit: int) -> list[str]:
    return [
        f"{count} resources are planned for {f'{what} {name}'.strip()}; the limit is {limit}"
        for name, count in sorted(counts.items())
        if count > limit
    ]


def _above_percentage(plan: Plan, limits: Limits) -> list[str]:
    count = len(plan.planned)
    # A few resources can be a large share of a small account.
    if count < limits.percent_applies_from or not plan.resource_count:
        return []
    percent = 100 * count / plan.resource_count
    if percent <= limits.percent_of_account:
        return []
    return [
        f"{percent:.0f} % of account {plan.account} ({count} of {plan.resource_count} resources) "
        f"are planned; the limit is {limits.percent_of_account:g} %"
    ]
