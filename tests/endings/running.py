"""Runs the real rounds of the cleanup on one resource of a scripted cloud, until its ending."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from ebbtide.base.clock import from_text, to_text
from ebbtide.base.deadline import Deadline
from ebbtide.cleanup import read_again
from ebbtide.cleanup.read_again import Reader
from ebbtide.cleanup.rounds import Round
from ebbtide.cleanup.state import Progress
from ebbtide.cleanup.state_store import StateStore
from ebbtide.cleanup.verification import Verifier
from ebbtide.collect.listing import complete_items
from ebbtide.collect.to_resource import Place, build_resource
from ebbtide.config import Config, ProtectConfig
from ebbtide.graph.manifest import Manifest
from ebbtide.model.kind import Kind
from ebbtide.model.resource import GLOBAL
from ebbtide.plan import Plan, Planned
from ebbtide.store.run import Run
from ebbtide.verdict.fingerprint import fingerprint
from ebbtide.verdict.marks import NO_MARKS
from tests.endings.world import World
from tests.support.builders import NOW
from tests.support.scripted_aws import Direct, Document, Scripted
from tests.support.small_cleanup import Memory
from tests.unit.kinds.test_recorded_answers import ACCOUNT, REGION, list_documents

MOST_TICKS = 60


class Neutral:
    """Stands for whatever looks at other resources: there are none."""

    def __getattr__(self, _: str) -> Callable[..., Any]:
        return lambda *_args, **_options: ""


@dataclass(frozen=True)
class Ended:
    """How a cleanup ended."""

    progress: Progress
    seconds: float
    ledger: list[Document]

    @property
    def status(self) -> str:
        return self.progress.status

    @property
    def reason(self) -> str:
        return self.progress.reason


def place_of(kind: Kind) -> Place:
    return Place(ACCOUNT, GLOBAL if kind.scope == "global" else REGION, "aws")


@contextmanager
def overlaid(world: World) -> Iterator[None]:
    """Change what is read with the overlay of a world, at its top level."""

    def completed(*arguments: Any) -> Any:
        return [{**item, **world.overlay} for item in complete_items(*arguments)]

    with patch.object(read_again, "complete_items", completed):
        yield


def clean_up(world: World) -> Ended:
    """Plan the resource of a world, and clean it up, tick by tick, until its ending."""
    kind = world.kind
    session: Any = Scripted(ACCOUNT, world.answer)
    pool, place = Direct(), place_of(kind)
    reader = Reader(session, pool)
    listed = list_documents(kind)[0]
    subject = build_resource(kind, listed, place).subject
    overlay, world.overlay = world.overlay, world.planned
    with overlaid(world):
        found = reader.read(subject)
    world.overlay = {**world.planned, **overlay}
    assert found is not None, "the recorded answers do not describe it"
    world.item = found.item
    entry = Planned(
        subject,
        "delete",
        ("expired",),
        "expired",
        fingerprint=fingerprint(found.resource),
        tags=found.resource.tags or {},
    )
    world.there = not world.vanishes
    with overlaid(world):
        return Cleanup(session, reader, pool, entry, world).run()


@dataclass
class Cleanup:
    """The cleanup of a plan with one entry; its clock moves between the ticks."""

    session: Any
    reader: Reader
    pool: Direct
    entry: Planned
    world: World
    now: datetime = NOW

    def run(self) -> Ended:
        config = Config.model_validate({"cleanup": {"enabled": True, "dry_run": False}})
        run = Run("run", "cleanup", NOW, config)
        regions = (self.entry.subject.region,)
        plan = Plan("run", ACCOUNT, "m", "now", 1, regions, (self.entry,)).sealed()
        bucket: Any = Memory()
        bucket.write_json("m", Manifest("run", to_text(NOW), None, ()).to_json())
        store = StateStore(bucket, run, plan, self.clock)
        for _ in range(MOST_TICKS):
            store = StateStore(bucket, run, plan, self.clock)
            store.load()
            self._tick(store)
            if store.state.is_done:
                break
            self._wait(store.state.due)
            if self.world.later is not None:
                self.world.overlay, self.world.later = self.world.later, None
        progress = store.state.resources[self.entry.subject.graph_id]
        return Ended(progress, (self.now - NOW).total_seconds(), store.state.ledger)

    def clock(self) -> datetime:
        return self.now

    def _tick(self, store: StateStore) -> None:
        nobody: Any = Neutral()
        verifier = Verifier(
            self.reader, nobody, nobody, nobody, nobody, nobody, nobody, ProtectConfig(), NO_MARKS
        )
        deadline = Deadline.after(600)
        Round(self.session, store, verifier, self.reader, self.pool, deadline, self.clock).run()

    def _wait(self, due: str) -> None:
        """Wait as the state machine does: half a minute at most."""
        longest = self.now + timedelta(seconds=30)
        until = min(from_text(due), longest) if due else longest
        self.now = max(self.now + timedelta(seconds=1), until)
