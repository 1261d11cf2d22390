"""Runs the searches of the enabled rules over one account of a snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ebbtide.base.errors import PlanError
from ebbtide.graph.manifest import Manifest, read_coverage
from ebbtide.language import Query, SearchError, parse_search
from ebbtide.language.restricting import kinds_of
from ebbtide.matching.choosing import cleaned
from ebbtide.matching.matches import matches_of
from ebbtide.model.inventory import Inventory
from ebbtide.model.resource import Resource
from ebbtide.plan.answers import SearchedRule
from ebbtide.rules.finding import Finding
from ebbtide.rules.newest import Newest
from ebbtide.rules.rule import Rule
from ebbtide.rules.search_rule import SearchOptions, finding, left_out, rendered, unsure
from ebbtide.rules.situation import Situation
from ebbtide.search import Snapshot
from ebbtide.search.deciding import why_no_match
from ebbtide.search.sharing import SharedSnapshot
from ebbtide.store.keys import RunKeys
from ebbtide.store.readable import Readable
from ebbtide.store.run import Run
from ebbtide.verdict.gaps import SnapshotGaps
from ebbtide.verdict.snapshot_marks import marks_in_run

# The event at which the searches of rules see the marks of jobs.
EVENT = "cleanup_plan"


@dataclass(frozen=True, slots=True)
class Searching:
    """A rule that is a search, its options and the query that these make."""

    rule: Rule[Any]
    options: SearchOptions
    query: Query

    @property
    def newest(self) -> Newest | None:
        assert self.rule.search is not None
        return Newest.of(self.rule.search, self.options)


def query_of(rule: Rule[Any], options: SearchOptions, run: Run) -> Query:
    """Return the query of a rule that is a search. Raises SearchError."""
    assert rule.search is not None
    return parse_search(rendered(rule.search, options), run.config.searches, run.started)


def searching(run: Run, *, disabled: bool = False) -> list[Searching]:
    """Return the rules of a run that select by searches; with `disabled`, also those that are off.

    Raises PlanError for a search that cannot be parsed.
    """
    found = []
    for rule, options in run.config.rules.every():
        if rule.search is not None and (options.enabled or disabled):
            try:
                found.append(Searching(rule, options, query_of(rule, options, run)))
            except SearchError as error:
                raise PlanError(f"the search of rule {rule.name} is invalid: {error}") from error
    return found


def snapshot_for(
    store: Readable, run: Run, manifest: Manifest, account: str, rules: list[Searching]
) -> SharedSnapshot:
    """Return the account's part of a snapshot, of which each line is read once for all rules."""
    return SharedSnapshot.of(
        store,
        manifest,
        account,
        [one.query for one in rules],
        marks=marks_in_run(store, manifest.run_id, run, until=EVENT),
        gaps=SnapshotGaps(manifest, partial(read_coverage, store)),
    )


def searched(
    store: Readable, run: Run, manifest: Manifest, inventory: Inventory
) -> tuple[Finding, ...]:
    """Return what the searches of the enabled rules find in an account.

    Raises PlanError if one cannot be answered.
    """
    rules = searching(run)
    if not rules or manifest.find(inventory.account) is None:
        return ()
    snapshot = snapshot_for(store, run, manifest, inventory.account, rules)
    situation, key = Situation(inventory, run.started), RunKeys(manifest.run_id).manifest
    return tuple(
        one
        for rule in rules
        for one in _findings(rule, situation, _found(rule, snapshot, situation, key))
    )


def asked_about(
    store: Readable, run: Run, manifest: Manifest, inventory: Inventory, resource: Resource
) -> Iterator[SearchedRule]:
    """Yield what each rule that is a search says about a resource.

    A disabled rule is asked only if it can select resources of this kind.
    """
    rules = [
        one
        for one in searching(run, disabled=True)
        if one.options.enabled or _may_select(one, resource)
    ]
    snapshot = snapshot_for(store, run, manifest, inventory.account, rules)
    situation, key = Situation(inventory, run.started), RunKeys(manifest.run_id).manifest
    for one in rules:
        if _may_select(one, resource):
            yield _said(one, snapshot, situation, key, resource)
        else:
            kinds = ", ".join(sorted(kinds_of(one.query.parts[-1].term) or ()))
            yield SearchedRule(one.rule.name, False, f"it is none of {kinds}")


def _may_select(one: Searching, resource: Resource) -> bool:
    kinds = kinds_of(one.query.parts[-1].term)
    return kinds is None or resource.kind in kinds


def _said(
    one: Searching, shared: SharedSnapshot, situation: Situation, key: str, resource: Resource
) -> SearchedRule:
    found = _found(one, shared, situation, key)
    for each in _findings(one, situation, found):
        if each.resource == resource.graph_id:
            selects, reason = (None, each.unsure) if each.unsure else (True, each.reason)
            return SearchedRule(one.rule.name, selects, reason, each.facts)
    why = left_out(situation, one.options, resource) or found.kept.get(resource.graph_id)
    return SearchedRule(
        one.rule.name, False, why or _why_no_match(one, shared, situation, resource)
    )


def _why_no_match(
    one: Searching, shared: SharedSnapshot, situation: Situation, resource: Resource
) -> str:
    # The shared graph lacks what a single condition may ask for.
    alone = Snapshot(shared.store, shared.manifest, shared.accounts, shared.marks, shared.gaps)
    return why_no_match(one.query, alone, situation.now, resource.to_line())


@dataclass(frozen=True, slots=True)
class _Found:
    """What a search finds in an account, before the options choose among it.

    `doubts` say why resources may be found, and `kept` why some stay: both by graph id.
    """

    sure: tuple[Resource, ...]
    doubts: Mapping[str, str]
    kept: Mapping[str, str]
    negates: tuple[str, ...]


def _found(one: Searching, snapshot: SharedSnapshot, situation: Situation, key: str) -> _Found:
    try:
        matches = matches_of(one.query, snapshot, situation.now, key)
    except SearchError as error:
        raise PlanError(f"the search of rule {one.rule.name} failed: {error}") from error
    account = situation.inventory.account
    chosen, doubted = cleaned(matches)
    sure = tuple(situation.inventory[name] for name in chosen.get(account, ()))
    kept = {} if one.newest is None else one.newest.kept(sure)
    return _Found(sure, doubted.get(account, {}), kept, matches.negates)


def _findings(one: Searching, situation: Situation, found: _Found) -> Iterator[Finding]:
    doubtful = (situation.inventory[name] for name in found.doubts)
    for resource in (*found.sure, *doubtful):
        name = resource.graph_id
        if name not in found.kept and not left_out(situation, one.options, resource):
            doubt = found.doubts.get(name) or unsure(one.options, resource)
            if not doubt and one.newest is not None:
                doubt = one.newest.unsure(resource)
            yield finding(one.rule, situation, resource, found.negates, doubt)
