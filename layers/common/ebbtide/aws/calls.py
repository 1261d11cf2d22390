"""Makes declared calls: fills in the arguments, follows the pages, translates the errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from ebbtide.aws.account import AccountSession
from ebbtide.aws.failures import call_error
from ebbtide.kind import Call
from ebbtide.paths import getter, render


def call_pages(
    session: AccountSession, call: Call, region: str, document: Mapping[str, Any] | None = None
) -> Iterator[list[Any]]:
    """Each page of a call as the list at its items path; raises CallError.

    A page whose items path finds nothing is an empty list.
    """
    for answer in _answers(session, call, region, document or {}):
        found = answer if call.items is None else getter(call.items)(answer)
        yield found if isinstance(found, list) else [] if found is None else [found]


def call_answer(
    session: AccountSession, call: Call, region: str, document: Mapping[str, Any]
) -> Any:
    """What stands at the items path, the pages of a list joined; raises CallError."""
    joined: list[Any] = []
    for answer in _answers(session, call, region, document):
        found = answer if call.items is None else getter(call.items)(answer)
        if not isinstance(found, list):
            return found
        joined.extend(found)
    return joined


def _answers(
    session: AccountSession, call: Call, region: str, document: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    arguments = render(call.args, document)
    try:
        client = session.client(call.service, region)
        if client.can_paginate(call.operation):
            answers = iter(client.get_paginator(call.operation).paginate(**arguments))
        else:
            answers = iter([getattr(client, call.operation)(**arguments)])
        for answer in answers:
            session.calls[call.service] += 1
            answer.pop("ResponseMetadata", None)
            yield answer
    except EndpointConnectionError as error:
        # Without an endpoint there is no name to resolve; with one it is a network failure.
        failed = call_error(error, call.service, call.operation, session.account, region)
        if not session.offers(call.service, region):
            failed.code = "ServiceNotInRegion"
        raise failed from error
    except (ClientError, BotoCoreError) as error:
        raise call_error(error, call.service, call.operation, session.account, region) from error
