"""Makes the plan of one account from the findings of rules and jobs, without any I/O.

Every selected resource ends up in exactly one of three lists: planned, refused or undecided.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from ebbtide.base.clock import to_text
from ebbtide.config import Config
from ebbtide.deployment.own import NOBODY, Own
from ebbtide.graph.ordering import find_cycles, waves
from ebbtide.kinds import registry
from ebbtide.model.inventory import Inventory
from ebbtide.model.resource import Resource
from ebbtide.options.parts import WithParts
from ebbtide.plan.approvals import Verdicts, binding_of, owner_of
from ebbtide.plan.basis import NO_LEFTOVERS, Basis, Decided
from ebbtide.plan.blocking import check_blockers, check_part, check_parts
from ebbtide.plan.candidate import Candidate, candidates
from ebbtide.plan.contents import facts_of_contents
from ebbtide.plan.draft import Draft
from ebbtide.plan.grace import NO_WAITS, Waits
from ebbtide.plan.holding import divided, refuse_rejected
from ebbtide.plan.judging import judge
from ebbtide.plan.leftovers import leftover_findings
from ebbtide.plan.model import Plan, Planned, Rejected
from ebbtide.plan.needs import breakages, check_needs, planned_users
from ebbtide.plan.ownership import (
    carried_with,
    check_owned,
    check_owner,
    find_owners,
    root_owner,
)
from ebbtide.plan.reporting import report_first_runs
from ebbtide.plan.stack_ownership import check_stack_members, check_stack_owner
from ebbtide.plan.waiting import wait_out
from ebbtide.plan.wholes import check_wholes, in_order, parts_by_whole
from ebbtide.plan.worth import check_worth
from ebbtide.rules.finding import Finding
from ebbtide.rules.run import run_rules
from ebbtide.rules.situation import Situation
from ebbtide.verdict.asking import asked_for
from ebbtide.verdict.fingerprint import fingerprint
from ebbtide.verdict.marks import NO_MARKS, RULE_PREFIX, Marks, marked_findings
from ebbtide.verdict.protection import undeletable_reason
from ebbtide.verdict.stack_members import unknown_stacks


def make_plan(
    inventory: Inventory,
    config: Config,
    *,
    run_id: str,
    manifest: str,
    now: datetime,
    own: Own = NOBODY,
    regions: tuple[str, ...] = (),
    marks: Marks = NO_MARKS,
    first_run: Collection[str] = (),
    leftovers: Mapping[str, Mapping[str, Any]] = NO_LEFTOVERS,
    verdicts: Verdicts | None = None,
    searched: tuple[Finding, ...] = (),
    waits: Waits = NO_WAITS,
) -> Plan:
    """Return the sealed plan of an account; for the arguments, see Basis."""
    basis = Basis(
        inventory,
        config,
        run_id,
        manifest,
        now,
        own=own,
        regions=regions,
        marks=marks,
        first_run=first_run,
        leftovers=leftovers,
        verdicts=verdicts,
        searched=searched,
        waits=waits,
    )
    return decide(basis).plan


def decide(basis: Basis) -> Decided:
    """Return the sealed plan of an account; the same basis always gives the same plan."""
    inventory, config, marks = basis.inventory, basis.config, basis.marks
    verdicts = basis.verdicts
    marked = [*marked_findings(marks, inventory, basis.manifest), *basis.searched]
    marked += basis.also
    findings = run_rules(Situation(inventory, basis.now), config.rules, marked, _takers(config))
    selected = {finding.resource for finding in findings if finding.verdict == "select"}
    findings += leftover_findings(basis.leftovers, inventory, selected)
    found = candidates(findings, inventory.resources)
    draft = Draft(inventory, config, marks, found, own=basis.own)
    draft.regions = basis.regions
    _apply_vetoes(draft, findings)
    for name in draft.active:
        judge(draft, name)
    if verdicts is not None:
        draft.rejected_by = verdicts.rejected
        refuse_rejected(draft)
    planned = _settle(draft)
    waited = wait_out(draft, planned, basis, findings, _settle)
    first = frozenset(basis.first_run)
    planned, reported = report_first_runs(draft, waited.planned, first, _settle)
    reported = [*waited.waiting, *reported]
    approved: list[Planned] = []
    if verdicts is not None and not verdicts.only_rejections:
        planned, approved = divided(draft, planned, verdicts, _settle)
    # AWS deletes these with their owner, even those that were rejected on their own.
    going = {entry.subject.graph_id for entry in (*planned, *reported)}
    for name in going:
        draft.refused.pop(name, None)
        draft.undecided.pop(name, None)
    vetoes, doubts = _unselected(draft, findings, going)
    plan = Plan(
        run_id=basis.run_id,
        account=inventory.account,
        manifest=basis.manifest,
        created=to_text(basis.now),
        resource_count=len(inventory.resources),
        regions=tuple(inventory.regions),
        planned=tuple(planned),
        refused=(*_sorted(draft.refused), *vetoes),
        undecided=(*_sorted(draft.undecided), *doubts),
        locked=tuple(inventory.locked_regions),
        deletable=_deletable(draft, going),
        first_run=tuple(sorted(basis.first_run)),
        reported=tuple(reported),
        approved=tuple(approved),
        approved_until=_approved_until(planned, approved, verdicts),
        warnings=() if verdicts is None else verdicts.warnings,
    ).sealed()
    return Decided(basis, plan, tuple(findings), draft, waited.waits)


def _approved_until(
    planned: list[Planned], approved: list[Planned], verdicts: Verdicts | None
) -> str:
    going = approved or [entry for entry in planned if entry.approvals]
    return "" if verdicts is None else verdicts.ends(going)


def _takers(config: Config) -> dict[str, WithParts]:
    """Return what each job that cleans says about parts, by its name in plans."""
    return {
        f"{RULE_PREFIX}{job.name}": job.action.clean.with_parts
        for job in config.jobs
        if job.action.clean is not None
    }


def _deletable(draft: Draft, going: Collection[str]) -> dict[str, int]:
    """Count by kind what can be deleted: what AWS made or keeps itself is no measure.

    Neither are guardrails and opt-in kinds that stay whatever selects them.
    """
    kept: dict[str, bool] = {}
    found = Counter(
        resource.kind
        for name, resource in draft.inventory.resources.items()
        if name in going
        or (
            not resource.ended
            and undeletable_reason(resource) is None
            and not _is_kept_kind(draft, resource, kept)
        )
    )
    return dict(sorted(found.items()))


def _is_kept_kind(draft: Draft, resource: Resource, known: dict[str, bool]) -> bool:
    """Return whether the configuration does not allow to delete the kind of a resource."""
    kind = resource.kind
    if kind not in known:
        allowed = not registry()[kind].opt_in or kind in draft.config.cleanup.allow_kinds
        known[kind] = not allowed or draft.kept_guardrail(resource) is not None
    return known[kind]


def _sorted(rejected: dict[str, Rejected]) -> list[Rejected]:
    return [rejected[name] for name in sorted(rejected)]


def _apply_vetoes(draft: Draft, findings: list[Finding]) -> None:
    for finding in findings:
        if finding.overriding and finding.resource in draft.found:
            draft.refuse(finding.resource, "vetoed", finding.reason)


def _unselected(
    draft: Draft, findings: list[Finding], going: set[str]
) -> tuple[list[Rejected], list[Rejected]]:
    """Return vetoes and doubts about resources that no rule selected, so that plans show them."""
    lists: dict[str, list[Rejected]] = {"veto": [], "doubt": []}
    for finding in findings:
        if finding.verdict == "select" or finding.resource in going:
            continue
        if finding.resource not in draft.found:
            subject = draft.inventory[finding.resource].subject
            code = "vetoed" if finding.verdict == "veto" else "unreadable"
            rejected = Rejected(subject, (finding.rule,), "", code, finding.reason)
            lists[finding.verdict].append(rejected)
    return lists["veto"], lists["doubt"]


def _settle(draft: Draft) -> list[Planned]:
    """Refuse candidates until nothing changes: each refusal may block others that relied on it."""
    stacks, parts = unknown_stacks(draft.inventory), parts_by_whole(draft)
    while True:
        before = len(draft.refused) + len(draft.undecided)
        active = set(draft.active)
        owners = find_owners(draft, active)
        going, carried = active | set(owners), carried_with(owners)
        for name in sorted(active - set(owners)):
            check_owner(draft, name)
            check_stack_owner(draft, name, stacks)
        for name in sorted(active):
            if not draft.is_rejected(name):
                check_part(draft, name, active)
                check_parts(draft, name, going)
                check_owned(draft, name, carried.get(name, ()))
                check_stack_members(draft, name, carried.get(name, ()))
                check_blockers(draft, name, going, carried.get(name, ()))
                check_needs(draft, name, going, carried.get(name, ()))
            if not draft.is_rejected(name):
                check_worth(draft, name)
        check_wholes(draft, parts, going, owners)
        if len(draft.refused) + len(draft.undecided) > before:
            continue
        after = _after(draft, going, owners)
        cycles = find_cycles(after)
        if not cycles:
            prepared_after = {name: _severed(draft, name, owners, after) for name in after}
            after = in_order(draft, parts, owners, after, prepared_after)
            return _planned(draft, owners, after, prepared_after)
        for cycle in cycles:
            _refuse_cycle(draft, cycle)


def _after(draft: Draft, going: set[str], owners: dict[str, str]) -> dict[str, set[str]]:
    """Return, for each resource that goes, the resources that must be gone before it.

    A resource that goes with its owner waits only for the owner: AWS orders what it deletes. What
    uses it from elsewhere must be gone before the owner.
    """
    after: dict[str, set[str]] = {name: set() for name in sorted(going)}
    for name in after:
        root = root_owner(name, owners)
        if name in owners:
            after[name].add(owners[name])
        for edge in draft.inventory.edges_out(name, "delete"):
            if edge.target not in after:
                continue
            if name in owners:
                if root_owner(edge.target, owners) != root:
                    after[root].add(edge.target)
            # A resource that goes with its owner is never prepared, so nothing cuts its relation.
            elif not (edge.severable and edge.target not in owners):
                after[name].add(edge.target)
    return after


def _refuse_cycle(draft: Draft, cycle: list[str]) -> None:
    path = " -> ".join([*cycle, cycle[0]])
    for name in cycle:
        if name in draft.found:
            draft.refuse(name, "cycle", f"is part of a dependency cycle: {path}", tuple(cycle))


def _planned(
    draft: Draft,
    owners: dict[str, str],
    after: dict[str, set[str]],
    prepared_after: dict[str, tuple[str, ...]],
) -> list[Planned]:
    generation = {name: number for number, wave in enumerate(waves(after), 1) for name in wave}
    ordered = sorted(generation.items(), key=lambda entry: (entry[1], entry[0]))
    entries = [
        replace(
            _planned_one(draft, name, owners),
            after=tuple(sorted(after[name])),
            prepared_after=prepared_after[name],
            wave=wave,
        )
        for name, wave in ordered
    ]
    return _with_needs(draft, entries, owners)


def _with_needs(draft: Draft, entries: list[Planned], owners: dict[str, str]) -> list[Planned]:
    """Return the entries with their planned users, and with what breaks without them."""
    by_name = {entry.subject.graph_id: entry for entry in entries}
    going, carried = set(by_name), carried_with(owners)
    found = []
    for entry in entries:
        name = entry.subject.graph_id
        whole = () if name in owners else (name, *carried.get(name, ()))
        complete = replace(
            entry,
            needed_by=planned_users(draft, whole, going),
            breaks=breakages(draft, root_owner(name, owners), name, going),
            owner=owner_of(name, by_name, draft.config.owners.tag),
        )
        binding = binding_of(complete, draft.inventory[name], draft.definitions)
        found.append(replace(complete, binding=binding))
    return found


def _planned_one(draft: Draft, name: str, owners: dict[str, str]) -> Planned:
    resource, owner = draft.inventory[name], owners.get(name)
    # A resource that AWS deletes with its owner may not be a candidate; then report the
    # owner's rules.
    candidate = _remaining(draft, name)
    asked = asked_for(resource.kind, candidate.rules, draft.config) if candidate else ()
    chosen = candidate or draft.found[root_owner(name, owners)]
    return Planned(
        subject=resource.subject,
        action="delete" if owner is None else "goes_with",
        goes_with=owner,
        rules=chosen.rules,
        reason=candidate.reason if candidate else f"AWS deletes it together with {owner}",
        facts=_facts(draft, name, candidate) | facts_of_contents(draft, name, asked),
        evidence=draft.evidence.get(name, ()),
        part_of=_whole(draft, name),
        asked=asked,
        fingerprint=fingerprint(resource),
        monthly=resource.price["monthly"],
        tags=dict(resource.tags or {}),
    )


def _remaining(draft: Draft, name: str) -> Candidate | None:
    """Return a candidate that passed, with what still selects it."""
    found = None if draft.is_rejected(name) else draft.found.get(name)
    return found.remaining(draft.is_rejected) if found else None


def _whole(draft: Draft, name: str) -> str | None:
    """Return the resource that this one stays with; a part of a part stays with the first whole."""
    top: str | None = None
    seen = {name}
    while (found := _remaining(draft, top or name)) is not None and found.wholes:
        top = found.wholes[0]
        if top in seen:
            break
        seen.add(top)
    return top


def _facts(draft: Draft, name: str, candidate: Candidate | None) -> dict[str, Any]:
    """Return the facts of each rule, and that the owner is gone, whichever rule selected it."""
    if candidate is None:
        return {}
    orphaned = draft.orphaned.get(name)
    facts = candidate.facts
    if orphaned is not None:
        facts["orphaned"] = {**facts.get("orphaned", {}), **orphaned}
    return facts


def _severed(
    draft: Draft, name: str, owners: dict[str, str], after: dict[str, set[str]]
) -> tuple[str, ...]:
    edges = () if name in owners else draft.inventory.edges_out(name, "delete")
    found = {
        edge.target
        for edge in edges
        if edge.severable and edge.target in after and edge.target not in owners
    }
    return tuple(sorted(found))
