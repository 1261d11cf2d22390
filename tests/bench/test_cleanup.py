"""The account that cleanups are measured with, and what aws-nuke's approach does in it."""

from collections import Counter

import pytest
from botocore.exceptions import ClientError

from bench.cleanup_estate import PER_APPLICATION, TERMINATION, Account, page
from bench.cleanup_nuke import PASS, Nuke
from bench.cleanup_work import cleanup_of, nuked, plan_of


def test_pages() -> None:
    first, after = page("abcde", None, 3)
    assert (first, after) == (["a", "b", "c"], {"NextToken": "3"})
    assert page("abcde", after["NextToken"], 3) == (["d", "e"], {})
    assert page("abc", None, 3) == (["a", "b", "c"], {})


def test_the_account_refuses_what_is_in_use_until_its_user_is_gone() -> None:
    account = Account(PER_APPLICATION)
    assert account.remaining() == PER_APPLICATION
    instance, volume, vpc = (
        next(iter(account.there[kind]))
        for kind in ("aws_ec2_instance", "aws_ec2_volume", "aws_vpc")
    )
    for operation, arguments, code in (
        ("DeleteVolume", {"VolumeId": volume}, "VolumeInUse"),
        ("DeleteVpc", {"VpcId": vpc}, "DependencyViolation"),
    ):
        with pytest.raises(ClientError, match=code):
            account.answer("ec2", operation, arguments)
    assert (account.refused, account.deleting) == (2, 2)
    account.answer("ec2", "TerminateInstances", {"InstanceIds": [instance]})
    with pytest.raises(ClientError, match="VolumeInUse"):
        account.answer("ec2", "DeleteVolume", {"VolumeId": volume})
    account.now += TERMINATION
    account.answer("ec2", "DeleteVolume", {"VolumeId": volume})
    assert account.remaining() == PER_APPLICATION - 2
    with pytest.raises(ClientError, match="NotFound"):
        account.answer("ec2", "DescribeVolumes", {"VolumeIds": [volume]})


def test_the_plan_has_each_resource_after_what_holds_it() -> None:
    plan, found = plan_of(Account(2 * PER_APPLICATION))
    assert len(plan.planned) == len(found) == 2 * PER_APPLICATION
    seen: set[str] = set()
    for entry in plan.planned:
        assert set(entry.after) <= seen
        seen.add(entry.subject.graph_id)
    waits = Counter(entry.subject.kind for entry in plan.planned if entry.after)
    assert waits == {
        "aws_ec2_volume": 8,
        "aws_ec2_security_group": 2,
        "aws_ec2_subnet": 4,
        "aws_vpc": 2,
    }


def test_nuke_tries_again_what_is_in_the_way_in_each_pass() -> None:
    nuke = Nuke(Account(PER_APPLICATION))
    nuke.run()
    assert nuke.account.remaining() == 0
    # Until the instances are gone: four volumes, two subnets, a group and the VPC in each pass.
    assert nuke.account.refused >= 8 * (TERMINATION // PASS)
    assert nuke.account.deleting == PER_APPLICATION + nuke.account.refused


def test_ours_is_refused_nothing_and_makes_one_deleting_call_for_each() -> None:
    ours, other = cleanup_of(2 * PER_APPLICATION), nuked(2 * PER_APPLICATION)
    assert (ours.refused, ours.deleting) == (0, ours.size)
    assert other.refused > 0


def test_a_further_resource_takes_fewer_calls_than_with_nuke() -> None:
    """Whatever else is listed for a plan, however large it is, does not count here."""
    few, many = 2 * PER_APPLICATION, 6 * PER_APPLICATION
    ours, other, bare = (
        made(many).calls - made(few).calls
        for made in (cleanup_of, nuked, lambda size: nuked(size, details=False))
    )
    assert ours < bare < other
