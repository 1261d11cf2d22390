"""Where and why something was not read, grouped by reason without losing any of it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ebbtide.graph.manifest import AccountEntry, Manifest
from ebbtide.model.coverage import Coverage
from ebbtide.report.gaps import Gap, gaps_of, grouped, unread
from tests.support.memory_store import MemoryStore
from tests.unit.report.test_words import CLOSED

ACCOUNT = "111122223333"
DENIED = "UnauthorizedOperation: User: x is not authorized to perform: ec2:DescribeVpcs because"


def read(region: str, kind: str, state: str = "complete", **more: Any) -> Coverage:
    return Coverage(ACCOUNT, region, kind, state, **more)


entries = st.lists(
    st.builds(
        read,
        st.sampled_from(["global", "eu-central-1", "us-east-1"]),
        st.sampled_from(["aws_vpc", "aws_ec2_volume", "aws_sqs_queue"]),
        st.sampled_from(["complete", "skipped", "denied", "failed", "suspect"]),
        error=st.sampled_from([None, "one", "two"]),
    ),
    unique_by=lambda one: (one.region, one.kind),
)


@given(entries)
def test_every_gap_is_in_exactly_one_group(coverage: list[Coverage]) -> None:
    expected = Counter(
        (one.region, one.kind, one.state, one.error or "") for one in coverage if one.is_gap
    )
    found: Counter[tuple[str, str, str, str]] = Counter()
    for gap in grouped(ACCOUNT, coverage):
        if not gap.regions:  # everything
            found.update((one.region, one.kind, gap.state, gap.error) for one in coverage)
        found.update(
            (region, kind, gap.state, gap.error) for region in gap.regions for kind in gap.kinds
        )
    assert found == expected


def test_what_is_closed_as_a_whole_is_one_gap() -> None:
    closed = [read(region, "aws_vpc", "denied", error=CLOSED) for region in ("a", "b")]
    (gap,) = grouped(ACCOUNT, closed)
    assert gap == Gap(ACCOUNT, "denied", CLOSED)
    assert gap.permission == "sts:AssumeRole on EbbtideReader"


def test_a_gap_is_as_old_as_its_oldest_reading() -> None:
    gaps = [
        read("a", "aws_vpc", "failed", read_at="2026-01-02"),
        read("b", "aws_vpc", "failed", read_at="2026-01-01"),
    ]
    (gap,) = grouped(ACCOUNT, [*gaps, read("c", "aws_vpc")])
    assert (gap.regions, gap.last_read) == (("a", "b"), "2026-01-01")
    never = read("d", "aws_vpc", "failed")
    assert grouped(ACCOUNT, [*gaps, never, read("c", "aws_vpc")])[0].last_read is None


def entry(account: str, **given: Any) -> AccountEntry:
    return AccountEntry(account, account, "run", "", "", "", f"{account}.json", **given)


def test_accounts_that_were_not_read_are_gaps_and_complete_ones_are_not_looked_at() -> None:
    store = MemoryStore()
    kinds = [read("a", "aws_vpc", "denied", error=DENIED).to_line(), read("a", "x").to_line()]
    store.write_json("open.json", {"format": 2, "kinds": kinds})
    accounts = (
        entry("complete", states={"complete": 3}),
        entry("open", states={"denied": 1}),
        entry("stale", stale_since="2026-01-01T00:00:00Z"),
        entry("expired", states={"failed": 1}),
    )
    found = list(gaps_of(store, Manifest("run", "2026-01-02", None, accounts, ("new",))))
    assert [(gap.account, gap.state) for gap in found] == [
        ("new", "missing"),
        ("open", "denied"),
        ("stale", "stale"),
        ("expired", "unknown"),
    ]
    assert found[1].permission == "ec2:DescribeVpcs"
    assert "complete.json" not in store.reads


def test_gaps_are_named_by_the_denied_action_or_the_closed_role() -> None:
    full = read("us-east-1", "aws_vpc")
    assert unread([full]) == ""
    denied = read("us-east-1", "aws_vpc", "denied", error=DENIED)
    assert unread([full, denied]) == "ec2:DescribeVpcs is denied in us-east-1"
    closed = read("us-east-1", "aws_vpc", "denied", error=CLOSED)
    assert unread([closed] * 2) == "everything: the role EbbtideReader cannot be assumed"
    slow = read("us-east-1", "aws_vpc", "throttled", error="SlowDown")
    assert unread([full, slow]) == "vpc is throttled (SlowDown) in us-east-1"
