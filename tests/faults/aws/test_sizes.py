"""Sizes limited by CloudFormation and IAM, with parameters of maximum length."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tools.template import REPOSITORY, TEMPLATE, read_template

MEMBER_PATH = REPOSITORY / "member" / "template.yaml"
MEMBER = read_template(MEMBER_PATH)
RESOURCES: dict[str, Any] = MEMBER["Resources"]
# CloudFormation quotas: a template in the request itself, and a template in S3.
TEMPLATE_BODY, TEMPLATE_OBJECT = 51_200, 1_048_576
# IAM and STS quotas, not counting white space. The default quota for a role's trust policy is
# 2,048 characters.
MANAGED, INLINE, TRUST = 6_144, 10_240, 2_048
NAMES = {
    "AWS::Partition": "aws-us-gov",
    "AWS::AccountId": "1" * 12,
    "AWS::StackId": f"arn:aws-us-gov:cloudformation:us-gov-west-1:{'1' * 12}:stack/{'m' * 165}",
    "AWS::StackName": "m" * 128,
    "ApplicationStackName": "s" * 128,
    "ApplicationBucket": "b" * 63,
    "ReaderRoleName": "R" * 64,
    "CleanerRoleName": "C" * 64,
    "ExternalId": "",
}
POLICY_ARN = "arn:aws-us-gov:iam::111111111111:policy/StackSet-" + "x" * 79
# The roles of two functions; CloudFormation shortens their names to 64 characters.
PRINCIPALS = [f"arn:aws-us-gov:iam::111111111111:role/{'x' * 64}"] * 2


def resolved(value: Any) -> Any:
    """Resolve a value as CloudFormation would, with the first branch of each choice."""
    match value:
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{([^}]+)\}", lambda match: NAMES[match[1]], text)
        case {"Fn::If": [_, then, _]}:
            return resolved(then)
        case {"Fn::Select": [int(number), values]}:
            return resolved(values)[number]
        case {"Fn::Split": [str(sign), text]}:
            return str(resolved(text)).split(sign)
        case {"Ref": ("CleanerPrincipals" | "ReaderPrincipals")}:
            return PRINCIPALS
        case {"Ref": name}:
            return NAMES.get(name, POLICY_ARN)
        case dict():
            return {name: resolved(one) for name, one in value.items()}
        case list():
            return [resolved(one) for one in value]
    return value


def length(document: Any) -> int:
    return len(re.sub(r"\s", "", json.dumps(resolved(document), separators=(",", ":"))))


def test_member_template_can_be_sent_in_a_request() -> None:
    assert MEMBER_PATH.stat().st_size < TEMPLATE_BODY


def test_template_can_be_deployed_from_a_bucket() -> None:
    assert TEMPLATE.stat().st_size < TEMPLATE_OBJECT


@pytest.mark.parametrize(
    "name", [name for name, one in RESOURCES.items() if one["Type"] == "AWS::IAM::ManagedPolicy"]
)
def test_managed_policy_fits(name: str) -> None:
    assert length(RESOURCES[name]["Properties"]["PolicyDocument"]) <= MANAGED


@pytest.mark.parametrize("name", ["ReaderRole", "CleanerRole"])
def test_inline_policies_of_a_role_fit(name: str) -> None:
    policies = RESOURCES[name]["Properties"]["Policies"]
    assert sum(length(policy["PolicyDocument"]) for policy in policies) <= INLINE


@pytest.mark.parametrize("name", ["ReaderRole", "CleanerRole"])
def test_trust_policy_fits(name: str) -> None:
    assert length(RESOURCES[name]["Properties"]["AssumeRolePolicyDocument"]) <= TRUST


def test_policies_hold_actions_and_resolve() -> None:
    document = RESOURCES["OwnPolicy"]["Properties"]["PolicyDocument"]
    text = json.dumps(resolved(document))
    assert "R" * 64 in text and "Fn::" not in text and '"Ref"' not in text
