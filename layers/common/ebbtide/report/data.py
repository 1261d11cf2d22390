"""The data of a report: one document with everything that its page shows (docs/report.md).

Lines are read account by account, so memory grows with what the report shows, not with the estate.
The sums are those of all resources, whatever it shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ebbtide import __version__
from ebbtide.base.clock import to_text
from ebbtide.base.errors import MissingError
from ebbtide.graph.manifest import Manifest, read_manifest
from ebbtide.model.owner_tag import owner_in
from ebbtide.report.changed import Changed, changes_of
from ebbtide.report.choosing import choose
from ebbtide.report.columns import Columns
from ebbtide.report.decided import Decisions, decided_in, endings_of
from ebbtide.report.history import coverage_percent, earlier_runs, row_of
from ebbtide.report.money import CURRENCY, Costs, Sum, notes, price_in
from ebbtide.report.people import creator_of
from ebbtide.report.problems import problems_of
from ebbtide.report.runs import RunResult, result_of
from ebbtide.report.told import coverage_of, held_sentences, outcome_of, problem_sentences
from ebbtide.store.keys import RunKeys
from ebbtide.store.readable import Readable
from ebbtide.store.run import Run

type Document = dict[str, Any]

FORMAT = 1
# With this number, the page stays below 10 MB and opens in under 3 seconds.
MOST_RESOURCES = 100_000


def report_data(
    store: Readable, run_id: str, *, region: str = "", most: int = MOST_RESOURCES
) -> Document:
    """Return the data of the report of a run, with at most `most` resources.

    `region` is that of the deployment. Raises MissingError if the run or its snapshot is missing,
    FormatError if another version wrote them.
    """
    result = result_of(store, run_id, in_full=True)
    run = result.run
    if run is None:
        raise MissingError(f"no record of run {run_id} found in {store.name}")
    manifest = read_manifest(store, run.manifest or RunKeys(run_id).manifest)
    return _Report(store, result, run, manifest, region, most).document()


@dataclass(slots=True)
class _Report:
    """One report under way: what is read, and what has been collected from it."""

    store: Readable
    result: RunResult
    run: Run
    manifest: Manifest
    region: str
    most: int
    costs: Costs = field(default_factory=Costs)
    columns: Columns = field(default_factory=Columns)
    # The accounts whose resources have expired.
    lost: list[str] = field(default_factory=list)

    def document(self) -> Document:
        decisions = self._decisions()
        changed = changes_of(self.store, self.manifest, self.run.run_id, self.most)
        chosen = self._chosen(decisions, changed)
        self._add_resources(chosen, decisions.owners)
        for entry in decisions.entries:
            self.columns.add_absent(entry.subject)
        self.columns.connect(self._edges())
        names = {entry.account: entry.name for entry in self.manifest.accounts}
        money = self._money(decisions)
        return {
            "format": FORMAT,
            "run": self._run(),
            "currency": CURRENCY,
            "money": money,
            "coverage": {
                "percent": coverage_percent(self.manifest),
                "accounts": coverage_of(self.store, self.manifest),
            },
            "history": self._history(money),
            "names": self.columns.names(names),
            "resources": self.columns.values,
            "edges": list(self.columns.edges),
            "plan": decisions.documents(self.columns.index),
            "decided": decisions.counts,
            "changes": changed.document(self.columns.index),
            "held": held_sentences(self.result),
            "problems": self._problems(names, decisions),
            "sampled": self._sampled(chosen),
        }

    def _decisions(self) -> Decisions:
        plan, run_id = self.result.plan, self.run.run_id
        accounts = [one["account"] for one in plan["accounts"]] if plan is not None else ()
        tag = self.run.config.owners.tag
        entries = decided_in(self.store, run_id, accounts, tag)
        return Decisions.of(entries, endings_of(self.store, run_id), self.most)

    def _chosen(self, decisions: Decisions, changed: Changed) -> frozenset[str] | None:
        """Return the graph ids of the resources to show; None for all of them."""
        if self.manifest.resource_count <= self.most:
            return None
        return choose(
            self.most,
            [entry.subject.graph_id for entry in decisions.entries],
            changed.names,
            ((line["graph_id"], price_in(line)) for line in self._lines()),
            self._edges(),
        )

    def _add_resources(self, chosen: frozenset[str] | None, owners: Mapping[str, str]) -> None:
        """Add the resources to the sums, and the chosen ones to the columns.

        An old graph that an account kept may have expired: its prices are unknown.
        """
        tag = self.run.config.owners.tag
        for entry in self.manifest.accounts:
            try:
                for line in self.store.read_lines(entry.resources):
                    monthly, name = price_in(line), line["graph_id"]
                    owner = owner_in(line["tags"], tag) or owners.get(name, "")
                    self.costs.add(line, monthly, owner)
                    if chosen is None or name in chosen:
                        self.columns.add(line, monthly, owner, creator_of(line))
            except MissingError:
                self.lost.append(entry.account)
                self.costs.add_unread(entry.account, entry.counts)

    def _lines(self) -> Iterator[Mapping[str, Any]]:
        for entry in self.manifest.accounts:
            yield from self._read(entry.resources)

    def _edges(self) -> Iterator[Mapping[str, Any]]:
        for entry in self.manifest.accounts:
            yield from self._read(entry.edges)

    def _read(self, key: str) -> Iterator[Mapping[str, Any]]:
        """Yield the lines of a file; none if it has expired."""
        with suppress(MissingError):
            yield from self.store.read_lines(key)

    def _money(self, decisions: Decisions) -> Document:
        realised = self._realised(decisions)
        planned = None if self.result.plan is None else decisions.planned.value
        return {
            "monthly": self.costs.total.value,
            "unknown": self.costs.total.unknown,
            "planned": planned,
            "planned_unknown": decisions.planned.unknown,
            "realised": realised.value,
            "realised_unknown": realised.unknown,
            "by": {
                "rule": decisions.by_rule.rows(),
                "account": self.costs.by_account.rows(),
                "owner": self.costs.by_owner.rows(),
                "kind": self.costs.by_kind.rows(),
            },
            "notes": notes(self.costs, decisions.planned, realised),
        }

    def _realised(self, decisions: Decisions) -> Sum:
        """Return what was saved: as the cleanup has added it up, else from its ledgers."""
        saved = self.result.savings
        if saved is None:
            return decisions.realised
        return Sum(saved.monthly, self.result.gone or 0, saved.unknown)

    def _history(self, money: Document) -> list[Document]:
        """Return the last runs and this one, the oldest first."""
        rows = earlier_runs(self.store, self.manifest, self.run.run_id)
        own = row_of(
            self.run.run_id,
            to_text(self.run.started),
            self.manifest,
            self.result.plan,
            self.result.cleanup,
            monthly=money["monthly"],
            savings=money["realised"],
        )
        return [*rows, own]

    def _problems(self, names: Mapping[str, str], decisions: Decisions) -> list[str]:
        found = problem_sentences(problems_of(self.store, self.result), names)
        found += [
            f"The resources of account {names.get(account) or account} are missing: the snapshot "
            "has expired, or the copy lacks them."
            for account in self.lost
        ]
        if decisions.total > len(decisions.entries):
            found.append(
                f"The report shows {len(decisions.entries):,} of {decisions.total:,} entries of "
                "the plan; `ebbtide plan show` lists all of them."
            )
        return found

    def _sampled(self, chosen: frozenset[str] | None) -> Document | None:
        if chosen is None:
            return None
        return {"resources": len(self.columns.index), "of": self.manifest.resource_count}

    def _run(self) -> Document:
        run = self.run
        return {
            "id": run.run_id,
            "workflow": run.workflow,
            "started": to_text(run.started),
            # The report is written before the run ends.
            "ended": None,
            "outcome": outcome_of(self.result),
            "stack": run.own.stack,
            "account": run.own.account,
            "region": self.region,
            "snapshot": self.manifest.run_id,
            "snapshot_created": self.manifest.created,
            "dry_run": run.config.cleanup.dry_run,
            "version": __version__,
        }
