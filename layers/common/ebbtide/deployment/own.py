"""How Ebbtide recognises its own resources, whatever their tags are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

# ARNs of what the application stack names after itself, without `arn:<partition>:`. The policy
# OwnPolicy in member/template.yaml denies the cleaner role the same; a test compares them.
ARNS = (
    "cloudformation:*:*:stack/{stack}/*",
    "cloudwatch:*:*:alarm:{stack}-*",
    "cloudwatch::*:dashboard/{stack}-*",
    "events:*:*:event-bus/{stack}",
    "events:*:*:rule/{stack}-*",
    "iam::*:policy/{stack}-*",
    "iam::*:role/{stack}-*",
    "lambda:*:*:*:{stack}-*",
    "logs:*:*:log-group:*/{stack}/*",
    "logs:*:*:log-group:*/{stack}-*",
    "s3:::{stack}-*",
    "s3:::{bucket}*",
    "scheduler:*:*:schedule/*/{stack}-*",
    "scheduler:*:*:schedule/{stack}/*",
    "sns:*:*:{stack}-*",
    "sqs:*:*:{stack}-*",
    "states:*:*:*:{stack}-*",
)

# CloudFormation makes up these names, and shortens long ones: those of buckets, functions, roles,
# schedules and rules have at most 63 or 64 letters. It keeps more than this of the stack's name.
KEPT = 20
SHORTENED = (
    "cloudwatch:*:*:alarm:{stack}*",
    "events:*:*:rule/{stack}*",
    "iam::*:policy/{stack}*",
    "iam::*:role/{stack}*",
    "lambda:*:*:function:{stack}*",
    "s3:::{stack}*",
    "scheduler:*:*:schedule/*/{stack}*",
    "sns:*:*:{stack}*",
    "sqs:*:*:{stack}*",
)


@dataclass(frozen=True, slots=True)
class Own:
    """The names of a deployment; without a stack, it owns nothing.

    `account` is that of the application stack. The roles have the same names in every account.
    """

    account: str = ""
    stack: str = ""
    bucket: str = ""
    roles: tuple[str, ...] = ()

    def has(self, account: str, arn: str | None) -> bool:
        """Return whether the resource with this ARN belongs to Ebbtide."""
        if not self.stack or arn is None:
            return False
        _, _, named = arn.removeprefix("arn:").partition(":")
        if named.startswith("iam:") and named.partition(":role/")[2] in self.roles:
            return True
        if account != self.account:
            return False
        return _pattern(self.stack, self.bucket).fullmatch(named) is not None


# Without a deployment, as on a developer's machine.
NOBODY = Own()


@cache
def _pattern(stack: str, bucket: str) -> re.Pattern[str]:
    """Return what matches the names of a deployment, also those that CloudFormation makes up.

    It writes the name of a stack in small letters into that of a bucket, and shortens it where a
    service allows no longer names. Then whatever begins alike is taken for ours.
    """
    named = [_expression(one, stack, bucket) for one in ARNS if bucket or "{bucket}" not in one]
    named.append(_expression("s3:::{stack}-*", stack.lower()))
    if len(stack) > KEPT:
        cuts = (stack[:KEPT], stack[:KEPT].lower())
        named += [_expression(one, cut) for one in SHORTENED for cut in cuts]
    return re.compile("|".join(named))


def _expression(arn: str, stack: str, bucket: str = "") -> str:
    return ".*".join(map(re.escape, arn.format(stack=stack, bucket=bucket).split("*")))
