"""Decisions about plans for tests, as `ebbtide plan approve` and `reject` write them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from ebbtide.base.clock import from_text, to_text
from ebbtide.config import parse_config
from ebbtide.plan import make_plan
from ebbtide.plan.approvals import Decision, Verdicts
from ebbtide.plan.binding import sealed_summary
from ebbtide.plan.model import read_plan
from ebbtide.store.keys import RunKeys
from tests.support.builders import ACCOUNT, NOW, inventory, owns_edge, resource, volume

ANN, BOB = "AROAEXAMPLEAAAAAAAAAA:ann@example.com", "AIDAEXAMPLEBBBBBBBBBB"


def decision(at: datetime, verdict: Any = "approve", **rest: Any) -> Decision:
    """Return a decision about all of the plan of `run-1`, for an hour."""
    usual = {"user": ANN, "run_id": "run-1", "hash": "0" * 64, "made": at}
    return Decision(**{**usual, "verdict": verdict, "until": at + timedelta(hours=1), **rest})


def decide(bucket: Any, run_id: str, verdict: Any = "approve", **rest: Any) -> Decision:
    """Store a decision about the plan of a run, made when the run started, for a day."""
    summary = bucket.read_json(RunKeys(run_id).plan_summary)
    made = from_text(summary["created"])
    usual = {"hash": summary["hash"], "run_id": run_id, "until": made + timedelta(days=1)}
    found = decision(made, verdict, **{**usual, **rest})
    bucket.write_text(found.key, found.text)
    return found


def write_held_plan(store: Any, run_id: str, made: datetime, **summary: Any) -> None:
    """Store a held plan of ACCOUNT: a machine of owner a with its disk, and two volumes."""
    tags, keys = {"expiration": "1d"}, RunKeys(run_id)
    machine = resource("aws_ec2_instance", "i-1", tags={**tags, "owner": "a"})
    disk = volume("vol-1")
    others = [volume("vol-2", tags=tags), volume("vol-3", tags={**tags, "owner": "b"})]
    plan = make_plan(
        inventory([machine, disk, *others], [owns_edge(machine, disk)]),
        parse_config("rules: {expired: {enabled: true}}"),
        run_id=run_id,
        manifest=keys.manifest,
        now=NOW,
        verdicts=Verdicts(),
    )
    store.write_json(keys.plan(ACCOUNT), plan.to_json())
    counts = {"planned": 4, "held": 4, "reported": 0, "refused": 0, "undecided": 0}
    usual = {
        "format": 1,
        "run_id": run_id,
        "created": to_text(made),
        "held": True,
        "held_resources": 4,
        "approval": "always",
        "exceeded": [],
        "unplanned_accounts": [],
        "accounts": [{"account": ACCOUNT, "hash": plan.hash, **counts}],
    }
    content = {**usual, **summary}
    store.write_json(keys.plan_summary, sealed_summary(content))


def rename(store: Any, run_id: str, name: str) -> str:
    """Give the first planned resource of a run another name; return the new hash of the plan."""
    keys = RunKeys(run_id)
    plan = read_plan(store.read_json(keys.plan(ACCOUNT)))
    first, *others = plan.planned
    renamed = replace(first, subject=replace(first.subject, name=name))
    sealed = replace(plan, planned=(renamed, *others)).sealed()
    store.write_json(keys.plan(ACCOUNT), sealed.to_json())
    summary = store.read_json(keys.plan_summary)
    summary["accounts"][0]["hash"] = sealed.hash
    found = sealed_summary(summary)
    store.write_json(keys.plan_summary, found)
    return str(found["hash"])
