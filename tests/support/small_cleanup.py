"""A cleanup without AWS: an account in memory, whose resources go when, or after, one says so."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from ebbtide.base.clock import to_text
from ebbtide.base.deadline import Deadline
from ebbtide.base.errors import CallError, ConflictError, MissingError
from ebbtide.cleanup import rounds
from ebbtide.cleanup.deleting import Outcome
from ebbtide.cleanup.read_again import Description
from ebbtide.cleanup.rounds import Round
from ebbtide.cleanup.state import State
from ebbtide.cleanup.state_store import StateStore
from ebbtide.cleanup.verification import Verified
from ebbtide.config import Config
from ebbtide.graph.manifest import Manifest
from ebbtide.model.resource import Subject
from ebbtide.plan import Plan, Planned
from ebbtide.store.bucket import Stored
from ebbtide.store.run import Run
from tests.support.builders import ACCOUNT, NOW, REGION, resource

KIND = "aws_sqs_queue"


def name(id: str) -> str:
    return resource(KIND, id).graph_id


def entry(id: str, **rest: Any) -> Planned:
    return Planned(
        resource(KIND, id).subject, rest.pop("action", "delete"), ("expired",), "expired", **rest
    )


class Memory:
    """A bucket in memory, with the conditional writes of the state."""

    def __init__(self) -> None:
        self.objects: dict[str, str] = {}
        self._number = 0
        self._etags: dict[str, str] = {}

    def read(self, key: str) -> Stored:
        if key not in self.objects:
            raise MissingError(key)
        return Stored(json.loads(self.objects[key]), self._etags[key])

    def read_json(self, key: str) -> Any:
        return self.read(key).value

    def find_json(self, key: str) -> Any | None:
        return self.read_json(key) if key in self.objects else None

    def write_json(self, key: str, value: Any) -> str:
        return self._put(key, value)

    def create_json(self, key: str, value: Any) -> str:
        if key in self.objects:
            raise ConflictError(key)
        return self._put(key, value)

    def replace_json(self, key: str, value: Any, etag: str) -> str:
        if self._etags[key] != etag:
            raise ConflictError(key)
        return self._put(key, value)

    def write_text(self, key: str, text: str, _: str = "") -> str:
        return self._put(key, text)

    def read_text(self, key: str) -> str:
        return str(self.read_json(key))

    def _put(self, key: str, value: Any) -> str:
        self._number += 1
        # As text, like the bucket: nobody may change what is stored by changing what it came from.
        self.objects[key], self._etags[key] = json.dumps(value), f"e{self._number}"
        return self._etags[key]


def error(code: str = "InternalError") -> CallError:
    return CallError("sqs", "read", code, "no answer", ACCOUNT, REGION)


@dataclass
class Account:
    """The account of a cleanup, and the cleanup of a plan in it, tick by tick.

    `lingers`: how many reads after its deletion still find a resource. `unreadable`: reads that
    fail. `answers`: what preparing or deleting a resource answers, instead of "done".
    `mismatches`: what verification says against a resource. `before`: is called before each call.
    """

    entries: tuple[Planned, ...]
    lingers: dict[str, int] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)
    answers: dict[tuple[str, str], Outcome] = field(default_factory=dict)
    mismatches: dict[str, str] = field(default_factory=dict)
    before: Callable[[str, str], None] = lambda _call, _id: None
    dry_run: bool = False
    clock: Callable[[], datetime] = lambda: NOW
    run_id: str = "run"
    unfinished: dict[str, Planned] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    bucket: Memory = field(default_factory=Memory)

    def __post_init__(self) -> None:
        self.there = {one.subject.id for one in self.entries}
        self.going: dict[str, int] = {}
        # A snapshot in which the account is missing.
        self.bucket.write_json("m", Manifest("run", to_text(NOW), None, ()).to_json())

    @property
    def run(self) -> Run:
        cleanup = {"enabled": True, "dry_run": self.dry_run}
        config = Config.model_validate({"cleanup": cleanup})
        return Run(self.run_id, "cleanup", NOW, config)

    def stored(self) -> State:
        """Return the state as the bucket has it now."""
        return State.from_json(self.bucket.read(self.run.keys.cleanup(ACCOUNT, "state.json")).value)

    def statuses(self) -> dict[str, str]:
        return {key.split("/")[-1]: one.status for key, one in self.stored().resources.items()}

    def kept(self) -> list[str]:
        """Return the ids of the resources whose description is stored, in the order of storing."""
        keys = (key for key in self.bucket.objects if "/restore/" in key)
        return [key.rpartition("/")[2].removesuffix(".json") for key in keys]

    def tick(self, monkeypatch: pytest.MonkeyPatch, seconds: float = 600) -> None:
        """Run one tick of the cleanup with the state that the bucket has."""
        count = len(self.entries)
        plan = Plan(self.run_id, ACCOUNT, "m", "now", count, (REGION,), self.entries).sealed()
        store = StateStore(self.bucket, self.run, plan, self.clock)  # type: ignore[arg-type]
        store.load()
        monkeypatch.setattr(rounds, "prepare_resource", self._calling("prepare"))
        monkeypatch.setattr(rounds, "delete_resource", self._calling("delete"))
        with ThreadPoolExecutor(1) as pool:
            Round(
                SimpleNamespace(),  # type: ignore[arg-type]
                store,
                self,  # type: ignore[arg-type]
                self,  # type: ignore[arg-type]
                pool,
                Deadline.after(seconds),
                self.clock,
                self.unfinished,
            ).run()

    def _calling(self, call: str) -> Callable[..., Outcome]:
        def calling(_session: Any, one: Planned, _document: Any) -> Outcome:
            id = one.subject.id
            self.before(call, id)
            self.calls.append((call, id))
            outcome = self.answers.get((call, id), Outcome("done"))
            if call == "delete" and outcome.ending == "done":
                self._delete(id)
                for other in self.entries:
                    if other.goes_with == one.subject.graph_id:
                        self._delete(other.subject.id)
            return outcome

        return calling

    def _delete(self, id: str) -> None:
        self.going[id] = self.lingers.get(id, 0)

    # The reader

    def read(self, subject: Subject, **_: Any) -> Description | None:
        id = subject.id
        if id in self.unreadable:
            raise error()
        if id in self.going:
            if not self.going[id]:
                self.there.discard(id)
            self.going[id] -= 1
        if id not in self.there:
            return None
        return Description({"QueueUrl": id}, resource(KIND, id), {"QueueUrl": id, "id": id})

    def together(self, _: Any) -> dict[str, Any]:
        return {}

    # The verifier

    def start_round(self, going: frozenset[str]) -> None:
        pass

    def expect(self, _: Any) -> None:
        pass

    def read_together(self, _: Any) -> dict[str, Any]:
        return {}

    def verify(self, one: Planned, *, released: bool, item: Any = None) -> Verified:
        del released, item
        if one.subject.id in self.mismatches:
            return Verified(mismatch=self.mismatches[one.subject.id])
        if one.subject.id not in self.there:
            return Verified(gone=True)
        return Verified(self.read(one.subject))

    def objection(self, one: Planned, root: Planned) -> str:
        del root
        return self.mismatches.get(one.subject.id, "")


def account(*entries: Planned, **rest: Any) -> Account:
    return Account(tuple(entries), **rest)


def ids(calls: Iterable[tuple[str, str]], call: str) -> list[str]:
    return [id for made, id in calls if made == call]
