"""A count that collapses is not believed at once, and what was not read is remembered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.base.clock import to_text
from ebbtide.config.model import CollectConfig, SuspicionConfig
from ebbtide.graph.merging import add_services, empty_regions
from ebbtide.graph.suspicion import collapsed, weigh
from ebbtide.model.coverage import Coverage
from ebbtide.model.resource import GLOBAL
from tests.support.builders import ACCOUNT, NOW, REGION, resource

VOLUME, QUEUE = "aws_ec2_volume", "aws_sqs_queue"
OTHER_REGION = "eu-west-1"
STARTED = to_text(NOW)
EARLIER = to_text(NOW - timedelta(hours=1))
INCOMPLETE = ("denied", "throttled", "failed", "timed_out")

counts = st.integers(0, 60)


def found(
    count: int = 0, state: str = "complete", kind: str = VOLUME, region: str = REGION, **rest: Any
) -> Coverage:
    return Coverage(ACCOUNT, region, kind, state, count, **rest)


def known(usual: int | None, **rest: Any) -> Coverage:
    """What the last snapshot says of the same slice."""
    return found(usual or 0, usual=usual, **rest)


def options(trust_days: float = 7, **suspicion: Any) -> CollectConfig:
    return CollectConfig.model_validate(
        {
            "suspicion": suspicion,
            "empty_regions": {"trust": timedelta(days=trust_days)},
        }
    )


def weighed(
    entry: Coverage,
    before: Coverage | None = None,
    chosen: CollectConfig | None = None,
    deleted: int = 0,
) -> Coverage:
    previous = {} if before is None else {(before.region, before.kind): before}
    gone = {(entry.region, entry.kind): deleted}
    (result,) = weigh([entry], previous, chosen or options(), STARTED, gone)
    return result


def runs(entries: Iterable[Coverage], chosen: CollectConfig | None = None) -> list[Coverage]:
    """What is made of the same slice in several runs, one after the other."""
    results: list[Coverage] = []
    for entry in entries:
        results.append(weighed(entry, results[-1] if results else None, chosen))
    return results


@pytest.mark.parametrize(
    ("usual", "count", "expected"),
    [
        (None, 0, False),
        (0, 0, False),
        (1, 0, True),
        (9, 1, False),
        (10, 4, True),
        (10, 5, False),
        (10, 10, False),
        (10, 11, False),
        (1000, 499, True),
        (1000, 500, False),
    ],
)
def test_a_count_collapses_to_zero_or_by_more_than_the_share_of_many(
    usual: int | None, count: int, expected: bool
) -> None:
    assert collapsed(usual, count, SuspicionConfig()) is expected


@given(counts, counts, st.floats(1, 100), st.integers(1, 60))
def test_only_what_becomes_less_collapses(usual: int, count: int, share: float, many: int) -> None:
    if collapsed(usual, count, SuspicionConfig(share=share, applies_from=many)):
        assert count < usual
        assert count == 0 or usual >= many


def test_the_first_count_is_believed() -> None:
    entry = weighed(found(0))
    assert (entry.state, entry.usual, entry.read_at) == ("complete", 0, STARTED)


def test_a_collapse_is_suspect_and_says_what_was_usual() -> None:
    entry = weighed(found(1), known(20, read_at=EARLIER))
    assert (entry.state, entry.usual, entry.low_runs) == ("suspect", 20, 1)
    assert entry.read_at == EARLIER
    assert "only 1 instead of 20" in str(entry.error)
    assert not entry.proves_absence
    assert entry.is_gap


@pytest.mark.parametrize("needed", [0, 1, 2, 5])
def test_a_collapse_is_believed_after_so_many_low_runs_in_a_row(needed: int) -> None:
    results = runs([found(20), *[found(0)] * (needed + 1)], options(runs=needed))
    states = [entry.state for entry in results]
    assert states == ["complete", *["suspect"] * needed, "complete"]
    assert (results[-1].usual, results[-1].low_runs) == (0, 0)


def test_a_usual_count_in_between_begins_the_doubt_anew() -> None:
    results = runs([found(20), found(0), found(0), found(20), found(0), found(0), found(0)])
    assert [entry.state for entry in results] == [
        "complete",
        "suspect",
        "suspect",
        "complete",
        "suspect",
        "suspect",
        "complete",
    ]


@pytest.mark.parametrize("state", INCOMPLETE)
def test_what_is_incomplete_keeps_what_was_usual(state: str) -> None:
    before = known(20, low_runs=1, read_at=EARLIER)
    entry = weighed(found(3, state, error="no"), before)
    assert entry == found(3, state, error="no", usual=20, low_runs=1, read_at=EARLIER)


@pytest.mark.parametrize("state", INCOMPLETE)
def test_an_incomplete_run_neither_confirms_nor_ends_a_doubt(state: str) -> None:
    results = runs([found(20), found(0), found(0, state), found(0), found(0)])
    assert [entry.state for entry in results] == [
        "complete",
        "suspect",
        state,
        "suspect",
        "complete",
    ]


def test_what_ebbtide_deleted_itself_is_not_missed() -> None:
    entry = weighed(found(0), known(20), deleted=20)
    assert (entry.state, entry.usual) == ("complete", 0)
    assert weighed(found(0), known(20), deleted=19).state == "suspect"
    assert weighed(found(5), known(20), deleted=12).state == "complete"


def test_own_deletions_are_remembered_while_nothing_can_be_read() -> None:
    unread = weighed(found(0, "denied"), known(20), deleted=20)
    assert weighed(found(0), unread).state == "complete"


def test_more_deletions_than_were_counted_leave_nothing_usual() -> None:
    assert weighed(found(0, "denied"), known(2), deleted=3).usual == 0


def test_a_service_that_was_never_there_is_unavailable() -> None:
    entry = weighed(found(0, "unavailable"))
    assert (entry.state, entry.usual, entry.read_at) == ("unavailable", 0, STARTED)
    assert entry.proves_absence


def test_a_service_in_which_something_is_known_does_not_vanish_at_once() -> None:
    gone = found(0, "unavailable")
    states = [entry.state for entry in runs([found(3), gone, gone, gone])]
    assert states == ["complete", "suspect", "suspect", "unavailable"]


@pytest.mark.parametrize(("days", "is_kept"), [(0, True), (6.9, True), (7, True), (7.1, False)])
def test_a_skipped_region_is_known_to_be_empty_only_for_a_while(days: float, is_kept: bool) -> None:
    read_at = to_text(NOW - timedelta(days=days))
    entry = weighed(found(0, "skipped"), known(0, read_at=read_at))
    assert entry.read_at == (read_at if is_kept else None)
    assert entry.proves_absence is is_kept
    assert (entry.state, entry.usual) == ("skipped", 0)


def test_a_skipped_region_that_was_never_read_proves_nothing() -> None:
    assert not weighed(found(0, "skipped")).proves_absence


def test_slices_are_weighed_by_what_is_known_of_each() -> None:
    previous = {(REGION, VOLUME): known(20), (OTHER_REGION, VOLUME): known(1, region=OTHER_REGION)}
    entries = [found(1), found(1, region=OTHER_REGION), found(1, kind=QUEUE)]
    results = weigh(entries, previous, options(), STARTED)
    assert [entry.state for entry in results] == ["suspect", "complete", "complete"]


@given(st.lists(counts, min_size=2), st.integers(1, 4))
def test_no_count_is_believed_in_the_run_in_which_it_collapses(
    found_counts: list[int], needed: int
) -> None:
    chosen = options(runs=needed)
    results = runs(map(found, found_counts), chosen)
    for before, after in pairwise(results):
        is_new = before.state == "complete"
        if is_new and collapsed(before.count, after.count, chosen.suspicion):
            assert after.state == "suspect"


@given(
    st.lists(st.tuples(counts, st.sampled_from(["complete", "skipped", *INCOMPLETE]))),
    counts,
    st.integers(0, 4),
)
def test_a_constant_count_is_always_believed_in_the_end(
    before: list[tuple[int, str]], count: int, needed: int
) -> None:
    entries = [found(number, state) for number, state in before]
    results = runs([*entries, *[found(count)] * (needed + 1)], options(runs=needed))
    assert (results[-1].state, results[-1].usual) == ("complete", count)


@given(st.lists(counts, min_size=1), st.integers(1, 4))
def test_what_is_usual_is_always_a_count_that_was_believed(
    found_counts: list[int], needed: int
) -> None:
    believed: list[int] = []
    for entry in runs(map(found, found_counts), options(runs=needed)):
        if entry.state == "complete":
            believed.append(entry.count)
        assert entry.usual == believed[-1]


def line(kind: str, region: str = REGION) -> dict[str, Any]:
    return resource(kind, "one", region=region).to_line()


def empty(
    lines: Iterable[Mapping[str, Any]],
    coverage: Iterable[Coverage],
    tried: Mapping[str, str | None] | None = None,
) -> dict[str, str | None]:
    return empty_regions(lines, coverage, tried or {}, STARTED)


def test_a_region_with_nothing_in_it_is_empty_and_was_tried_now() -> None:
    assert empty([], [found(), found(kind=QUEUE)]) == {REGION: STARTED}


@pytest.mark.parametrize("state", ["skipped", "not_asked"])
def test_a_region_that_was_not_read_was_tried_when_it_was_before(state: str) -> None:
    coverage = [found(), found(kind=QUEUE, state=state)]
    assert empty([], coverage, {REGION: EARLIER}) == {REGION: EARLIER}
    assert empty([], coverage) == {REGION: None}


def test_a_region_in_which_anything_is_known_is_not_empty() -> None:
    assert empty([line(QUEUE)], [found()]) == {}
    assert empty([{**line(QUEUE), "kind": "aws_of_another_version"}], [found()]) == {}
    assert empty([line(QUEUE, OTHER_REGION)], [found()]) == {REGION: STARTED}


@pytest.mark.parametrize("kind", ["aws_region", "aws_vpc", "aws_ec2_subnet"])
def test_what_is_in_every_region_does_not_make_one_used(kind: str) -> None:
    assert empty([line(kind)], [found()]) == {REGION: STARTED}


def test_what_is_global_is_in_no_region() -> None:
    assert empty([], [found(kind="aws_iam_role", region=GLOBAL)]) == {}


def test_the_usage_of_services_is_added_up_over_tasks() -> None:
    first = {"sqs": {"calls": 2, "waited_seconds": 0.5}, "ec2": {"calls": 1}}
    second = {"sqs": {"calls": 3, "waited_seconds": 0.25}}
    assert add_services([first, second]) == {
        "ec2": {"calls": 1},
        "sqs": {"calls": 5, "waited_seconds": 0.75},
    }
    assert add_services([]) == {}


def test_weighing_changes_nothing_of_what_was_counted() -> None:
    entry = found(7, seconds=1.5, unknown_tags=2)
    result = weighed(entry, known(7))
    assert replace(result, read_at=None, usual=None) == entry


@pytest.mark.parametrize("usual", [0, 1, 40])
@pytest.mark.parametrize(
    ("hours", "declared", "proves"),
    [(1, False, True), (7 * 24 + 1, False, False), (7 * 24 + 1, True, True)],
)
def test_locked_region_proves_that_nothing_was_added_within_trust_or_if_declared(
    usual: int, hours: float, declared: bool, proves: bool
) -> None:
    before = known(usual, read_at=to_text(NOW - timedelta(hours=hours)))
    regions = [REGION] if declared else [OTHER_REGION]
    chosen = CollectConfig.model_validate({"regions_without_resources": regions})
    entry = weighed(found(state="locked"), before, chosen)
    assert (entry.state, entry.proves_absence, entry.usual) == ("locked", proves, usual)


@pytest.mark.parametrize("state", ["denied", "throttled", "failed", "timed_out", "skipped"])
def test_declaration_is_about_locked_regions_only(state: str) -> None:
    chosen = CollectConfig.model_validate({"regions_without_resources": [REGION]})
    assert not weighed(found(state=state), None, chosen).proves_absence


def test_region_that_was_never_read_and_is_locked_proves_nothing() -> None:
    assert not weighed(found(state="locked")).proves_absence
