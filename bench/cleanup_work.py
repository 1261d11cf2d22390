"""Clean up one account of 500, 5,000 and 20,000 resources, beside aws-nuke's approach.

The cleanup is the real one, turn by turn; AWS and the bucket are in memory, the clock is simulated.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import botocore.client
from rich.console import Console
from rich.table import Table

from bench.cleanup_estate import ACCOUNT, NOW, QUEUE_TAGS, QUEUES, REGION, Account, Item
from bench.cleanup_nuke import Nuke
from ebbtide.aws import own_session
from ebbtide.aws.account import AccountSession
from ebbtide.base.clock import to_text
from ebbtide.base.deadline import Deadline
from ebbtide.base.errors import ConflictError, MissingError
from ebbtide.cleanup import state_store, tick
from ebbtide.cleanup.known import Known
from ebbtide.collect.to_resource import Place, build_resource
from ebbtide.config import parse_config
from ebbtide.deployment.inputs import TickRequest
from ebbtide.graph.manifest import Manifest
from ebbtide.kinds import registry
from ebbtide.model.resource import GLOBAL, Resource
from ebbtide.plan.binding import configuration_hash, sealed_summary
from ebbtide.plan.model import Plan, Planned
from ebbtide.store.bucket import Stored
from ebbtide.store.keys import CLAIM
from ebbtide.store.run import Run, store_run
from ebbtide.verdict.fingerprint import fingerprint

SIZES = (500, 5_000, 20_000)
MOST_TURNS = 250
# What the function has (template.yaml), and the states of a turn: the tick, the choice, the wait.
FUNCTION_SECONDS, TRANSITIONS_PER_TURN = 300, 3
CONFIG = parse_config(
    "rules: {expired: {enabled: true}}\n"
    "cleanup: {enabled: true, dry_run: false, allow_guardrails: [aws_iam_role]}"
)


@dataclass
class Memory:
    """The bucket; `written` counts the bytes of all writes."""

    objects: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    written: int = 0
    writes: int = 0

    def read(self, key: str) -> Stored:
        if key not in self.objects:
            raise MissingError(key)
        body, etag = self.objects[key]
        return Stored(json.loads(body), etag)

    def read_json(self, key: str) -> Any:
        return self.read(key).value

    def find_json(self, key: str) -> Any | None:
        return self.read_json(key) if key in self.objects else None

    def read_text(self, key: str) -> str:
        return self.objects[key][0].decode()

    def write_json(self, key: str, value: Any) -> str:
        return self.write_text(key, json.dumps(value))

    def write_text(self, key: str, text: str, _: str = "") -> str:
        body = text.encode()
        self.writes += 1
        self.written += len(body)
        self.objects[key] = body, f"e{self.writes}"
        return self.objects[key][1]

    def create_json(self, key: str, value: Any) -> str:
        if key in self.objects:
            raise ConflictError(key)
        return self.write_json(key, value)

    def replace_json(self, key: str, value: Any, etag: str) -> str:
        if self.objects[key][1] != etag:
            raise ConflictError(key)
        return self.write_json(key, value)


@dataclass(frozen=True, slots=True)
class Work:
    """What cleaning up an account took; `turns` are the passes of aws-nuke."""

    size: int
    calls: int
    deleting: int
    refused: int
    seconds: float
    turns: int
    written: int = 0

    @classmethod
    def of(cls, account: Account, seconds: float, turns: int, written: int = 0) -> Work:
        if account.remaining():
            raise SystemExit(f"{account.remaining()} of {account.size} resources are left")
        calls, deleting = account.calls.total(), account.deleting
        return cls(account.size, calls, deleting, account.refused, seconds, turns, written)

    @property
    def per_resource(self) -> float:
        return self.calls / self.size

    @property
    def transitions(self) -> int:
        return self.turns * TRANSITIONS_PER_TURN


def plan_of(account: Account) -> tuple[Plan, list[Resource]]:
    """Return the plan of everything in an account, each after what is in its way."""
    found, entries = [], []
    named = {}
    for kind in _ORDER:
        for item in account.there[kind].values():
            place = Place(ACCOUNT, GLOBAL if registry()[kind].scope == "global" else REGION, "aws")
            one = build_resource(registry()[kind], _listed(kind, item), place)
            named[one.id if kind != "aws_iam_role" else item["RoleName"]] = one
            found.append(one)
    after: dict[str, list[str]] = {}
    for id, held in account.held.items():
        for other in held:
            after.setdefault(other, []).append(named[id].graph_id)
    for id, one in named.items():
        entries.append(
            Planned(
                one.subject,
                "delete",
                ("expired",),
                "expired",
                after=tuple(after.get(id, ())),
                fingerprint=fingerprint(one),
                tags=dict(one.tags or {}),
            )
        )
    plan = Plan(
        "bench", ACCOUNT, "m", to_text(NOW), len(found), (GLOBAL, REGION), tuple(entries)
    ).sealed()
    return plan, found


_ORDER = (
    "aws_ec2_instance",
    "aws_ec2_volume",
    "aws_ec2_security_group",
    "aws_ec2_subnet",
    "aws_vpc",
    "aws_sqs_queue",
    "aws_iam_role",
)


def _listed(kind: str, item: Item) -> Item:
    """Return an item with its details, as the collector has it."""
    if kind != "aws_sqs_queue":
        return item
    name = item["QueueArn"].rpartition(":")[2]
    return {"QueueUrl": f"{QUEUES}{name}", **item, "Tags": QUEUE_TAGS}


@contextmanager
def _answering(account: Account, found: list[Resource]) -> Iterator[None]:
    def call(client: Any, name: str, arguments: Any) -> Item:
        answer = account.answer(client.meta.service_model.service_name, name, arguments)
        return {**answer, "ResponseMetadata": {"RequestId": "bench", "HTTPStatusCode": 200}}

    class Snapshot(Known):
        """The planned resources, without reading a snapshot."""

        def read(self) -> None:
            if not self._read:
                self.planned = {one.graph_id: one.to_line() for one in found}
                self._read = True

    with ExitStack() as stack:
        for owner, name, replaced in (
            (botocore.client.BaseClient, "_make_api_call", call),
            (AccountSession, "reaches", lambda *_: True),
            (AccountSession, "wait_for_rate", lambda *_: None),
            (state_store, "Known", Snapshot),
            (tick, "enter_account", lambda own, *_: own),
        ):
            stack.enter_context(patch.object(owner, name, replaced))
        own = own_session(ACCOUNT, "aws", CONFIG.cleanup.threads)
        stack.enter_context(patch.object(tick, "own_session", lambda *_: own))
        yield


def cleanup_of(size: int) -> Work:
    """Clean up an account, turn by turn, and return what it took."""
    account, memory = Account(size), Memory()
    plan, found = plan_of(account)
    bucket: Any = memory
    run = Run("bench", "cleanup", NOW, CONFIG)
    store_run(bucket, run)
    bucket.write_json("m", Manifest("bench", to_text(NOW), None, ()).to_json())
    bucket.write_json(run.keys.plan(ACCOUNT), plan.to_json())
    told = [{"account": ACCOUNT, "hash": plan.hash}]
    content = {"accounts": told, "held": False, "configuration": configuration_hash(run)}
    summary = sealed_summary(content)
    bucket.write_json(run.keys.plan_summary, summary)
    bucket.write_json(CLAIM, {"run_id": "bench"})
    settings: Any = SimpleNamespace(
        account_id=ACCOUNT, partition="aws", cleaner_role="cleaner", external_id=""
    )
    memory.written = 0
    with _answering(account, found):
        began, turns, done = time.process_time(), 0, False
        while not done and turns < MOST_TURNS:
            request = TickRequest(
                run_id="bench",
                account=ACCOUNT,
                summary_hash=summary["hash"],
                turn=f"turn-{turns}",
                attempt=0,
            )
            deadline = Deadline.after(FUNCTION_SECONDS)
            answer = tick.run_tick(request, bucket, settings, deadline, lambda: account.now)
            turns, done = turns + 1, answer["done"]
            account.now += timedelta(seconds=answer["wait_seconds"])
    seconds = time.process_time() - began
    return Work.of(account, seconds, turns, memory.written)


def nuked(size: int, *, details: bool = True) -> Work:
    """Do with the same account what aws-nuke does, or only its lists and deletions."""
    nuke = Nuke(Account(size), details)
    began = time.process_time()
    nuke.run()
    return Work.of(nuke.account, time.process_time() - began, nuke.passes)


def show(console: Console, sizes: tuple[int, ...] = SIZES) -> None:
    """Measure and print each size."""
    made = [(cleanup_of(size), nuked(size), nuked(size, details=False)) for size in sizes]
    calls = Table(title="Calls to clean up an account: ours, then aws-nuke's approach")
    columns = ("resources", "reading", "deleting", "refused", "in all", "per resource")
    for column in (*columns, *columns[1:], "without details"):
        calls.add_column(column, justify="right")
    for ours, other, bare in made:
        calls.add_row(f"{ours.size:,}", *_calls(ours), *_calls(other), f"{bare.per_resource:.2f}")
    console.print(calls)
    work = Table(title="Work to clean up an account")
    for column in ("resources", "CPU", "turns", "transitions", "MB written", "KB each", "passes"):
        work.add_column(column, justify="right")
    for ours, other, _ in made:
        work.add_row(
            f"{ours.size:,}",
            f"{ours.seconds:.1f} s",
            f"{ours.turns}",
            f"{ours.transitions}",
            f"{ours.written / 1e6:.1f}",
            f"{ours.written / 1e3 / ours.size:.1f}",
            f"{other.turns}",
        )
    console.print(work)
    for ours, other, _ in made:
        if ours.calls >= other.calls:
            raise SystemExit(f"{ours.size:,} resources take more calls than aws-nuke's approach")


def _calls(work: Work) -> tuple[str, ...]:
    counts = (work.calls - work.deleting, work.deleting, work.refused, work.calls)
    return (*(f"{count:,}" for count in counts), f"{work.per_resource:.2f}")
