"""Runs the searches of rules that only advise, and writes what they found beside the plan.

Nothing of this is part of a plan: an advice is no finding, and a rule that advises cannot make one.
What could not be read is counted, and is no advice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from ebbtide.base.clock import to_text
from ebbtide.base.errors import FormatError
from ebbtide.graph.manifest import Manifest, read_manifest
from ebbtide.graph.pricing import read_book
from ebbtide.language import SearchError
from ebbtide.matching.choosing import cleaned
from ebbtide.matching.matches import matches_of
from ebbtide.model.inventory import Inventory
from ebbtide.model.lines import ResourceLine
from ebbtide.model.resource import Resource, Subject
from ebbtide.model.savings import Money
from ebbtide.plan.searched import Searching, query_of, snapshot_for
from ebbtide.prices.differing import Difference, difference
from ebbtide.prices.estimating import Estimator
from ebbtide.rules.rule import Advises
from ebbtide.rules.search_rule import facts_of, left_out, unsure
from ebbtide.rules.situation import Situation
from ebbtide.search.sharing import SharedSnapshot
from ebbtide.store.keys import RunKeys
from ebbtide.store.readable import Readable
from ebbtide.store.run import Run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

FORMAT = 1
_NO_DIFFERENCE = "what it saves is no difference of list prices"


@dataclass(frozen=True, slots=True)
class Advised:
    """One resource and what a rule advises about it.

    `monthly` is its price now, `saving` how much less it would cost a month; None if unknown, and
    `why` says why.
    """

    subject: Subject
    rule: str
    reason: str
    advice: str
    facts: Mapping[str, Any]
    owner: str
    monthly: float | None
    saving: float | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Advice:
    """What one rule advises; `unknown` counts what could not be read, `error` is why it failed."""

    rule: str
    found: tuple[Advised, ...] = ()
    unknown: int = 0
    error: str = ""

    def counts(self) -> dict[str, Any]:
        """Return the numbers of the rule, in the form of the stored advice."""
        return {
            "advised": len(self.found),
            "unknown": self.unknown,
            "error": self.error,
            "savings": Money.of(one.saving for one in self.found).to_json(),
        }


def write_advice(bucket: Bucket, run: Run, manifest: str, inventory: Inventory) -> None:
    """Write what the enabled rules that advise say about an account; nothing if there are none."""
    snapshot = read_manifest(bucket, manifest) if any(_enabled(run)) else None
    if snapshot is None or snapshot.find(inventory.account) is None:
        return
    document = to_document(advice_of(bucket, run, snapshot, inventory), run, inventory.account)
    bucket.write_json(run.keys.advice(inventory.account), document)


def advice_of(
    store: Readable, run: Run, manifest: Manifest, inventory: Inventory
) -> tuple[Advice, ...]:
    """Return what each enabled rule that advises says about an account, by the names of rules."""
    queries, failed = _queries(run)
    if not queries:
        return failed
    shared = snapshot_for(store, run, manifest, inventory.account, queries)
    estimator = Estimator(read_book(store, run.started), partial(_line, inventory))
    asking = _Asking(run, shared, Situation(inventory, run.started), estimator)
    found = [asking.of(one) for one in queries]
    return tuple(sorted((*found, *failed), key=lambda one: one.rule))


def _line(inventory: Inventory, name: str) -> ResourceLine | None:
    found = inventory.resources.get(name)
    return None if found is None else found.to_line()


def _enabled(run: Run) -> Iterator[tuple[Any, Any]]:
    return ((rule, chosen) for rule, chosen in run.config.rules.advising() if chosen.enabled)


def _queries(run: Run) -> tuple[list[Searching], tuple[Advice, ...]]:
    """Return the searches, and those that cannot be parsed: no advice keeps a plan from people."""
    found, failed = [], []
    for rule, options in _enabled(run):
        try:
            found.append(Searching(rule, options, query_of(rule, options, run)))
        except SearchError as error:
            failed.append(Advice(rule.name, error=str(error)))
    return found, tuple(failed)


@dataclass(frozen=True, slots=True)
class _Asking:
    """What the searches of one account are asked with."""

    run: Run
    shared: SharedSnapshot
    situation: Situation
    estimator: Estimator

    def of(self, one: Searching) -> Advice:
        """Return what a rule advises about the account."""
        account = self.situation.inventory.account
        try:
            matches = matches_of(one.query, self.shared, self.situation.now, "")
        except SearchError as error:
            return Advice(one.rule.name, error=str(error))
        chosen, doubted = cleaned(matches)
        doubts = doubted.get(account, {})
        known = tuple(self.situation.inventory[name] for name in chosen.get(account, ()))
        newest = {} if one.newest is None else one.newest.kept(known)
        sure, unknown = [], 0
        for resource in (*known, *map(self.situation.inventory.__getitem__, doubts)):
            if resource.graph_id in newest or self._is_left_out(one, resource):
                continue
            if resource.graph_id in doubts or _unsure(one, resource):
                unknown += 1
            else:
                sure.append(self._advised(one, resource))
        least = one.options.min_monthly
        kept = [each for each in sure if each.saving is None or each.saving >= least]
        kept.sort(key=lambda each: each.subject.graph_id)
        return Advice(one.rule.name, tuple(kept), unknown)

    def _is_left_out(self, one: Searching, resource: Resource) -> bool:
        regions = self.run.asked.regions
        elsewhere = bool(regions) and resource.region not in regions
        return elsewhere or bool(left_out(self.situation, one.options, resource))

    def _advised(self, one: Searching, resource: Resource) -> Advised:
        search, advises = one.rule.search, one.rule.advises
        assert search is not None and advises is not None
        saved = self._saved(resource, advises)
        return Advised(
            resource.subject,
            one.rule.name,
            search.reason,
            advises.text,
            facts_of(search, resource),
            (resource.tags or {}).get(self.run.config.owners.tag, ""),
            resource.price["monthly"],
            saved.monthly,
            saved.why,
        )

    def _saved(self, resource: Resource, advises: Advises) -> Difference:
        if advises.saves_all:
            price = resource.price
            return Difference(price["monthly"], price.get("why") or "")
        if not advises.instead:
            return Difference(None, _NO_DIFFERENCE)
        return difference(resource.to_line(), advises.instead, self.estimator)


def _unsure(one: Searching, resource: Resource) -> str:
    newest = "" if one.newest is None else one.newest.unsure(resource)
    return newest or unsure(one.options, resource)


def to_document(advice: Iterable[Advice], run: Run, account: str) -> dict[str, Any]:
    """Return the advice of an account in the form that is stored (docs/data.md)."""
    known = list(advice)
    return {
        "format": FORMAT,
        "run_id": run.run_id,
        "account": account,
        "created": to_text(run.started),
        "rules": {one.rule: one.counts() for one in known},
        "advice": [asdict(each) for one in known for each in one.found],
    }


def read_advice(store: Readable, run_id: str, account: str) -> dict[str, Any] | None:
    """Return the stored advice of an account; None if no rule that advises was enabled.

    Raises FormatError for another format than this one.
    """
    key = RunKeys(run_id).advice(account)
    found: dict[str, Any] | None = store.find_json(key)
    if found is not None and found.get("format") != FORMAT:
        raise FormatError(f"{key} has another format than {FORMAT}")
    return found
