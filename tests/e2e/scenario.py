"""Runs the workflow and keeps everything that can be known of it, for tests to judge."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import networkx as nx
import pytest

from ebbtide.plan.model import Plan, Planned, Rejected
from local.demo import Demo
from local.estate import ACCOUNTS, Estate, Key, existing, is_listed
from local.session import Record, Run, Session


@dataclass(frozen=True, slots=True)
class Told:
    """All that a run left behind, and what exists after it."""

    run: Run
    events: list[Record]
    calls: list[Record]
    changes: list[Record]
    existing: set[Key]
    graphs: dict[str, nx.MultiDiGraph[str]]
    coverage: dict[str, list[Record]]
    plans: dict[str, Plan]
    progress: dict[str, Record]
    ledgers: dict[str, list[Record]]
    restores: dict[str, Record]

    def planned(self, action: str = "delete") -> dict[Key, Planned]:
        return {
            key_of(entry): entry
            for plan in self.plans.values()
            for entry in plan.planned
            if entry.action == action
        }

    def refused(self) -> dict[Key, Rejected]:
        return {key_of(entry): entry for plan in self.plans.values() for entry in plan.refused}

    def undecided(self) -> dict[Key, Rejected]:
        return {key_of(entry): entry for plan in self.plans.values() for entry in plan.undecided}

    def names(self) -> list[str]:
        return [event["event"] for event in self.events]

    def unrecorded(self) -> list[Record]:
        """Return the changing calls that no ledger has; each call of a ledger must be made."""
        left = list(self.changes)
        for account, ledger in self.ledgers.items():
            for call in (call for line in ledger for call in line.get("calls", ())):
                made = [one for one in left if one["account"] == account and _is_made(call, one)]
                assert made, call
                left.remove(made[0])
        return left


@dataclass(frozen=True, slots=True)
class Stage:
    """A session with its estate, in which runs are made one after the other."""

    session: Session
    estate: Estate

    def run(
        self,
        run_id: str,
        *,
        faults: Sequence[Record] = (),
        meanwhile: Callable[[], None] = lambda: None,
        **given: Any,
    ) -> Told:
        """Make a run and tell all about it, however it ends; every fault must have struck.

        `meanwhile` is called once the run has started.
        """
        cloud = self.session.cloud
        mark = cloud.mark()
        cloud.faults(faults)
        try:
            execution = self.session.start(run_id, given)
            meanwhile()
            ended = self.session.wait(execution)
            idle = [fault for fault in cloud.fired() if not fault["fired"]]
        finally:
            cloud.faults([])
        assert idle == []
        return self.tell(ended, mark)

    def tell(self, run: Run, mark: int) -> Told:
        session = self.session
        calls, changes = session.cloud.calls_since(mark), session.changes_since(mark)
        published = any(session.bucket.keys(run.keys.manifest))
        planned = any(session.bucket.keys(run.keys.plan_summary))
        accounts = ACCOUNTS if published else ()
        return Told(
            run=run,
            events=session.events(run.run_id),
            calls=calls,
            changes=changes,
            existing=existing(session.client),
            graphs={account: session.graph(run, account) for account in accounts},
            coverage={account: session.coverage(run, account) for account in accounts},
            plans={plan.account: plan for plan in session.plans(run)} if planned else {},
            progress={account: session.progress(run, account) for account in accounts},
            ledgers={account: session.ledger(run, account) for account in accounts},
            restores=session.restores(run),
        )

    def listed(self) -> set[Key]:
        """Keys of all resources of the estate whose existence AWS can be asked about."""
        return {item.key for item in self.estate.resources if is_listed(item)}


@dataclass(frozen=True, slots=True)
class Shown:
    """The demonstration: what its two runs did, what existed after each, and what it printed."""

    demo: Demo
    held: Run
    changes: list[Record]
    after_held: set[Key]
    cleaned: Run
    after_cleanup: set[Key]
    text: str


def key_of(entry: Planned | Rejected) -> Key:
    subject = entry.subject
    return subject.account, subject.region, subject.kind, subject.id


def graph_id(key: Key) -> str:
    return "/".join(key)


def texts_of(value: Any) -> list[str]:
    """Return all texts in the arguments of a call."""
    if isinstance(value, dict):
        return [text for entry in value.values() for text in texts_of(entry)]
    if isinstance(value, list):
        return [text for entry in value for text in texts_of(entry)]
    return [value] if isinstance(value, str) else []


def _is_made(call: Record, made: Record) -> bool:
    """Return whether a recorded call is one of a ledger; the record keeps only what names things.

    It knows no parameters of calls in CBOR, which CloudWatch speaks.
    """
    action, named = call["operation"].replace("_", ""), set(made["params"].values())
    return (made["service"], made["action"].lower()) == (call["service"], action) and (
        named <= set(texts_of(call["arguments"])) if named else call["service"] == "cloudwatch"
    )


def in_full(request: pytest.FixtureRequest, name: str) -> None:
    """Make a run in its place if its tests, which are marked full, run at all."""
    if request.config.getoption("full"):
        request.getfixturevalue(name)
