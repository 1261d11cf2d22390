"""The plan of a run, as an automation reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ebbtide.base.errors import MissingError
from ebbtide.store.formats import PLAN_FORMAT, require_format
from ebbtide.store.keys import RunKeys

if TYPE_CHECKING:
    from ebbtide.plan.model import Planned
    from ebbtide.store.readable import Readable


@dataclass(frozen=True, slots=True)
class PlannedResource:
    """One resource that the plan selects; `planned` is its whole entry (docs/data.md).

    `held` says why it stays, if only what was approved goes; else it is empty.
    """

    graph_id: str
    kind: str
    id: str
    name: str
    account: str
    region: str
    arn: str | None
    tags: Mapping[str, str]
    rules: tuple[str, ...]
    reason: str
    held: str
    planned: Planned

    @property
    def rule(self) -> str:
        """Return the first rule or job that selects it; empty for what only goes along."""
        return self.rules[0] if self.rules else ""

    def tag(self, name: str) -> str | None:
        return self.tags.get(name)

    @classmethod
    def of(cls, entry: Planned) -> PlannedResource:
        subject = entry.subject
        return cls(
            subject.graph_id,
            subject.kind,
            subject.id,
            subject.name,
            subject.account,
            subject.region,
            subject.arn,
            entry.tags,
            entry.rules,
            entry.reason,
            entry.held,
            entry,
        )


class RunPlan:
    """The plan of a run over all accounts; each account is read when its resources are."""

    def __init__(self, store: Readable, run_id: str) -> None:
        self._store, self._keys = store, RunKeys(run_id)

    @cached_property
    def summary(self) -> Mapping[str, Any]:
        """Return plan/summary.json. Raises MissingError before the run has made its plan."""
        found: Mapping[str, Any] | None = self._store.find_json(self._keys.plan_summary)
        if found is None:
            raise MissingError(
                f"run {self._keys.run_id} has no plan yet: it is made before post_cleanup_plan"
            )
        return found

    @property
    def hash(self) -> str:
        return str(self.summary["hash"])

    @property
    def held(self) -> bool:
        """Return whether nothing of the plan goes."""
        return bool(self.summary["held"])

    @property
    def accounts(self) -> list[str]:
        return [entry["account"] for entry in self.summary["accounts"]]

    @property
    def selected(self) -> Iterator[PlannedResource]:
        """Yield the resources that are planned, account by account."""
        for account in self.accounts:
            yield from self.of(account)

    def of(self, account: str) -> Iterator[PlannedResource]:
        """Yield the resources that are planned in one account."""
        # Planning takes half a second to import, which who only answers does not need.
        from ebbtide.plan.model import read_planned

        plan = self._store.read_json(self._keys.plan(account))
        require_format(plan, PLAN_FORMAT, "plan")
        for value in plan["planned"]:
            yield PlannedResource.of(read_planned(value))
