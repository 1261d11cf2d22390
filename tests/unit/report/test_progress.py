"""The sentences about a run in progress say what it really does, from what it has left so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ebbtide.deployment.events import WORKFLOWS
from ebbtide.report.progress import Narrator, steps_left
from ebbtide.store.keys import RunKeys
from tests.support.memory_store import MemoryStore

KEYS = RunKeys("demo")
NAMES = {"1": "platform", "2": "payments"}
WORK = [{"account": "1"}, {"account": "2"}, {"account": "2"}]


@pytest.fixture
def store() -> MemoryStore:
    return begun()


def begun(workflow: str = "collect_and_cleanup", *, enabled: bool = True) -> MemoryStore:
    found = MemoryStore()
    config = {"cleanup": {"enabled": enabled}}
    found.write_json(KEYS.run, {"workflow": workflow, "config": config})
    return found


def narrator(store: MemoryStore) -> Narrator:
    return Narrator(store, "demo", NAMES)


def plan(store: MemoryStore, *, exceeded: tuple[str, ...] = (), planned: int = 8) -> None:
    counts = {"planned": planned, "refused": 2, "undecided": 1}
    summary = {"accounts": [counts], "held": bool(exceeded), "exceeded": list(exceeded)}
    store.write_json(KEYS.plan_summary, summary)


def manifest(store: MemoryStore, **more: Any) -> None:
    usual = {"name": "platform", "counts": {"a": 2, "b": 3}, "stale_since": None, "gaps": {}}
    store.write_json(KEYS.manifest, {"accounts": [{**usual, **more}], "missing": []})


def cleaning(store: MemoryStore, statuses: Mapping[str, str]) -> None:
    resources = {name: {"status": status} for name, status in statuses.items()}
    store.write_json(KEYS.cleanup("1", "state.json"), {"resources": resources})


def test_a_run_without_a_record_waits_for_the_claim() -> None:
    assert narrator(MemoryStore()).sentences() == [
        "waiting for the claim, or for the first functions to load"
    ]
    assert narrator(MemoryStore()).sentences(ended=True) == []


def test_an_account_is_read_when_all_its_tasks_are(store: MemoryStore) -> None:
    assert narrator(store).sentences() == ["collect: finding the accounts and their regions"]
    store.write_json(KEYS.work, WORK)
    seen = []
    for where in (None, ("1", "0"), ("2", "0"), ("2", "1")):
        if where is not None:
            store.write_json(KEYS.task(*where, "coverage.json"), {})
        seen += narrator(store).sentences()
    assert seen == [
        "collect: 0 of 2 accounts read; waiting for platform and payments",
        "collect: 1 of 2 accounts read; waiting for payments",
        "collect: 1 of 2 accounts read; waiting for payments",
        "collect: 2 of 2 accounts read; merging the results into one graph per account",
    ]


def test_many_waiting_accounts_are_counted(store: MemoryStore) -> None:
    store.write_json(KEYS.work, [{"account": str(number)} for number in range(9)])
    (sentence,) = narrator(store).sentences()
    assert sentence == (
        "collect: 0 of 9 accounts read; waiting for 0, platform, payments and 6 more"
    )


def test_every_ended_step_is_told_once_even_between_two_looks(store: MemoryStore) -> None:
    telling = narrator(store)
    manifest(store, gaps={"aws_ec2_volume": 3})
    plan(store)
    assert telling.sentences() == [
        "collect: found 5 resources in 1 account; coverage is incomplete in platform",
        "cleanup_plan: 8 resources to delete, 2 refused, 1 undecided",
        "cleanup: re-checking every planned resource, then deleting in waves",
    ]
    assert telling.sentences() == [
        "cleanup: re-checking every planned resource, then deleting in waves"
    ]


@pytest.mark.parametrize(
    ("enabled", "exceeded", "said"),
    [
        (False, (), "cleanup: disabled; nothing is deleted"),
        (
            True,
            ("8 resources; the limit is 1",),
            "cleanup: held, because the plan exceeds a limit; nothing is deleted",
        ),
    ],
)
def test_a_cleanup_that_deletes_nothing_does_not_claim_to(
    enabled: bool, exceeded: tuple[str, ...], said: str
) -> None:
    store = begun("cleanup", enabled=enabled)
    plan(store, exceeded=exceeded)
    assert narrator(store).sentences()[1:] == [said, "generate_metrics: computing the metrics"]


def test_a_cleanup_that_the_stack_forbids_is_told_once_the_next_step_has_begun() -> None:
    store = begun("cleanup")
    plan(store)
    telling = narrator(store)
    telling.sentences()
    store.write_json(KEYS.metrics("accounts/1.json"), [])
    said = "cleanup: not carried out: the stack or an automation does not allow it"
    assert telling.sentences()[0] == said


def test_deletions_are_counted_in_quarters_of_the_plan() -> None:
    store, seen = begun("cleanup"), []
    plan(store)
    telling = narrator(store)
    for gone in range(0, 9, 2):
        cleaning(store, {str(n): "gone" if n < gone else "planned" for n in range(8)})
        seen.append(telling.sentences()[-1])
    assert seen == [
        "cleanup: re-checking every planned resource, then deleting in waves",
        "cleanup: 2 of 8 resources are gone",
        "cleanup: 4 of 8 resources are gone",
        "cleanup: 6 of 8 resources are gone",
        "cleanup: 8 of 8 resources are gone",
    ]


@pytest.mark.parametrize(
    ("dry_run", "said"),
    [
        (True, "cleanup: dry run: 5 resources would be deleted"),
        (False, "cleanup: 7 resources are gone, 1 failed, 2 left behind"),
    ],
)
def test_the_end_of_a_cleanup_leaves_out_what_did_not_happen(dry_run: bool, said: str) -> None:
    store = begun("cleanup")
    plan(store)
    totals = dict.fromkeys(("skipped", "pending", "unfinished"), 0)
    totals |= {"gone": 7, "failed": 1, "left_behind": 2, "would_delete": 5}
    if dry_run:
        totals |= {"failed": 0, "left_behind": 0}
    store.write_json(KEYS.cleanup_summary, {"dry_run": dry_run, "totals": totals})
    store.write_json(KEYS.metrics("samples.json"), [1, 2, 3])
    assert narrator(store).sentences(ended=True)[1:] == [
        said,
        "generate_metrics: published 3 values",
    ]


def test_a_run_that_ended_early_tells_only_what_it_did(store: MemoryStore) -> None:
    manifest(store)
    assert narrator(store).sentences(ended=True) == ["collect: found 5 resources in 1 account"]


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_steps_without_a_result_are_left(workflow: str) -> None:
    store = begun(workflow)
    assert tuple(steps_left(store, "demo")) == WORKFLOWS[workflow]
    store.write_json(KEYS.metrics("samples.json"), [])
    assert "generate_metrics" not in tuple(steps_left(store, "demo"))
