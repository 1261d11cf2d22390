"""Runs the enabled rules over one account, in the order of the registry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ebbtide.rules import Rules, registry
from ebbtide.rules.finding import Finding
from ebbtide.rules.situation import Situation


def run_rules(situation: Situation, config: Rules, marked: Iterable[Finding] = ()) -> list[Finding]:
    """Return `marked`, the findings of jobs, followed by those of the enabled rules.

    A rule that extends others also sees the earlier selections.
    """
    findings = list(marked)
    for rule in registry().values():
        options = config.of(rule)
        if options.enabled:
            seen = replace(situation, selected=_selected(findings)) if rule.extends else situation
            findings.extend(rule.find(seen, options))
    return findings


def _selected(findings: Iterable[Finding]) -> frozenset[str]:
    return frozenset(
        finding.resource
        for finding in findings
        if finding.verdict == "select" and not finding.unsure
    )
