"""Makes declared calls: renders their arguments, follows pagination, translates errors."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.model import OperationModel, StructureShape

from ebbtide.aws.account import AccountSession
from ebbtide.aws.failures import call_error
from ebbtide.base.errors import CallError
from ebbtide.base.paths import getter, render
from ebbtide.model.call import Call
from ebbtide.model.service import service as particulars

# Pairs of (name in the answer, name in the request), for operations that have no paginator in
# botocore.
TOKENS = (
    ("NextToken", "NextToken"),
    ("nextToken", "nextToken"),
    ("NextMarker", "Marker"),
    ("NextMarker", "NextMarker"),
    ("Marker", "Marker"),
    ("NextPageToken", "NextPageToken"),
    ("PaginationToken", "PaginationToken"),
    ("LastEvaluatedGlobalTableName", "ExclusiveStartGlobalTableName"),
)

_REQUEST_IDS = ("x-amzn-requestid", "x-amz-request-id")

# Fields that say that more pages follow. An answer that sets one without a token is incomplete, but
# botocore would take it for the last page.
_MORE = ("IsTruncated", "isTruncated", "HasMoreStreams", "HasMoreDeliveryStreams", "Truncated")


def call_pages(
    session: AccountSession, call: Call, region: str, document: Mapping[str, Any] | None = None
) -> Iterator[list[Any]]:
    """Yield the items of each page of a call; raises CallError."""
    for answer in call_answers(session, call, region, document or {}):
        yield items_of(call, answer)


def items_of(call: Call, answer: Any) -> list[Any]:
    """Return what the items path finds in one answer as a list; empty if it finds nothing."""
    found = answer if call.items is None else getter(call.items)(answer)
    return found if isinstance(found, list) else [] if found is None else [found]


def call_answer(
    session: AccountSession, call: Call, region: str, document: Mapping[str, Any]
) -> Any:
    """Return what the items path finds, with the pages of a list joined; raises CallError."""
    joined: list[Any] = []
    for answer in call_answers(session, call, region, document):
        found = answer if call.items is None else getter(call.items)(answer)
        if not isinstance(found, list):
            return found
        joined.extend(found)
    return joined


def call_answers(
    session: AccountSession, call: Call, region: str, document: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield the complete answer of each page; raises CallError.

    Each `next` makes one call, so that different threads can fetch consecutive pages.
    """
    try:
        if not session.reaches(call.service, region):
            raise _unavailable(session, call, region)
        arguments = render(call.args, {"region": region, **document})
        answer: dict[str, Any] = {}
        for answer in _requests(session, call, region, arguments):
            metadata = answer.pop("ResponseMetadata", None) or {}
            if not has_request_id(metadata):
                message = "the answer has no request id, so something else than AWS sent it"
                raise _error(session, call, region, "NotFromAws", message)
            prefix = particulars(call.service).id_prefix
            yield _without_prefix(answer, re.compile(prefix)) if prefix else answer
        if any(part.get(name) is True for part in _parts(answer) for name in _MORE):
            message = "the last page announces another"
            raise _error(session, call, region, "TruncatedAnswer", message)
    except (ClientError, BotoCoreError) as error:
        raise call_error(error, call.service, call.operation, session.account, region) from error


def has_request_id(metadata: Mapping[str, Any]) -> bool:
    """Say whether an answer is AWS's own: AWS gives every request an id.

    botocore takes it from the body or a header, as the service's protocol says; every protocol's
    answers have one of these headers, too.
    """
    headers = metadata.get("HTTPHeaders") or {}
    return bool(metadata.get("RequestId")) or any(headers.get(name) for name in _REQUEST_IDS)


def _requests(
    session: AccountSession, call: Call, region: str, arguments: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield the answers of all pages, following TOKENS where botocore has no paginator."""
    paginator = session.paginator(call.service, region, call.operation)
    if paginator is not None:
        yield from paginator.paginate(**arguments)
        return
    client = session.client(call.service, region)
    operation = client.meta.method_to_api_mapping[call.operation]
    tokens = _tokens(client.meta.service_model.operation_model(operation))
    while True:
        answer = getattr(client, call.operation)(**arguments)
        yield answer
        following = {
            theirs: part[ours]
            for part in _parts(answer)
            for ours, theirs in tokens
            if part.get(ours)
        }
        if not following:
            return
        # A token that repeats would loop forever.
        if following.items() <= arguments.items():
            message = "the token of the next page repeats itself"
            raise _error(session, call, region, "TruncatedAnswer", message)
        arguments = {**arguments, **following}


def _tokens(operation: OperationModel) -> list[tuple[str, str]]:
    """Return the pairs of TOKENS that an operation has, at most one per name in the request.

    An answer with a NextMarker has a Marker that only repeats the request's.
    """
    request, answer = operation.input_shape, operation.output_shape
    asked = request.members if request is not None else {}
    answered: set[str] = set()
    for name, shape in (answer.members if answer is not None else {}).items():
        answered |= {name, *(shape.members if isinstance(shape, StructureShape) else ())}
    found: dict[str, str] = {}
    for ours, theirs in TOKENS:
        if theirs in asked and ours in answered:
            found.setdefault(theirs, ours)
    return [(ours, theirs) for theirs, ours in found.items()]


def _parts(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Return an answer and the objects in it: CloudFront nests its tokens one level down."""
    return [answer, *(inner for inner in answer.values() if isinstance(inner, dict))]


def _without_prefix(value: Any, prefix: re.Pattern[str]) -> Any:
    """Strip a prefix from all texts: Route 53 answers ids such as /hostedzone/Z1."""
    if isinstance(value, dict):
        return {key: _without_prefix(entry, prefix) for key, entry in value.items()}
    if isinstance(value, list):
        return [_without_prefix(entry, prefix) for entry in value]
    return prefix.sub("", value) if isinstance(value, str) else value


def _unavailable(session: AccountSession, call: Call, region: str) -> CallError:
    message = f"{call.service} is not available in {region}"
    return _error(session, call, region, "ServiceNotInRegion", message)


def _error(session: AccountSession, call: Call, region: str, code: str, message: str) -> CallError:
    return CallError(call.service, call.operation, code, message, session.account, region)
