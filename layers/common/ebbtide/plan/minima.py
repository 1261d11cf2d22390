"""The least price of what a rule, a job or the whole configuration lets go."""

from __future__ import annotations

from ebbtide.config import Config
from ebbtide.plan.leftovers import NAME as LEFTOVERS
from ebbtide.verdict.marks import RULE_PREFIX


def minima(config: Config) -> dict[str, float]:
    """Return the least monthly price of what each rule and job may select, by its name in plans.

    The name "" stands for any other selection.
    """
    least = config.cleanup.skip_below
    found = {"": least, LEFTOVERS: 0.0}
    for rule, options in config.rules.every():
        found[rule.name] = max(least, options.min_monthly)
    for job in config.jobs:
        if job.action.clean is not None:
            found[f"{RULE_PREFIX}{job.name}"] = max(least, job.action.clean.min_monthly)
    return found
