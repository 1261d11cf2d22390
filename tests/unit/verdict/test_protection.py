"""What protects is decided once: searches find what plans refuse as protected, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.base.clock import to_text
from ebbtide.config import Config, parse_config
from ebbtide.graph.manifest import AccountEntry, Manifest
from ebbtide.kinds import registry
from ebbtide.language import parse_search
from ebbtide.model.resource import Resource
from ebbtide.plan import Plan, make_plan
from ebbtide.search import Answer, Snapshot, find
from ebbtide.store.keys import RunKeys, protected_key
from ebbtide.store.run import Run, store_run
from ebbtide.verdict.marks import CleanMarks, Marks, read_marks
from ebbtide.verdict.protection import ProtectableLine, protection_of
from ebbtide.verdict.snapshot_marks import marks_now
from tests.support.builders import ACCOUNT, NOW, REGION, inventory, resource
from tests.support.memory_store import MemoryStore

KEYS = RunKeys("run")
BY_AWS = "protected by AWS"
KEEP = "keep"

# Kinds with a protection that is switched on in AWS, and one without.
KINDS = ["aws_rds_instance", "aws_dynamodb_table", "aws_cloudwatch_log_group", "aws_ec2_volume"]
REASONS = [None, "its deletion protection is on", "it is replicated to other regions"]
TAGS = [
    None,
    {},
    {"ebbtide:protected": "true"},
    {"ebbtide:protected": "no"},
    {"expiration": "never"},
    {"fix:expires": "Never"},
    {"keep": "yes"},
    {"stage": "production"},
    {"stage": "test"},
]
PROTECT: list[dict[str, Any]] = [
    {},
    {"ids": ["res-0"]},
    {"ids": [f"arn:aws:test:{REGION}:{ACCOUNT}:aws_ec2_volume/res-1"]},
    {"ids": [f"{ACCOUNT}/{REGION}/aws_dynamodb_table/res-2"]},
    {"tags": {"keep": None, "stage": "production"}},
    {"accounts": [ACCOUNT]},
    {"accounts": ["999999999999"]},
    {"kinds": ["database"]},
    {"kinds": ["aws_ec2_volume"]},
]


@st.composite
def estates(draw: st.DrawFn) -> list[Resource]:
    number = draw(st.integers(1, 5))
    found = []
    for position in range(number):
        tags = draw(st.sampled_from(TAGS))
        found.append(
            resource(
                draw(st.sampled_from(KINDS)),
                f"res-{position}",
                tags=tags,
                unknown_tags=tags is None,
                keep_reason=draw(st.sampled_from(REASONS)),
                stale_since=draw(st.sampled_from([None, None, NOW - timedelta(days=1)])),
            )
        )
    return found


def config_of(protect: dict[str, Any]) -> Config:
    job = {
        "name": KEEP,
        "event": "post_collect",
        "search": "is(volume)",
        "action": {"protect": {"reason": "a release"}},
    }
    return Config.model_validate({"protect": protect, "jobs": [job]})


def stored(
    known: list[Resource], config: Config, kept: list[str], lasting: list[str], failed: bool
) -> MemoryStore:
    """Return a bucket with a run whose job keeps some resources; others have kept some before."""
    store = MemoryStore()
    bucket: Any = store
    jobs = {"post_collect": (KEEP,)}
    store_run(bucket, Run("run", "collect_and_cleanup", NOW, config, jobs))
    marks = {
        "format": 1, "run_id": "run", "job": KEEP, "event": "post_collect", "action": "protect",
        "reason": "a release", "search": "is(volume)", "manifest": KEYS.manifest, "negates": [],
        "resources": kept,
    }  # fmt: skip
    store.write_json(KEYS.marks(ACCOUNT, KEEP), marks)
    record = {"error": "it broke" if failed else None, "accounts": {ACCOUNT: len(kept)}}
    store.write_json(KEYS.job("post_collect", f"{KEEP}.json"), record)
    given = {"old": {"reason": "x", "until": to_text(NOW + timedelta(days=1)), "run_id": "before"}}
    protections = {"format": 1, "account": ACCOUNT, "resources": dict.fromkeys(lasting, given)}
    store.write_json(protected_key(ACCOUNT), protections)
    store.write_json("resources", [one.to_line() for one in known])
    return store


def planned(known: list[Resource], config: Config, store: MemoryStore) -> Plan:
    """Plan to delete every resource, as if a job had marked all of them."""
    run = Run("run", "collect_and_cleanup", NOW, config, {"post_collect": (KEEP,)})
    by_jobs = read_marks(store, run, ACCOUNT, until="cleanup_plan")
    names = tuple(one.graph_id for one in known)
    every = CleanMarks("all", "cleanup_plan", "all of them", "all", KEYS.manifest, (), names)
    marks = Marks((every,), by_jobs.protected, by_jobs.unknown)
    return make_plan(
        inventory(known), config, run_id="run", manifest=KEYS.manifest, now=NOW, marks=marks
    )


def found(store: MemoryStore, text: str) -> set[str]:
    return {match.line["graph_id"] for match in answer(store, text)}


def unknown_to(store: MemoryStore, text: str) -> set[str]:
    given = answer(store, text)
    list(given)  # what is unknown is complete once all matches were taken
    return {one.match.line["graph_id"] for one in given.unknown}


def answer(store: MemoryStore, text: str) -> Answer:
    entry = AccountEntry(ACCOUNT, "sandbox", "run", "resources", "edges", "changes", "coverage")
    manifest = Manifest("run", to_text(NOW), None, (entry,))
    snapshot = Snapshot(store, manifest, marks=marks_now(store, "run", NOW))
    return find(parse_search(text), snapshot, NOW)


@given(
    known=estates(),
    protect=st.sampled_from(PROTECT),
    kept=st.sets(st.integers(0, 4)),
    lasting=st.sets(st.integers(0, 4)),
    failed=st.booleans(),
)
def test_searches_find_exactly_what_plans_refuse_as_protected(
    known: list[Resource],
    protect: dict[str, Any],
    kept: set[int],
    lasting: set[int],
    failed: bool,
) -> None:
    names = [one.graph_id for one in known]
    chosen = [[names[n] for n in some if n < len(names)] for some in (kept, lasting)]
    config = config_of(protect)
    store = stored(known, config, *chosen, failed)
    plan = planned(known, config, store)
    refused = {
        entry.subject.graph_id
        for entry in plan.refused
        if entry.code == "protected" or entry.reason.startswith(BY_AWS)
    }
    assert found(store, "/metadata.protected = true") == refused
    assert found(store, "/metadata.protected_reason = null") == found(
        store, "/metadata.protected = false"
    )
    # What is not known to be protected may be planned only if it is known not to be.
    unknown = unknown_to(store, "/metadata.protected = true")
    assert unknown.isdisjoint(entry.subject.graph_id for entry in plan.planned)
    assert refused | unknown | found(store, "/metadata.protected = false") == set(names)


def test_plan_and_search_give_the_same_reason() -> None:
    known = [resource("aws_ec2_volume", "res-0"), resource("aws_ec2_volume", "res-1")]
    config = config_of({"ids": ["res-0"]})
    store = stored(known, config, [known[1].graph_id], [], failed=False)
    for entry in planned(known, config, store).refused:
        text = f'/metadata.protected_reason = "{entry.reason}"'
        assert found(store, text) == {entry.subject.graph_id}


def test_nothing_is_known_to_be_unprotected_without_the_record_of_the_run() -> None:
    known = [
        resource("aws_ec2_volume", "res-0", tags={"ebbtide:protected": "true"}),
        resource("aws_ec2_volume", "res-1"),
        resource("aws_ec2_volume", "res-2"),
    ]
    store = stored(known, config_of({}), [], [known[1].graph_id], failed=False)
    del store.objects[KEYS.run]
    protected = {known[0].graph_id, known[1].graph_id}
    assert found(store, "/metadata.protected = true") == protected
    assert unknown_to(store, "/metadata.protected = true") == {known[2].graph_id}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reason", REASONS)
def test_a_line_is_protected_as_its_resource_is(kind: str, reason: str | None) -> None:
    one = resource(kind, "res", keep_reason=reason)
    config = parse_config("").protect
    assert protection_of(one, config, {}) == protection_of(
        ProtectableLine.of(one.to_line()), config, {}
    )


# States whose names sound like a protection, but that nobody has switched on for the resource.
NOT_SWITCHED_ON = {("aws_efs_file_system", "it is the replica of another file system")}


def test_every_state_that_aws_calls_a_protection_is_declared_as_one() -> None:
    wrong = [
        (kind.name, state.when, state.why)
        for kind in registry().values()
        for state in kind.never_delete
        if (kind.name, state.why) not in NOT_SWITCHED_ON
        and state.protects
        != ("protect" in f"{state.when} {state.why}".lower() or state.when == "Locked")
    ]
    assert not wrong, "NeverDelete: give protects=True to what is switched on in AWS"
