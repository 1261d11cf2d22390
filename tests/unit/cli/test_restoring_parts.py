"""Promises of the parts of `ebbtide cleanup restore` that call nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ebbtide.base.forms import stored
from ebbtide.model.call import Call
from ebbtide.model.expiry import protecting_tag
from ebbtide.model.resource import Subject
from ebbtide_cli.errors import UsageError
from ebbtide_cli.restoring.policies import default_document, inline_policies
from ebbtide_cli.restoring.rendering import arguments_of, is_named, replace
from ebbtide_cli.restoring.stored import RESTORED_TAG, Stored, mark_of, marks_id

POLICY: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "ReadSome",
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::111122223333:root", "Service": "ec2.amazonaws.com"},
            "Action": ["s3:GetObject", "s3:ListBucket"],
            "NotResource": "*",
            "Condition": {
                "ForAllValues:StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"},
                "IpAddress": {"aws:SourceIp": "10.0.0.0/8"},
                "ArnLike": {"aws:RequestTag/team": "a"},
            },
        }
    ],
}


def lowered(policy: Any) -> Any:
    """Return a policy with the keys of its conditions in small letters, as IAM compares them."""
    for statement in policy["Statement"]:
        statement["Condition"] = {
            operator: {key.lower(): value for key, value in keys.items()}
            for operator, keys in statement.get("Condition", {}).items()
        }
    return policy


def test_a_policy_of_the_snapshot_is_again_one_of_iam() -> None:
    kept = {"role_policy_list": [stored({"PolicyName": "p", "PolicyDocument": POLICY})]}
    found, unknown = inline_policies({"RolePolicyList": [{"PolicyName": "p"}]}, kept)
    assert unknown == []
    copied = json.loads(json.dumps(POLICY))
    assert json.loads(found[0]["PolicyDocument"]) == lowered(copied)


def test_what_aws_described_comes_before_the_snapshot() -> None:
    described = {"RolePolicyList": [{"PolicyName": "p", "PolicyDocument": POLICY}]}
    found, _ = inline_policies(described, {"role_policy_list": [{"policy_name": "p"}]})
    assert json.loads(found[0]["PolicyDocument"]) == POLICY


@pytest.mark.parametrize("key", ["aws:RequestTag/CostCenter", "aws:RequestTag/cost_center"])
def test_a_tag_key_that_two_policies_could_have_is_unknown(key: str) -> None:
    policy = {**POLICY["Statement"][0], "Condition": {"StringEquals": {key: "1"}}}
    kept = {"policy_name": "p", "policy_document": stored({"Statement": [policy]})}
    found, unknown = inline_policies(
        {"RolePolicyList": [{"PolicyName": "p"}, {"PolicyName": "q"}]}, {"role_policy_list": [kept]}
    )
    assert (found, unknown) == ([], ["p", "q"])


def test_the_default_version_of_a_managed_policy_counts() -> None:
    versions = [
        {"VersionId": "v1", "IsDefaultVersion": False, "Document": {"Version": "2008-10-17"}},
        {"VersionId": "v2", "IsDefaultVersion": True, "Document": POLICY},
    ]
    named = [{name: one[name] for name in ("VersionId", "IsDefaultVersion")} for one in versions]
    kept = {"policy_version_list": stored(versions)}
    text = default_document({"PolicyVersionList": named}, kept)
    assert text is not None
    assert json.loads(text) == lowered(json.loads(json.dumps(POLICY)))
    assert default_document({}, {}) is None


def test_only_whole_names_are_replaced_and_the_mark_never() -> None:
    new = {"sg-1": "sg-2", "vpc-0a": "vpc-0b"}
    value = {"A": ["sg-1", "sg-11", "x-sg-1"], "B": "in vpc-0a, of run/sg-1", "C": "run-1/sg-1"}
    assert replace(value, new, "run-1/sg-1") == {
        "A": ["sg-2", "sg-11", "x-sg-1"],
        "B": "in vpc-0b, of run/sg-2",
        "C": "run-1/sg-1",
    }


def test_an_operation_that_boto3_lacks_is_no_defect() -> None:
    with pytest.raises(UsageError, match=r"does not know ec2\.restore_moon; install a newer one"):
        arguments_of(Call("ec2", "restore_moon"), {}, {})


def test_a_plain_word_is_no_name_of_a_bucket() -> None:
    assert is_named("shop", "arn:aws:s3:::shop", "shop")
    assert is_named("shop", "arn:aws:s3:::shop", "to arn:aws:s3:::shop and on")
    assert not is_named("shop", "arn:aws:s3:::shop", "all of the shop")
    assert not is_named("shop", "arn:aws:s3:::shop", "arn:aws:s3:::shop-2")
    assert is_named("sg-0a1b2c3d4e", None, '{"group": "sg-0a1b2c3d4e"}')


def stored_with(tags: dict[str, str]) -> Stored:
    subject = Subject("a/r/aws_vpc/vpc-1", "aws_vpc", "vpc-1", "vpc-1", "a", "r", None)
    return Stored("run-1", subject, {}, tags=tags)


def test_the_new_tags_are_the_old_ones_without_those_of_aws() -> None:
    one = stored_with({"team": "a", "aws:cloudformation:stack-name": "s", RESTORED_TAG: "old"})
    found = one.new_tags(protect=True)
    assert found == {"team": "a", RESTORED_TAG: "run-1/vpc-1", "ebbtide:protected": "restored"}
    assert protecting_tag(found) is not None
    assert protecting_tag(one.new_tags(protect=False)) is None


def test_no_more_tags_than_aws_allows() -> None:
    found = stored_with({f"t{n}": "x" for n in range(50)}).new_tags(protect=True)
    assert len(found) == 50
    assert found[RESTORED_TAG] == "run-1/vpc-1"


def test_a_mark_is_found_again_whatever_the_id_is() -> None:
    for id in ("vpc-1", "https://sqs/1/a", "/log#1", "x" * 300, "über"):
        mark = mark_of("run-1", id)
        assert len(mark) <= 256
        assert marks_id(mark, id)
        assert not marks_id(mark, f"{id}2")
    assert not marks_id(None, "vpc-1")
