"""Runs the enabled rules over one account, in the order of the registry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from ebbtide.options.parts import WithParts
from ebbtide.rules import Rules
from ebbtide.rules.finding import Finding
from ebbtide.rules.parts import Taking, with_parts
from ebbtide.rules.rule import WholeOptions
from ebbtide.rules.situation import Situation

NOBODY: Mapping[str, WithParts] = MappingProxyType({})


def run_rules(
    situation: Situation,
    config: Rules,
    marked: Iterable[Finding] = (),
    takers: Mapping[str, WithParts] = NOBODY,
) -> list[Finding]:
    """Return `marked`, the findings of jobs and searches, followed by those of the enabled rules.

    `takers` says which jobs take parts along, by their names in findings. A rule that extends
    others also sees the earlier selections, including the parts.
    """
    findings = list(marked)
    enabled = [(rule, options) for rule, options in config.every() if options.enabled]
    for rule, options in enabled:
        if not rule.extends:
            findings.extend(rule.find(situation, options))
    asked = dict(takers)
    for rule, options in enabled:
        if isinstance(options, WholeOptions):
            asked[rule.name] = options.with_parts
    takings = [one for name, parts in asked.items() if (one := Taking.of(name, parts)) is not None]
    findings.extend(with_parts(situation, takings, findings))
    for rule, options in enabled:
        if rule.extends:
            seen = replace(situation, selected=_selected(findings))
            findings.extend(rule.find(seen, options))
    return findings


def _selected(findings: Iterable[Finding]) -> frozenset[str]:
    return frozenset(
        finding.resource
        for finding in findings
        if finding.verdict == "select" and not finding.unsure
    )
