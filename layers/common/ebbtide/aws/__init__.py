"""The only package that uses boto3: sessions, clients, calls, pagination and AWS errors."""

from ebbtide.aws.account import AccountSession, Partition, enter_account, own_session
from ebbtide.aws.calls import call_answer, call_answers, call_pages, items_of
from ebbtide.aws.failures import (
    describe_failure,
    is_denied_by_organization,
    is_not_found,
    is_refused,
    says_gone,
    state_of,
)

__all__ = [
    "AccountSession",
    "Partition",
    "call_answer",
    "call_answers",
    "call_pages",
    "describe_failure",
    "enter_account",
    "is_denied_by_organization",
    "is_not_found",
    "is_refused",
    "items_of",
    "own_session",
    "says_gone",
    "state_of",
]
