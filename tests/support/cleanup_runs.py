"""Runs of a cleanup without AWS: an account whose resources answer as scripted, and a clock."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from ebbtide.base.clock import to_text
from ebbtide.base.deadline import Deadline
from ebbtide.base.errors import CallError
from ebbtide.cleanup import rounds, tick
from ebbtide.cleanup.deleting import Outcome
from ebbtide.cleanup.ledger import ledger_texts
from ebbtide.cleanup.read_again import Description
from ebbtide.cleanup.rounds import Round
from ebbtide.cleanup.state import OVER, State
from ebbtide.cleanup.tick import run_tick
from ebbtide.cleanup.verification import Verified
from ebbtide.config import Config
from ebbtide.config.calendar import CalendarConfig
from ebbtide.deployment.inputs import TickRequest
from ebbtide.graph.manifest import Manifest
from ebbtide.model.resource import Subject
from ebbtide.plan import Plan, Planned
from ebbtide.plan.binding import configuration_hash, permitted_plan, sealed_summary
from ebbtide.plan.deletions import allowances
from ebbtide.plan.today import today_of
from ebbtide.store.keys import CLAIM, RunKeys, unfinished_key
from ebbtide.store.run import Run, store_run
from tests.support.builders import ACCOUNT, NOW, REGION, resource
from tests.support.scripted_aws import Direct
from tests.support.small_cleanup import Memory

# Declares a failed state, its reason, a creation time and a usual time of 15 minutes.
KIND = "aws_cloudformation_stack"
BORN = "2026-01-01T00:00:00Z"


def name(id: str) -> str:
    return resource(KIND, id).graph_id


def planned(id: str, **rest: Any) -> Planned:
    action = rest.pop("action", "delete")
    return Planned(resource(KIND, id).subject, action, ("expired",), "expired", **rest)


class KilledError(Exception):
    """Ends a tick where a function could be killed."""


@dataclass(frozen=True)
class Script:
    """How AWS treats one resource.

    `answers` come one after the other, and then "done" for ever. `lost` answers may have an effect.
    After an accepted call it takes `seconds` until the resource is gone, or until `becomes` is true
    of it instead: "failed", "again" (made again under its id) or "stuck" (for ever on its way).
    """

    answers: tuple[str, ...] = ()
    prepare: tuple[str, ...] = ()
    seconds: int = 0
    becomes: str = "gone"
    stays: bool = False  # although its owner goes
    protected: bool = False  # verification finds a mismatch
    unreadable: bool = False
    prepares: bool = False  # preparing it changes something in AWS


@dataclass
class Cloud:
    """An account, and the runs that clean it up; `kill` is asked before and after each step."""

    scripts: Mapping[str, Script]
    now: datetime = NOW
    bucket: Memory = field(default_factory=Memory)
    calls: list[tuple[str, str]] = field(default_factory=list)
    kill: Callable[[str], None] = lambda _step: None
    dry_run: bool = False
    deadline: str = "2h"
    # `cleanup.calendar`, and the runs so far, whose states tell what has begun in a day.
    calendar: Mapping[str, Any] = field(default_factory=dict)
    runs: list[str] = field(default_factory=list)
    # Answers that AWS gives for ever once it has given them.
    lasting: tuple[str, ...] = ()
    faults: list[str] = field(default_factory=list)
    permitted: dict[str, Plan | None] = field(default_factory=dict)
    turns: int = 0
    attempt: int = 0

    def __post_init__(self) -> None:
        self.there = set(self.scripts)
        self.born = dict.fromkeys(self.scripts, BORN)
        self.going: dict[str, datetime] = {}
        self.failed: set[str] = set()
        self.made: Counter[tuple[str, str]] = Counter()
        self.bucket.write_json("m", Manifest("run", to_text(NOW), None, ()).to_json())
        for operation in ("create_json", "replace_json", "write_text"):
            setattr(self.bucket, operation, self._killable(getattr(self.bucket, operation)))

    def _killable(self, write: Callable[..., str]) -> Callable[..., str]:
        def killable(key: str, *rest: Any) -> str:
            self.kill(f"before writing {key}")
            etag = write(key, *rest)
            self.kill(f"after writing {key}")
            return etag

        return killable

    # Runs

    def begin(self, run_id: str, *entries: Planned) -> None:
        """Publish the plan of a run that holds the claim."""
        self.entries = {one.subject.graph_id: one for one in entries}
        self.run_id, self.keys = run_id, RunKeys(run_id)
        cleanup = {"enabled": True, "dry_run": self.dry_run, "deadline": self.deadline}
        cleanup["calendar"] = self.calendar
        run = Run(run_id, "cleanup", self.now, Config.model_validate({"cleanup": cleanup}))
        plan = Plan(run_id, ACCOUNT, "m", "now", len(entries), (REGION,), entries).sealed()
        bucket: Any = self.bucket
        store_run(bucket, run)
        self.bucket.write_json(self.keys.plan(ACCOUNT), plan.to_json())
        told = {"account": ACCOUNT, "hash": plan.hash, "planned": len(entries)}
        told |= self._calendar(run.config.cleanup.calendar, plan)
        content = {"accounts": [told], "held": False, "configuration": configuration_hash(run)}
        content["calendar"] = {"at": to_text(self.now)}
        summary = sealed_summary(content)
        self.summary_hash = summary["hash"]
        self.bucket.write_json(self.keys.plan_summary, summary)
        self.bucket.write_json(CLAIM, {"run_id": run_id})

    def _calendar(self, calendar: CalendarConfig, plan: Plan) -> dict[str, Any]:
        """Return what the summary says of the calendar, and remember the run."""
        bucket: Any = self.bucket
        earlier, self.runs = self.runs, [*self.runs, self.run_id]
        if not calendar.is_set:
            return {}
        allowance = None
        if calendar.per_day is not None:
            allowance = allowances(bucket, earlier, calendar, self.now)(ACCOUNT)
        return {"calendar": today_of(calendar, ACCOUNT, plan.planned, allowance, self.now)}

    def tick(self) -> dict[str, Any]:
        request = TickRequest(
            run_id=self.run_id,
            account=ACCOUNT,
            summary_hash=self.summary_hash,
            turn=f"turn-{self.turns}",
            attempt=self.attempt,
        )
        bucket: Any = self.bucket
        settings: Any = None
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tick, "_run_rounds", self._rounds)
            patch.setattr(tick, "permitted_plan", self._permitted_plan)
            patch.setattr(rounds, "prepare_resource", self._prepare)
            patch.setattr(rounds, "delete_resource", self._delete)
            # If it fails, the state machine retries the same turn.
            self.attempt += 1
            answer = run_tick(request, bucket, settings, Deadline.after(600), lambda: self.now)
        self.turns, self.attempt = self.turns + 1, 0
        return answer

    def finish(self, ticks: int = 400) -> timedelta:
        """Run ticks and wait as they say until the run is done; return how long it took."""
        began = self.now
        for _ in range(ticks):
            try:
                answer = self.tick()
            except KilledError:
                continue
            if answer["done"]:
                return self.now - began
            self.now += timedelta(seconds=answer["wait_seconds"])
        raise AssertionError(f"not done after {ticks} ticks: {self.statuses()}")

    def _rounds(self, _run: Any, store: Any, unfinished: Any, *_: Any) -> None:
        fake: Any = self
        session: Any = SimpleNamespace()
        deadline = Deadline.after(600)
        Round(session, store, fake, fake, Direct(), deadline, lambda: self.now, unfinished).run()

    def _permitted_plan(self, *of: Any) -> Plan | None:
        """Return the plan of the run, which is hashed again only in the first tick."""
        if self.run_id not in self.permitted:
            self.permitted[self.run_id] = permitted_plan(*of)
        return self.permitted[self.run_id]

    @property
    def state(self) -> State:
        return State.from_json(self.bucket.read_json(self.keys.cleanup(ACCOUNT, "state.json")))

    def statuses(self) -> dict[str, str]:
        return {key.rpartition("/")[2]: one.status for key, one in self.state.resources.items()}

    def reasons(self) -> dict[str, str]:
        return {key.rpartition("/")[2]: one.reason for key, one in self.state.resources.items()}

    def ledger(self) -> list[dict[str, Any]]:
        bucket: Any = self.bucket
        text = "".join(ledger_texts(bucket, self.state))
        return [json.loads(line) for line in text.splitlines()]

    def endings(self) -> Counter[str]:
        """Return how many endings the ledger of the run has for each resource."""
        over = [line for line in self.ledger() if line["event"] in OVER]
        return Counter(line["graph_id"].rpartition("/")[2] for line in over)

    def memory(self) -> dict[str, Any]:
        value = self.bucket.find_json(unfinished_key(ACCOUNT)) or {"resources": {}}
        return {key.rpartition("/")[2]: one for key, one in value["resources"].items()}

    # AWS

    def settle(self) -> None:
        """Let happen what is due by now."""
        for id, at in list(self.going.items()):
            if at > self.now:
                continue
            del self.going[id]
            becomes = self.scripts[id].becomes
            if becomes == "failed":
                self.failed.add(id)
            elif becomes == "stuck":
                self.going[id] = datetime.max.replace(tzinfo=NOW.tzinfo)
            elif becomes == "again":
                self.born[id] = to_text(self.now)
            else:
                self.there.discard(id)

    def is_planned_one(self, id: str) -> bool:
        """Return whether a resource is there that the plan means."""
        return id in self.there and self.born[id] == BORN

    def _prepare(self, _session: Any, entry: Planned, _document: Any) -> Outcome:
        return self._call("prepare", entry, self.scripts[entry.subject.id].prepare)

    def _delete(self, _session: Any, entry: Planned, _document: Any) -> Outcome:
        return self._call("delete", entry, self.scripts[entry.subject.id].answers)

    def _call(self, call: str, entry: Planned, answers: tuple[str, ...]) -> Outcome:
        id = entry.subject.id
        self.kill(f"before {call} {id}")
        self.settle()
        self._judge(call, entry)
        number = self.made[call, id]
        self.made[call, id] += 1
        self.calls.append((call, id))
        answer = answers[number] if number < len(answers) else "done"
        if answer in self.lasting:
            # Asked again after a tick was killed, AWS says the same.
            self.made[call, id] -= 1
        if call == "delete" and answer in ("done", "carried out"):
            self._accept(id, entry)
        self.kill(f"after {call} {id}")
        ending: Any = "lost" if answer == "carried out" else answer
        made = call == "delete" or self.scripts[id].prepares
        calls = ({"operation": call},) if made else ()
        return Outcome(ending, "" if ending == "done" else f"AWS says {ending}", calls)

    def _accept(self, id: str, entry: Planned) -> None:
        self.failed.discard(id)
        self.going.setdefault(id, self.now + timedelta(seconds=self.scripts[id].seconds))
        for other in self.entries.values():
            if (
                other.goes_with == entry.subject.graph_id
                and not self.scripts[other.subject.id].stays
            ):
                self.going.setdefault(other.subject.id, self.going[id])
        self.settle()

    def _judge(self, call: str, entry: Planned) -> None:
        """Note what must never happen."""
        id = entry.subject.id
        if not self.is_planned_one(id):
            self.faults.append(f"{call} of {id}, which is not the planned one")
        if self.scripts[id].protected:
            self.faults.append(f"{call} of {id}, which differs from the plan")
        for other in entry.after:
            if self.is_planned_one(other.rpartition("/")[2]):
                self.faults.append(f"{call} of {id} before {other} was gone")

    # The reader

    def read(self, subject: Subject, **_: Any) -> Description | None:
        self.settle()
        id = subject.id
        if self.scripts[id].unreadable:
            raise CallError("cloudformation", "read", "InternalError", "no", ACCOUNT, REGION)
        if id not in self.there:
            return None
        status = "DELETE_FAILED" if id in self.failed else "CREATE_COMPLETE"
        item = {
            "StackId": id,
            "CreationTime": self.born[id],
            "StackStatus": status,
            "StackStatusReason": f"{id} is not empty",
        }
        return Description(item, resource(KIND, id, properties={"stack_status": status}), item)

    # The verifier

    def together(self, _: Any) -> dict[str, Any]:
        return {}

    def start_round(self, going: frozenset[str]) -> None:
        pass

    def expect(self, _: Any) -> None:
        pass

    def read_together(self, _: Any) -> dict[str, Any]:
        return {}

    def verify(self, one: Planned, *, released: bool, item: Any = None) -> Verified:
        del released, item
        script = self.scripts[one.subject.id]
        if script.unreadable:
            return Verified(mismatch="could not be verified")
        found = self.read(one.subject)
        if found is None:
            return Verified(gone=True)
        return Verified(found, mismatch="is now protected" if script.protected else "")

    def objection(self, one: Planned, root: Planned) -> str:
        del root
        return "is now protected" if self.scripts[one.subject.id].protected else ""


def cloud(**scripts: Script) -> Cloud:
    return Cloud(scripts)


def remaining(entries: Iterable[Planned], there: Cloud) -> list[Planned]:
    """Return the plan of the next run: what is still there, in the same order."""
    names = {one.subject.graph_id for one in entries if one.subject.id in there.there}

    def kept(of: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(one for one in of if one in names)

    return [
        replace(one, after=kept(one.after), prepared_after=kept(one.prepared_after))
        for one in entries
        if one.subject.graph_id in names
    ]
