"""Regions that look empty are skipped, read in turn, and never mistaken for known to be empty."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import botocore.client
import pytest
from botocore.exceptions import ClientError

from ebbtide.config.scope import is_skippable
from ebbtide.graph import current_manifest, load_inventory
from ebbtide.graph.manifest import AccountEntry
from ebbtide.kinds import registry
from ebbtide.model.coverage import Coverage
from ebbtide.model.inventory import Inventory
from ebbtide.model.resource import GLOBAL, Resource, graph_id
from ebbtide.verdict.evidence import gather_evidence
from tests.integration.workflow import ACCOUNT, Workflow, account_session
from tests.support.effort import siblings

# In the order in which they have their turn when nothing is known of any.
FIRST, SECOND, THIRD = "eu-central-1", "eu-west-1", "us-east-1"
REGIONS = (FIRST, SECOND, THIRD)
EVERYWHERE = "aws_ec2_volume"
QUEUE, TOPIC, FUNCTION, TABLE, STREAM, ROLE = (
    "aws_sqs_queue",
    "aws_sns_topic",
    "aws_lambda_function",
    "aws_dynamodb_table",
    "aws_kinesis_stream",
    "aws_iam_role",
)
KINDS = [EVERYWHERE, QUEUE, TOPIC, FUNCTION, TABLE, STREAM, ROLE]
SKIPPABLE = {QUEUE, TOPIC, FUNCTION, TABLE, STREAM}
PROBES = {"GetResources", "DescribeNetworkInterfaces", "DescribeLogGroups"}


@pytest.fixture
def workflow(workflow: Workflow) -> Workflow:
    configure(workflow)
    return workflow


def configure(
    workflow: Workflow, kinds: list[str] = KINDS, regions: tuple[str, ...] = REGIONS, **rest: Any
) -> None:
    collect = {"regions": list(regions), "kinds": {"include": kinds}, "empty_regions": rest}
    workflow.configure(collect=collect)


def collect(workflow: Workflow, *, hours_later: float = 1) -> dict[tuple[str, str], Coverage]:
    """One run some time after the last one; the coverage by region and kind."""
    workflow.now += timedelta(hours=hours_later)
    workflow.release(workflow.collect())
    return inventory(workflow).coverage


def entry_of(workflow: Workflow) -> AccountEntry:
    manifest = current_manifest(workflow.bucket)
    assert manifest is not None
    entry = manifest.find(ACCOUNT)
    assert entry is not None
    return entry


def inventory(workflow: Workflow) -> Inventory:
    return load_inventory(workflow.bucket, entry_of(workflow))


def states(coverage: dict[tuple[str, str], Coverage], region: str) -> dict[str, str]:
    return {kind: entry.state for (place, kind), entry in coverage.items() if place == region}


def skipped(coverage: dict[tuple[str, str], Coverage]) -> set[str]:
    """The regions that were not read completely."""
    return {region for (region, _), entry in coverage.items() if entry.state == "skipped"}


def create_queue(region: str, **tags: str) -> str:
    client = account_session(ACCOUNT).client("sqs", region_name=region)
    answer: dict[str, str] = client.create_queue(QueueName="jobs", tags=tags)
    return answer["QueueUrl"]


@contextmanager
def spied(
    monkeypatch: pytest.MonkeyPatch, failing: str = "", code: str = "AccessDeniedException"
) -> Iterator[list[tuple[str, str]]]:
    """The operations called meanwhile, each with its region; one of them may fail."""
    original = botocore.client.BaseClient._make_api_call
    calls: list[tuple[str, str]] = []

    def call(self: Any, name: str, arguments: Any) -> Any:
        calls.append((self.meta.region_name, name))
        if name == failing:
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, name)
        return original(self, name, arguments)

    with monkeypatch.context() as patch:
        patch.setattr(botocore.client.BaseClient, "_make_api_call", call)
        yield calls


def test_the_kinds_of_these_tests_are_what_they_are_taken_for() -> None:
    assert {name for name in KINDS if is_skippable(registry()[name])} == {*SKIPPABLE, ROLE}


def test_a_region_that_looks_empty_is_skipped_but_for_what_is_read_everywhere(
    workflow: Workflow,
) -> None:
    found = states(collect(workflow), SECOND)
    assert found == {
        **dict.fromkeys(SKIPPABLE, "skipped"),
        EVERYWHERE: "complete",
        "aws_region": "complete",
    }


def test_the_global_slice_is_never_skipped(workflow: Workflow) -> None:
    for _ in range(3):
        assert GLOBAL not in skipped(collect(workflow))


def test_what_is_skipped_is_not_called(workflow: Workflow, monkeypatch: pytest.MonkeyPatch) -> None:
    with spied(monkeypatch) as calls:
        collect(workflow)
    assert {name for region, name in calls if region == SECOND} == {*PROBES, "DescribeVolumes"}


@pytest.mark.parametrize("probe", siblings(sorted(PROBES)))
def test_a_probe_that_fails_means_reading(
    workflow: Workflow, monkeypatch: pytest.MonkeyPatch, probe: str
) -> None:
    with spied(monkeypatch, failing=probe):
        coverage = collect(workflow)
    assert skipped(coverage) == set()
    assert {entry.state for entry in coverage.values()} == {"complete"}


def test_a_skipped_region_is_no_gap(workflow: Workflow) -> None:
    workflow.claim("r")
    workflow.discover("r")
    (task,) = workflow.work("r")
    assert set(task.probe) == {SECOND, THIRD}
    assert workflow.collect_task("r", task)["incomplete"] == 0


def test_one_region_in_turn_is_read_completely(workflow: Workflow) -> None:
    complete = [set(REGIONS) - skipped(collect(workflow)) for _ in range(5)]
    assert complete == [{FIRST}, {SECOND}, {THIRD}, {FIRST}, {SECOND}]


def test_more_regions_in_turn_can_be_asked_for(workflow: Workflow) -> None:
    configure(workflow, complete_per_run=2)
    complete = [set(REGIONS) - skipped(collect(workflow)) for _ in range(3)]
    assert complete == [{FIRST, SECOND}, {FIRST, THIRD}, {FIRST, SECOND}]


def test_a_reading_that_is_trusted_no_more_is_repeated(workflow: Workflow) -> None:
    for _ in range(3):
        collect(workflow)
    assert skipped(collect(workflow, hours_later=24 * 8)) == set()


def test_a_region_with_something_tagged_in_it_is_read_at_once(workflow: Workflow) -> None:
    url = create_queue(THIRD, owner="me")
    assert skipped(collect(workflow)) == {SECOND}
    assert graph_id(ACCOUNT, THIRD, QUEUE, url) in inventory(workflow)


def test_what_no_probe_sees_is_found_when_its_region_has_its_turn(workflow: Workflow) -> None:
    url = create_queue(SECOND)
    name = graph_id(ACCOUNT, SECOND, QUEUE, url)
    collect(workflow)
    assert name not in inventory(workflow)
    collect(workflow)
    assert name in inventory(workflow)


def test_a_region_in_which_something_is_known_is_always_read(
    workflow: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = create_queue(FIRST)
    collect(workflow)
    for _ in range(4):
        with spied(monkeypatch) as calls:
            coverage = collect(workflow)
        assert "skipped" not in states(coverage, FIRST).values()
        assert (FIRST, "GetResources") not in calls
    resource = inventory(workflow)[graph_id(ACCOUNT, FIRST, QUEUE, url)]
    assert resource.stale_since is None


def test_a_region_that_was_emptied_is_skipped_again(workflow: Workflow) -> None:
    url = create_queue(FIRST)
    for _ in range(3):
        collect(workflow)
    account_session(ACCOUNT).client("sqs", region_name=FIRST).delete_queue(QueueUrl=url)
    # Suspect twice, believed in the third run, and from then on one of the empty regions.
    read = [FIRST not in skipped(collect(workflow)) for _ in range(5)]
    assert read[:3] == [True, True, True]
    assert False in read[3:]
    assert graph_id(ACCOUNT, FIRST, QUEUE, url) not in inventory(workflow)


def test_skipping_makes_nothing_stale_and_deletes_nothing(workflow: Workflow) -> None:
    create_queue(FIRST)
    volume = account_session(ACCOUNT).client("ec2", region_name=SECOND)
    volume.create_volume(AvailabilityZone=f"{SECOND}a", Size=8)
    collect(workflow)
    before = set(inventory(workflow).resources)
    assert len([name for name in before if f"/{EVERYWHERE}/" in name]) == 1
    for _ in range(4):
        collect(workflow)
        entry = entry_of(workflow)
        assert (entry.stale, entry.deleted, entry.created) == (0, 0, 0)
        assert set(inventory(workflow).resources) == before


def role() -> Resource:
    """Something global that functions of every region could use."""
    place = {"account": ACCOUNT, "region": GLOBAL, "arn": None, "created": None}
    return Resource(ROLE, registry()[ROLE].kinds, "AROA", "r", tags={}, properties={}, **place)


def evidence(workflow: Workflow) -> tuple[set[str], set[str]]:
    """Which of the regions are proof that no function uses a role, and which are gaps."""
    world = inventory(workflow)
    world.enabled_regions = sorted(REGIONS)
    proofs, gaps = gather_evidence(world, role(), {FUNCTION})
    return {text.split("/")[0] for text in proofs}, {text.split("/")[0] for text in gaps}


def test_a_skipped_region_is_evidence_only_after_it_was_read_completely(
    workflow: Workflow,
) -> None:
    found = []
    for _ in range(4):
        collect(workflow)
        found.append(evidence(workflow))
    assert found == [
        ({FIRST}, {SECOND, THIRD}),
        ({FIRST, SECOND}, {THIRD}),
        (set(REGIONS), set()),
        (set(REGIONS), set()),
    ]


def test_a_gap_of_a_skipped_region_says_so(workflow: Workflow) -> None:
    collect(workflow)
    _, gaps = gather_evidence(inventory(workflow), role(), {FUNCTION})
    assert (
        f"{SECOND}/{FUNCTION}: the region looks empty, but no recent complete read confirms it"
        in gaps
    )


def test_a_reading_that_failed_is_no_evidence_when_the_region_is_skipped_later(
    workflow: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    with spied(monkeypatch, failing="ListFunctions"):
        collect(workflow)
    collect(workflow)
    assert FIRST in evidence(workflow)[1]


def test_every_region_is_read_where_skipping_is_off(
    workflow: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(workflow, skip=False)
    with spied(monkeypatch) as calls:
        coverage = collect(workflow)
    assert {entry.state for entry in coverage.values()} == {"complete"}
    assert not [call for call in calls if call[1] in PROBES]


def test_few_kinds_are_read_without_looking_first(
    workflow: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(workflow, [EVERYWHERE, QUEUE, TOPIC, FUNCTION])
    with spied(monkeypatch) as calls:
        coverage = collect(workflow)
    assert skipped(coverage) == set()
    assert not [call for call in calls if call[1] in PROBES]


def test_a_region_that_is_collected_for_the_first_time_is_next(workflow: Workflow) -> None:
    for _ in range(3):
        collect(workflow)
    configure(workflow, regions=(*REGIONS, "us-west-2"))
    assert skipped(collect(workflow)) == set(REGIONS)
