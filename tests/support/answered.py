"""A run in memory whose automations answer: its record, its claim and a small snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ebbtide.config import Automation, parse_config
from ebbtide.deployment.inputs import AnswerRequest
from ebbtide.graph.manifest import AccountEntry, Manifest
from ebbtide.jobs.answers import take_answer
from ebbtide.model.resource import Resource
from ebbtide.store.keys import CLAIM, CURRENT, RunKeys
from ebbtide.store.overlay import Overlay
from ebbtide.store.run import Run, store_run
from ebbtide.verdict.marks import Marks, read_marks
from tests.support.builders import ACCOUNT, NOW, volume
from tests.support.memory_store import MemoryStore

RUN_ID = "run-1"
KEYS = RunKeys(RUN_ID)


def volumes(number: int) -> list[Resource]:
    return [volume(f"vol-{one}") for one in range(number)]


class Answered:
    """What the function for answers finds in the bucket, and leaves there."""

    def __init__(
        self,
        automations: Sequence[Any],
        resources: Iterable[Resource] = (),
        workflow: str = "collect_and_cleanup",
    ) -> None:
        config = parse_config("{}").model_copy(
            update={"automations": tuple(Automation.model_validate(one) for one in automations)}
        )
        self.store = Overlay(MemoryStore())
        self.run = Run(RUN_ID, workflow, NOW, config)
        store_run(self.store, self.run)
        self.store.write_json(CLAIM, {"run_id": RUN_ID})
        name = KEYS.graph(ACCOUNT, "resources.jsonl.zst")
        self.store.write_lines(name, [one.to_line() for one in resources])
        entry = AccountEntry(ACCOUNT, "dev", RUN_ID, name, "", "", "")
        manifest = Manifest(RUN_ID, "2026-11-22T12:00:00Z", None, (entry,))
        self.store.write_json(KEYS.manifest, manifest.to_json())
        self.store.write_json(CURRENT, {"run_id": RUN_ID, "manifest": KEYS.manifest})

    def take(self, name: str, answer: Any = None, **rest: Any) -> dict[str, Any]:
        if "event" not in rest:
            (rest["event"],) = {
                one.event for one in self.run.config.automations if one.name == name
            }
        given = {"ended": "answered", "answer": answer, **rest}
        request = AnswerRequest(run_id=RUN_ID, automation=name, **given)
        return take_answer(request, self.store)

    def record(self, name: str) -> dict[str, Any]:
        (event,) = {one.event for one in self.run.config.automations if one.name == name}
        found: dict[str, Any] = self.store.read_json(KEYS.automation(event, name))
        return found

    def marks(self, until: str = "cleanup") -> Marks:
        return read_marks(self.store, self.run, ACCOUNT, until)
