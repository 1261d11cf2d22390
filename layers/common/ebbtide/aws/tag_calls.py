"""Sets and deletes the tags of any resource through the Resource Groups Tagging API."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ebbtide.aws.account import AccountSession
from ebbtide.aws.failures import describe_failure, is_throttled, state_of

# The most ARNs that one call accepts.
MOST_ARNS = 20

type _Call = Callable[[list[str]], Mapping[str, Any]]


def change_tags(
    session: AccountSession,
    region: str,
    arns: Sequence[str],
    update: Mapping[str, str],
    delete: Sequence[str],
) -> dict[str, str]:
    """Delete and set tags of up to MOST_ARNS resources; return the failed ARNs -> reason."""
    client = session.client("resourcegroupstaggingapi", region)
    failed: dict[str, str] = {}
    if delete:
        failed |= _failures(
            lambda some: client.untag_resources(ResourceARNList=some, TagKeys=list(delete)), arns
        )
    if update:
        failed |= _failures(
            lambda some: client.tag_resources(ResourceARNList=some, Tags=dict(update)), arns
        )
    return failed


def _failures(call: _Call, arns: Sequence[str]) -> Iterator[tuple[str, str]]:
    try:
        answer = call(list(arns))
    except (ClientError, BotoCoreError) as error:
        if len(arns) == 1 or state_of(error) == "denied" or is_throttled(error):
            why = describe_failure(error)
            yield from ((arn, why) for arn in arns)
        else:
            # The API rejects the whole call because of one ARN that it cannot handle.
            for arn in arns:
                yield from _failures(call, [arn])
        return
    for arn, failure in (answer.get("FailedResourcesMap") or {}).items():
        code = failure.get("ErrorCode", "Unknown")
        yield arn, f"{code}: {failure.get('ErrorMessage', 'AWS gives no reason')}"
