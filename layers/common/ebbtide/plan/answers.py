"""What each rule, job and automation says about one resource: yes, no or unknown, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ebbtide.config import Automation, Job
from ebbtide.deployment.events import is_after
from ebbtide.model.resource import Resource
from ebbtide.plan.basis import Decided
from ebbtide.plan.leftovers import NAME as LEFTOVERS
from ebbtide.rules.finding import Finding
from ebbtide.rules.rule import Rule
from ebbtide.rules.situation import Situation
from ebbtide.verdict.automation_marks import automation_of
from ebbtide.verdict.marks import RULE_PREFIX

# True, False, or None for unknown.
type Truth = bool | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What one rule or job says about a resource; `selects` is None if that is unknown.

    `reason` says what decided. `off` says why the answer does not count, such as "disabled"; then
    it is what the rule or job would say. `action` is that of a job; rules always clean.
    """

    name: str
    selects: Truth
    reason: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    off: str = ""
    action: str = "clean"


@dataclass(frozen=True, slots=True)
class Searched:
    """What the search of a job says about a resource; `off` is why the job did not run, or ""."""

    job: Job
    matches: Truth
    reason: str
    off: str = ""


@dataclass(frozen=True, slots=True)
class SearchedRule:
    """What the search of a rule says about a resource, whether or not the rule is enabled."""

    name: str
    selects: Truth
    reason: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def answers_of_rules(
    decided: Decided, resource: Resource, searched: Iterable[SearchedRule] = ()
) -> list[Answer]:
    """Return the answers of all rules, those that are disabled last.

    `searched` are the answers of rules that are searches; one that is disabled and missing there
    is left out, because it is about other kinds.
    """
    said = {one.name: one for one in searched}
    found = [
        _of_search(decided, resource, rule, said.get(rule.name), options.enabled)
        if rule.search is not None
        else _of_rule(decided, resource, rule)
        for rule, options in decided.basis.config.rules.every()
        if rule.search is None or options.enabled or rule.name in said
    ]
    left = _about(decided.findings, LEFTOVERS, resource)
    if left:
        found.append(_of_findings(LEFTOVERS, left))
    return sorted(found, key=lambda one: bool(one.off))


def answers_of_jobs(
    decided: Decided, resource: Resource, searched: Iterable[Searched]
) -> list[Answer]:
    """Return the answers of all jobs, those that did not run last.

    A job that cleans may also have selected the resource as a part of what it found.
    """
    found = []
    for one in searched:
        name, action = f"{RULE_PREFIX}{one.job.name}", one.job.action.name
        selections = [] if one.off else _about(decided.findings, name, resource)
        if selections:
            found.append(_of_findings(name, selections))
        else:
            found.append(Answer(name, one.matches, one.reason, off=one.off, action=action))
    return sorted(found, key=lambda one: bool(one.off))


def answers_of_automations(decided: Decided, resource: Resource) -> list[Answer]:
    """Return what the automations that may mark said of a resource before the plan was made."""
    return [
        _of_automation(decided, resource, one, mark)
        for one in decided.basis.config.automations
        for mark in one.marks
        if not is_after(one.event, "cleanup_plan")
    ]


def _of_automation(
    decided: Decided, resource: Resource, automation: Automation, mark: str
) -> Answer:
    """Return what an automation said at its event; one of the same name may stand at another."""
    called = automation_of(automation.name)
    action = "clean" if mark == "clean" else "protect"
    kept = decided.basis.marks.kept.get((automation.event, automation.name))
    if kept is None:
        # What it did not select is not deleted; what it did not keep may be.
        selects = False if mark == "clean" else None
        why = f"it gave no valid answer at {automation.event}"
        return Answer(called, selects, why, action=action)
    findings = [
        one
        for one in (_about(decided.findings, called, resource) if mark == "clean" else ())
        if one.facts.get("event") == automation.event
    ]
    if findings:
        return _of_findings(called, findings)
    said = kept.get(resource.graph_id) if mark == "keep" else None
    if said is not None:
        return Answer(called, True, said, action=action)
    return Answer(called, False, "it did not mark the resource", action=action)


def _of_search(
    decided: Decided,
    resource: Resource,
    rule: Rule[Any],
    said: SearchedRule | None,
    enabled: bool,
) -> Answer:
    """Return what a rule that is a search says; it may also take the resource along as a part."""
    findings = _about(decided.findings, rule.name, resource) if enabled else []
    off = "" if enabled else "disabled"
    if findings:
        return _of_findings(rule.name, findings)
    if said is None:
        return Answer(rule.name, False, "its search does not match the resource", off=off)
    return Answer(rule.name, said.selects, said.reason, said.facts, off)


def _of_rule(decided: Decided, resource: Resource, rule: Rule[Any]) -> Answer:
    options = decided.basis.config.rules.of(rule)
    off = "" if options.enabled else "disabled"
    situation = _situation(decided, rule)
    findings = _about(decided.findings, rule.name, resource) if options.enabled else []
    if not findings and (why := rule.why_not(situation, options, resource)):
        return Answer(rule.name, False, why, off=off)
    findings = findings or _about(rule.find(situation, options), rule.name, resource)
    return replace(_of_findings(rule.name, findings), off=off)


def _situation(decided: Decided, rule: Rule[Any]) -> Situation:
    """Return what a rule sees, with the selections of the others if it extends them."""
    selected = frozenset(
        finding.resource
        for finding in (decided.findings if rule.extends else ())
        if finding.verdict == "select" and not finding.unsure and finding.rule != rule.name
    )
    return Situation(decided.basis.inventory, decided.basis.now, selected)


def _about(findings: Iterable[Finding], rule: str, resource: Resource) -> list[Finding]:
    name = resource.graph_id
    return [one for one in findings if one.resource == name and one.rule == rule]


def _of_findings(name: str, findings: list[Finding]) -> Answer:
    """Return the strongest of some findings: a sure selection, a doubt, a veto."""
    for one in findings:
        if one.verdict == "select" and not one.unsure:
            return Answer(name, True, one.reason, one.facts)
    for one in findings:
        if one.verdict != "veto":
            return Answer(name, None, one.unsure or one.reason, one.facts)
    if not findings:
        return Answer(name, False, "it does not select the resource")
    return Answer(name, False, f"veto: {findings[0].reason}", findings[0].facts)
