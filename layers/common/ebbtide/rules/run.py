"""Runs the enabled rules over an inventory, in a fixed order."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ebbtide.config import RulesConfig
from ebbtide.rules.alarms import orphaned_alarms
from ebbtide.rules.expired import expired
from ebbtide.rules.load_balancers import idle_load_balancers
from ebbtide.rules.situation import Situation
from ebbtide.rules.untagged import untagged
from ebbtide.rules.volumes import detached_volumes
from ebbtide.rules.vpcs import abandoned_vpcs
from ebbtide.verdict.finding import Finding

# Each takes the situation and its own options. The vpcs rule comes last, because it extends what
# the others selected.
RULES: dict[str, Callable[..., Iterable[Finding]]] = {
    "expired": expired,
    "untagged": untagged,
    "volumes": detached_volumes,
    "load_balancers": idle_load_balancers,
    "alarms": orphaned_alarms,
}


def run_rules(
    situation: Situation, config: RulesConfig, marked: Iterable[Finding] = ()
) -> list[Finding]:
    """What the enabled rules find, after what was marked before: the vpcs rule extends both."""
    findings: list[Finding] = list(marked)
    for name, rule in RULES.items():
        options = getattr(config, name)
        if options.enabled:
            findings.extend(rule(situation, options))
    if config.vpcs.enabled:
        findings.extend(abandoned_vpcs(situation, findings))
    return findings
