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
    "events:*:*:event-bus/{stack}",
    "events:*:*:rule/{stack}-*",
    "iam::*:role/{stack}-*",
    "lambda:*:*:*:{stack}-*",
    "logs:*:*:log-group:*/{stack}/*",
    "logs:*:*:log-group:*/{stack}-*",
    "s3:::{stack}-*",
    "scheduler:*:*:schedule/*/{stack}-*",
    "sns:*:*:{stack}-*",
    "sqs:*:*:{stack}-*",
    "states:*:*:*:{stack}-*",
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
        return named == f"s3:::{self.bucket}" or _pattern(self.stack).fullmatch(named) is not None


# Without a deployment, as on a developer's machine.
NOBODY = Own()


@cache
def _pattern(stack: str) -> re.Pattern[str]:
    return re.compile("|".join(_expression(one, stack) for one in ARNS))


def _expression(arn: str, stack: str) -> str:
    return ".*".join(map(re.escape, arn.format(stack=stack).split("*")))
