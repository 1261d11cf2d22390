"""Kinds and errors in plain words."""

from __future__ import annotations

import pytest

from ebbtide.report.words import counted, listed, missing_permission

CLOSED = (
    "AccessDenied: cannot assume arn:aws:iam::4:role/EbbtideReader: User: is not authorized "
    "to perform: sts:AssumeRole on resource: arn:aws:iam::4:role/EbbtideReader"
)
# Messages of AWS: EC2, S3 and Lambda in the form of their API references.
ERRORS = {
    CLOSED: "sts:AssumeRole on EbbtideReader",
    "UnauthorizedOperation: You are not authorized to perform this operation. User: arn:aws:sts::1:"
    "assumed-role/x/y is not authorized to perform: ec2:DescribeVpcs because no identity-based "
    "policy allows the ec2:DescribeVpcs action": "ec2:DescribeVpcs",
    "AccessDenied: User: x is not authorized to perform: s3:ListBucket on resource: y because no "
    "resource-based policy allows it": "s3:ListBucket",
    "AccessDeniedException: User: x is not authorized to perform: apigateway:GET on resource: "
    "arn:aws:apigateway:us-east-1::/apis": "apigateway:GET",
    "ThrottlingException: Rate exceeded": "",
    "the task was not finished": "",
}


@pytest.mark.parametrize(("error", "permission"), ERRORS.items())
def test_the_missing_permission_is_named(error: str, permission: str) -> None:
    assert missing_permission(error) == permission


def test_kinds_are_counted_in_plain_words() -> None:
    kinds = ["aws_alb_target_group", "aws_ec2_volume", "aws_ec2_volume", "aws_iam_policy"]
    assert counted([*kinds, "aws_iam_policy"]) == "target group, 2 volumes, 2 iam policies"


def test_names_are_enumerated_up_to_a_number() -> None:
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"], 3) == "a, b and c"
    assert listed(["a", "b", "c", "d"], 2) == "a, b and 2 more"
