"""Where something may be hidden from a search: near a resource, in its account, or anywhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ebbtide.graph.manifest import AccountEntry, Manifest
from ebbtide.model.coverage import Coverage, CoverageState
from ebbtide.model.resource import GLOBAL
from ebbtide.verdict.gaps import SnapshotGaps
from tests.support.builders import ACCOUNT, REGION, full_coverage, volume

OTHER, ELSEWHERE = "444455556666", "eu-west-1"
INSTANCES, ROLES = frozenset({"aws_ec2_instance"}), frozenset({"aws_iam_role"})
REACHES = ("near", "account", "everywhere")
ENTRY = AccountEntry(
    ACCOUNT, "one", "run", "", "", "", "", regions=(REGION,), enabled_regions=(REGION,)
)


def gaps(
    *denied: tuple[str, str, str], missing: tuple[str, ...] = (), stale: str | None = None
) -> SnapshotGaps:
    """Return the gaps of a snapshot of two accounts; `denied`: account, region and kind."""

    def covering(entry: AccountEntry) -> list[Coverage]:
        complete = [replace(one, account=entry.account) for one in full_coverage()]
        far = [replace(one, region=ELSEWHERE) for one in complete if one.region == REGION]
        return [_denied(one, denied) for one in (*complete, *far)]

    entries = (ENTRY, replace(ENTRY, account=OTHER, stale_since=stale))
    return SnapshotGaps(Manifest("run", "", None, entries, missing), covering)


def _denied(one: Coverage, denied: tuple[tuple[str, str, str], ...]) -> Coverage:
    state: CoverageState = "denied" if (one.account, one.region, one.kind) in denied else one.state
    return replace(one, state=state, error="no" if state == "denied" else None)


def reached(found: SnapshotGaps, kinds: frozenset[str]) -> set[str]:
    """Return the reaches within which something may be hidden from a volume."""
    line = volume("vol-1").to_line()
    return {reach for reach in REACHES if found.near(line, kinds, reach)}


@pytest.mark.parametrize(
    ("denied", "kinds", "expected"),
    [
        ((), INSTANCES, set()),
        ((ACCOUNT, REGION, "aws_ec2_instance"), INSTANCES, set(REACHES)),
        ((ACCOUNT, REGION, "aws_ec2_vpc_peering"), INSTANCES, set()),
        ((ACCOUNT, ELSEWHERE, "aws_ec2_instance"), INSTANCES, {"account", "everywhere"}),
        ((OTHER, REGION, "aws_ec2_instance"), INSTANCES, {"everywhere"}),
        ((ACCOUNT, GLOBAL, "aws_iam_role"), ROLES, set(REACHES)),
        ((OTHER, GLOBAL, "aws_iam_role"), ROLES, {"everywhere"}),
    ],
)
def test_a_gap_hides_what_the_search_reaches(
    denied: tuple[str, str, str], kinds: frozenset[str], expected: set[str]
) -> None:
    found = gaps(denied) if denied else gaps()
    assert reached(found, kinds) == expected


@pytest.mark.parametrize(
    ("denied", "expected"),
    [
        ((), set()),
        ((ACCOUNT, REGION, "aws_ec2_instance"), {"account", "everywhere"}),
        ((OTHER, REGION, "aws_ec2_instance"), {"everywhere"}),
    ],
)
def test_an_account_has_the_gaps_within_reach(
    denied: tuple[str, str, str], expected: set[str]
) -> None:
    found = gaps(denied) if denied else gaps()
    within = {one for one in REACHES[1:] if found.within(ACCOUNT, INSTANCES, one)}
    assert within == expected


def test_an_account_that_is_missing_hides_things_everywhere_only() -> None:
    found = gaps(missing=("777788889999",))
    assert reached(found, INSTANCES) == {"everywhere"}
    assert found.within(ACCOUNT, INSTANCES, "everywhere")
    assert not found.within(ACCOUNT, INSTANCES, "account")
    assert "777788889999" in found.near(volume("vol-1").to_line(), INSTANCES, "everywhere")


def test_an_account_that_was_not_read_again_hides_things() -> None:
    found = gaps(stale="2026-11-20T00:00:00Z")
    assert reached(found, INSTANCES) == {"everywhere"}
    assert found.within(OTHER, INSTANCES, "account")


def test_an_account_without_regions_hides_what_is_global() -> None:
    """As when the configuration collects none of the regions that the account has enabled."""

    def covering(entry: AccountEntry) -> list[Coverage]:
        complete = [replace(one, account=entry.account) for one in full_coverage()]
        if entry.account == ACCOUNT:
            return complete
        everywhere = [one for one in complete if one.region == GLOBAL]
        return [_denied(one, ((OTHER, GLOBAL, "aws_iam_role"),)) for one in everywhere]

    bare = replace(ENTRY, account=OTHER, regions=(), enabled_regions=())
    found = SnapshotGaps(Manifest("run", "", None, (ENTRY, bare)), covering)
    assert reached(found, ROLES) == {"everywhere"}
