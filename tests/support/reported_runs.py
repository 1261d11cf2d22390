"""Writes a run for reports into a bucket in memory: resources with prices, a plan, a ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ebbtide.base.clock import to_text
from ebbtide.config import parse_config
from ebbtide.deployment.own import Own
from ebbtide.graph.manifest import COVERAGE_FORMAT, AccountEntry, Manifest
from ebbtide.model.coverage import Coverage
from ebbtide.store.formats import PLAN_FORMAT
from ebbtide.store.keys import RunKeys
from ebbtide.store.run import Run, store_run
from tests.support.memory_store import MemoryStore
from tests.support.snapshots import resource

STARTED = datetime(2026, 11, 28, 9, tzinfo=UTC)
RUN = "run-1"
KEYS = RunKeys(RUN)

type Line = dict[str, Any]


def priced(kind: str, id: str, account: str, monthly: float | None = None, **given: Any) -> Line:
    """Return a line with the section `price`; no price of it is known if `monthly` is None."""
    line = resource(kind, id, account, **given)
    price = {"monthly": monthly, "currency": "USD"}
    return {**line, "price": price | ({"why": "no price"} if monthly is None else {})}


def subject_of(line: Mapping[str, Any]) -> Line:
    names = ("graph_id", "kind", "id", "name", "account", "region", "arn")
    return {name: line[name] for name in names}


def planned(line: Mapping[str, Any], **given: Any) -> Line:
    """Return an entry of `planned`, as it is stored."""
    entry = {
        "subject": subject_of(line),
        "action": "delete",
        "rules": ["expired"],
        "reason": "expired 2d ago",
        "evidence": ["eu-central-1/aws_ec2_instance: complete"],
        "after": [],
        "prepared_after": [],
        "stays": "",
        "approvals": [],
        "held": "",
        "wave": 1,
        "monthly": (line.get("price") or {}).get("monthly"),
    }
    return entry | given


def rejected(line: Mapping[str, Any], **given: Any) -> Line:
    """Return an entry of `refused` or `undecided`, as it is stored."""
    entry = {
        "subject": subject_of(line),
        "rules": ["untagged"],
        "selected_because": "no owner",
        "code": "protected",
        "reason": "protected by its tag",
        "blockers": [],
    }
    return entry | given


def ended(line: Mapping[str, Any], event: str = "gone", **given: Any) -> Line:
    """Return the last entry of a resource in a ledger."""
    entry = {
        "seq": 1,
        "at": to_text(STARTED),
        "run_id": RUN,
        "dry_run": False,
        "graph_id": line["graph_id"],
        "arn": line["arn"],
        "event": event,
        "rules": ["expired"],
        "selected_because": "expired 2d ago",
        "reason": "",
        "monthly": (line.get("price") or {}).get("monthly"),
    }
    return entry | given


@dataclass
class Estate:
    """What a run leaves; the fields are by account."""

    lines: dict[str, list[Line]]
    edges: dict[str, list[Line]] = field(default_factory=dict)
    changes: dict[str, list[Line]] = field(default_factory=dict)
    plans: dict[str, dict[str, list[Line]]] = field(default_factory=dict)
    ledgers: dict[str, list[Line]] = field(default_factory=dict)
    coverage: dict[str, list[Coverage]] = field(default_factory=dict)
    config: str = "{}"
    store: MemoryStore = field(default_factory=MemoryStore)

    def written(self) -> MemoryStore:
        """Write the run, and return the bucket."""
        entries = tuple(self._account(account) for account in self.lines)
        manifest = Manifest(RUN, to_text(STARTED), None, entries)
        self.store.write_json(KEYS.manifest, manifest.to_json())
        self.store.write_json(KEYS.accounts, [{"account": account} for account in self.lines])
        bucket: Any = self.store
        own = Own("111122223333", "ebbtide", "bucket", ())
        config = parse_config(self.config.encode())
        store_run(bucket, Run(RUN, "collect_and_cleanup", STARTED, config, own=own))
        if self.plans:
            self._write_plans()
        for account, ledger in self.ledgers.items():
            state = {"ledger": ledger, "in_segments": 0, "resources": {}}
            self.store.write_json(KEYS.cleanup(account, "state.json"), state)
        return self.store

    def _account(self, account: str) -> AccountEntry:
        files = {"resources": self.lines, "edges": self.edges, "changes": self.changes}
        places = {name: KEYS.graph(account, f"{name}.jsonl.zst") for name in files}
        for name, values in files.items():
            self.store.objects[places[name]] = values.get(account, [])
        read = self.coverage.get(account, [])
        coverage = KEYS.graph(account, "coverage.json")
        lines = [one.to_line() for one in read]
        self.store.write_json(coverage, {"format": COVERAGE_FORMAT, "kinds": lines})
        return AccountEntry(
            account,
            f"name of {account}",
            RUN,
            **places,
            coverage=coverage,
            counts=_counts(line["kind"] for line in self.lines[account]),
            states=_counts(one.state for one in read),
        )

    def _write_plans(self) -> None:
        for account, lists in self.plans.items():
            empty: dict[str, Any] = {
                name: [] for name in ("planned", "reported", "refused", "undecided")
            }
            self.store.write_json(KEYS.plan(account), {"format": PLAN_FORMAT, **empty, **lists})
        counts = [
            {"account": account, "planned": len(lists.get("planned", ()))}
            for account, lists in self.plans.items()
        ]
        summary = {"held": False, "exceeded": [], "unplanned_accounts": [], "accounts": counts}
        self.store.write_json(KEYS.plan_summary, summary)


def _counts(names: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name in names:
        found[name] = found.get(name, 0) + 1
    return found
