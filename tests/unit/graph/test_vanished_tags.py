"""Tags that vanish from most resources of a kind and slice at once are not believed at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.base.clock import to_text
from ebbtide.config.model import SuspicionConfig
from ebbtide.graph.merged_lines import merge_lines
from ebbtide.graph.vanished_tags import doubt_vanished_tags
from ebbtide.model.coverage import Coverage
from ebbtide.model.lines import ResourceLine
from tests.support.builders import ACCOUNT, NOW, REGION, resource

QUEUE, TOPIC = "aws_sqs_queue", "aws_sns_topic"
OWNER = {"owner": "payments"}
STARTED = to_text(NOW)

type Tags = Mapping[str, str] | None


class Account:
    """Runs that read the tags of some queues, one after the other."""

    def __init__(self, **suspicion: Any) -> None:
        self.options = SuspicionConfig.model_validate(suspicion)
        self.lines: dict[str, ResourceLine] = {}
        self.coverage: dict[tuple[str, str], Coverage] = {}

    def run(self, tags: Sequence[Tags], state: str = "complete", kind: str = QUEUE) -> list[Tags]:
        """Read one resource per entry; return the tags in the snapshot, in the same order."""
        fresh = [resource(kind, f"{kind}-{number}").to_line() for number in range(len(tags))]
        for line, one in zip(fresh, tags, strict=True):
            line["tags"] = None if one is None else dict(one)
        found = [Coverage(ACCOUNT, REGION, kind, state, len(fresh))]
        weighed = doubt_vanished_tags(fresh, self.lines, found, self.coverage, self.options)
        self.coverage = {(one.region, one.kind): one for one in weighed}
        self.lines = merge_lines(fresh, self.lines, weighed, STARTED).lines
        return [self.lines[line["graph_id"]]["tags"] for line in fresh]

    @property
    def unknown(self) -> int:
        return self.coverage[REGION, QUEUE].unknown_tags


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param([OWNER] * 4, [{}] * 4, [None] * 4, id="all"),
        pytest.param([OWNER], [{}], [None], id="the only one"),
        pytest.param([OWNER] * 4, [OWNER, {}, {}, {}], [OWNER, None, None, None], id="most"),
        pytest.param([OWNER] * 4, [OWNER, OWNER, {}, {}], [OWNER, OWNER, {}, {}], id="half"),
        pytest.param([{}] * 4, [{}] * 4, [{}] * 4, id="none had any"),
        pytest.param([OWNER, {}, {}], [{}, {}, {}], [None] * 3, id="what had none is unknown too"),
        pytest.param([OWNER], [{}, {}], [None, None], id="what is new is unknown too"),
        pytest.param([None, None], [{}, {}], [{}, {}], id="they were never known"),
        pytest.param([OWNER, OWNER], [None, None], [None, None], id="they were not read"),
        pytest.param([OWNER] * 3, [{"a": "b"}] * 3, [{"a": "b"}] * 3, id="they changed"),
    ],
)
def test_tags_that_vanish_from_most_resources_are_unknown(
    before: list[Tags], after: list[Tags], expected: list[Tags]
) -> None:
    account = Account()
    assert account.run(before) == before
    assert account.run(after) == expected
    pairs = zip(expected, after, strict=True)
    assert account.unknown == sum(ours is None and theirs == {} for ours, theirs in pairs)


def test_share_is_configured_and_a_fall_to_zero_is_always_in_doubt() -> None:
    account = Account(share=100)
    account.run([OWNER] * 4)
    assert account.run([OWNER, {}, {}, {}]) == [OWNER, {}, {}, {}]
    assert account.run([{}] * 4) == [None] * 4


def test_doubt_ends_after_so_many_further_runs() -> None:
    account = Account(runs=2)
    account.run([OWNER] * 4)
    seen = [account.run([{}] * 4) for _ in range(4)]
    assert seen == [[None] * 4, [None] * 4, [{}] * 4, [{}] * 4]


def test_tags_that_come_back_end_the_doubt() -> None:
    account = Account()
    account.run([OWNER, OWNER, {}])
    account.run([{}] * 3)
    assert account.run([OWNER, OWNER, {}]) == [OWNER, OWNER, {}]
    assert account.unknown == 0
    assert account.run([{}] * 3) == [None] * 3


@pytest.mark.parametrize("state", ["denied", "throttled", "failed", "timed_out"])
def test_incomplete_run_neither_confirms_nor_ends_the_doubt(state: str) -> None:
    account = Account(runs=1)
    account.run([OWNER] * 4)
    account.run([{}] * 4)
    for _ in range(3):
        assert account.run([{}] * 4, state) == [None] * 4
    assert account.run([{}] * 4) == [{}] * 4


def test_incomplete_run_can_begin_the_doubt() -> None:
    account = Account(runs=1)
    account.run([OWNER] * 4)
    assert account.run([{}] * 3, "failed") == [None] * 3
    assert account.run([{}] * 4) == [{}] * 4


@pytest.mark.parametrize("unread", [1, 2, 4])
def test_tags_that_could_not_be_read_in_between_are_remembered(unread: int) -> None:
    account = Account()
    account.run([OWNER] * 4)
    account.run([None] * unread + [OWNER] * (4 - unread))
    account.run([None] * 4)
    assert account.run([{}] * 4) == [None] * 4
    assert account.run([None] * 4) == [None] * 4
    assert account.run([OWNER] * 4) == [OWNER] * 4
    assert account.run([OWNER, {}, OWNER, OWNER]) == [OWNER, {}, OWNER, OWNER]


def test_resources_that_were_not_listed_in_between_are_remembered() -> None:
    account = Account()
    account.run([OWNER] * 4)
    account.run([None] * 4)
    account.run([], "failed")
    assert account.run([{}] * 4) == [None] * 4


def test_resources_that_are_gone_are_forgotten() -> None:
    account = Account()
    account.run([OWNER] * 4)
    account.run([None] * 4)
    account.run([])
    assert account.run([{}] * 4) == [{}] * 4


def test_another_kind_is_not_in_doubt() -> None:
    account = Account()
    account.run([OWNER] * 4)
    account.run([{}] * 4)
    assert account.run([{}] * 4, kind=TOPIC) == [{}] * 4


tags = st.sampled_from([OWNER, {}, None])


@given(st.lists(st.lists(tags, min_size=3, max_size=3), max_size=8), st.integers(0, 3))
def test_no_tags_are_invented_and_none_that_were_read_are_lost(
    runs: list[list[Tags]], confirmations: int
) -> None:
    account = Account(runs=confirmations)
    for read in runs:
        for ours, theirs in zip(account.run(read), read, strict=True):
            assert ours == theirs or (ours is None and theirs == {})


@given(st.integers(1, 5), st.integers(0, 4))
def test_whoever_had_tags_has_none_only_after_all_confirmations(
    number: int, confirmations: int
) -> None:
    account = Account(runs=confirmations)
    account.run([OWNER] * number)
    for _ in range(confirmations):
        assert account.run([{}] * number) == [None] * number
    assert account.run([{}] * number) == [{}] * number
