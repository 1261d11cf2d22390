"""Which rules and jobs have not been reported on yet, so that their first run only reports; pure.

The first run of a rule or job is the first whose plan was published with it. It has another one
once it selects by other options or another search, or once the configuration protects less.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from ebbtide.config import Config, Job
from ebbtide.kinds import concrete_kinds
from ebbtide.rules.rule import Rule
from ebbtide.verdict.automation_marks import AUTOMATION_PREFIX, automation_of
from ebbtide.verdict.marks import RULE_PREFIX

# The names in plans of what may not be carried out in a run.
_MARKING = (RULE_PREFIX, AUTOMATION_PREFIX)
_GRACE = ("grace", "grace_runs")


@dataclass(frozen=True, slots=True)
class Reported:
    """One rule or job of a published plan, and the run that reported on it first."""

    hash: str
    run_id: str
    at: str


@dataclass(frozen=True, slots=True)
class Reports:
    """All rules and jobs that were reported on, and what the configuration protected then.

    `guards` keep resources, and `waivers` let some go that would stay without them.
    """

    rules: Mapping[str, Reported] = field(default_factory=dict)
    guards: frozenset[str] = frozenset()
    waivers: frozenset[str] = frozenset()

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        rules = {name: Reported(**entry) for name, entry in value["rules"].items()}
        return cls(rules, frozenset(value["guards"]), frozenset(value["waivers"]))

    def to_json(self) -> dict[str, Any]:
        return {
            "rules": {name: asdict(entry) for name, entry in sorted(self.rules.items())},
            "guards": sorted(self.guards),
            "waivers": sorted(self.waivers),
        }


def definitions(config: Config) -> dict[str, str]:
    """Return a hash of what each rule and job that cleans selects by, by its name in plans."""
    found = {}
    for rule, options in config.rules.every():
        if options.enabled:
            found[rule.name] = _hash(_of_rule(rule, options, config))
    for job in config.jobs:
        if job.active and job.action.clean is not None:
            found[f"{RULE_PREFIX}{job.name}"] = _hash(_selection(job, config))
    by_name: dict[str, list[str]] = {}
    for automation in config.automations:
        if "clean" in automation.marks:
            by_name.setdefault(automation_of(automation.name), []).append(automation.event)
    # What it selects is decided elsewhere; the configuration says only when.
    return found | {name: _hash(sorted(events)) for name, events in by_name.items()}


def first_runs(config: Config, reports: Reports, run_id: str | None = None) -> frozenset[str]:
    """Return the rules and jobs that no published plan of another run than this has reported on."""
    wanted = definitions(config)
    if _protects_less(config, reports):
        return frozenset(wanted)
    return frozenset(
        name
        for name, hash in wanted.items()
        if (known := reports.rules.get(name)) is None
        or known.hash != hash
        or known.run_id == run_id
    )


def reported_only(config: Config, reports: Reports, run_id: str | None = None) -> frozenset[str]:
    """Return the rules and jobs whose selections a run that deletes must not delete."""
    cleanup = config.cleanup
    # Without deletions, the whole plan is a report.
    if cleanup.first_run == "act" or cleanup.dry_run or not cleanup.enabled:
        return frozenset()
    return first_runs(config, reports, run_id)


def with_report(
    config: Config, reports: Reports, marked: Iterable[str], run_id: str, at: str
) -> Reports:
    """Return the reports after a run published its plan.

    `marked` are the jobs that it carried out and the automations that answered, by their names in
    plans. What is no longer in force is forgotten. Repeating it changes nothing.
    """
    wanted, new = definitions(config), first_runs(config, reports)
    done = set(marked)
    rules = {
        name: Reported(hash, run_id, at) if name in new else reports.rules[name]
        for name, hash in wanted.items()
        if name not in new or not name.startswith(_MARKING) or name in done
    }
    return Reports(rules, _guards(config), _waivers(config))


def _protects_less(config: Config, reports: Reports) -> bool:
    guards = _guards(config)
    # A tag that protects with any value protects with each one.
    lost = {one for one in reports.guards - guards if one.partition("=")[0] not in guards}
    return bool(lost) or not _waivers(config) <= reports.waivers


def _guards(config: Config) -> frozenset[str]:
    """Return one text per resource, tag, account, kind or search that the configuration protects.

    A base kind stands for each of its kinds.
    """
    protect = config.protect
    found = {f"id {one}" for one in protect.ids}
    found |= {f"account {one}" for one in protect.accounts}
    found |= {f"kind {one}" for one in concrete_kinds(protect.kinds)}
    found |= {
        f"tag {key}" if value is None else f"tag {key}={value}"
        for key, value in protect.tags.items()
    }
    for job in config.jobs:
        if job.active and job.action.protect is not None:
            found.add(f"job {job.name} {_hash([_search(job, config), job.cron, job.event])}")
    for automation in config.automations:
        if "keep" in automation.marks:
            found.add(f"automation {automation.name} at {automation.event}")
    return frozenset(found)


def _waivers(config: Config) -> frozenset[str]:
    found = {f"reserved tag {one}" for one in config.owners.harmless_tags}
    found |= {f"deleted cluster {one}" for one in config.owners.deleted_clusters}
    found |= {f"stack type {one}" for one in config.cleanup.known_stack_types}
    found |= {f"breaks {one.needed} {one.by}" for one in config.cleanup.allow_breaking}
    found |= {f"guardrail {name}" for name in config.cleanup.allow_guardrails}
    return frozenset(found)


def _selection(job: Job, config: Config) -> Any:
    parts = job.action.clean.with_parts if job.action.clean is not None else False
    # What earlier versions did not have counts only if it is used.
    least = max(job.action.clean.min_monthly if job.action.clean else 0, config.cleanup.skip_below)
    grace = {} if job.action.clean is None else _grace(job.action.clean.model_dump(mode="json"))
    more = [*([parts] if parts else []), *([{"min_monthly": least}] if least else [])]
    more += [grace] if grace else []
    return [*_search(job, config), *more]


def _of_rule(rule: Rule[Any], options: Any, config: Config) -> dict[str, Any]:
    """Return what a rule selects by: its options, and its search with the snippets if it has one.

    A built-in search may change with the version.
    """
    found = _with_minimum(options.model_dump(mode="json"), config)
    if rule.search is None:
        return found
    snippets = dict(config.searches) if "expand(" in rule.search.text else {}
    return {**found, "search": rule.search.text, "snippets": snippets}


def _with_minimum(options: dict[str, Any], config: Config) -> dict[str, Any]:
    """Return the options of a rule with the minimum that holds for it, or without one."""
    least = max(options.pop("min_monthly"), config.cleanup.skip_below)
    chosen = {name: value for name, value in options.items() if name not in _GRACE}
    return chosen | _grace(options) | ({"min_monthly": least} if least else {})


def _grace(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return how long what is selected waits; earlier versions did not have it."""
    return {name: options[name] for name in _GRACE if options[name] is not None}


def _search(job: Job, config: Config) -> Any:
    snippets = dict(config.searches) if "expand(" in job.search else {}
    return [job.search, snippets]


def _hash(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
