"""Feeds raw HTTP answers to the collector's real reader, so that botocore has to parse them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from ebbtide.aws import own_session
from ebbtide.aws.account import AccountSession
from tests.faults.collect.answers import (
    ACCOUNT,
    REGION,
    Reading,
    read_slice,
    with_parents,
)
from tests.support.unhurried import Unhurried

JSON = {"Content-Type": "application/x-amz-json-1.0"}
XML = {"Content-Type": "text/xml"}
REQUEST_ID = {"x-amzn-RequestId": "11111111-2222-3333-4444-555555555555"}

type Body = str | bytes
type Handler = Callable[[AWSPreparedRequest], tuple[dict[str, str], Body]]


class _Raw(io.BytesIO):
    """A response body with urllib3's interface."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        while part := self.read(65_536):
            yield part


def operation_of(request: AWSPreparedRequest) -> str:
    """Return the operation name of a JSON request."""
    target = request.headers.get("X-Amz-Target", b"")
    text = target.decode() if isinstance(target, bytes) else str(target)
    return text.rsplit(".", 1)[-1]


def read_wire(kind: str, handler: Handler, region: str = REGION) -> Reading:
    """Read a kind while `handler` answers each request with headers and a body, status 200.

    The reading's `asked` contains the method and URL of each request.
    """
    asked: list[tuple[str, dict[str, Any]]] = []

    def send(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        asked.append((request.method, {"url": request.url}))
        headers, body = handler(request)
        content = body.encode() if isinstance(body, str) else body
        return AWSResponse(request.url, 200, headers, _Raw(content))

    account = own_session(ACCOUNT, "aws")
    account.pacer = Unhurried(4)
    account.session._session.set_credentials("testing", "testing")
    account.session.events.register("before-send", send)
    with patch.object(AccountSession, "reaches", lambda *_: True):
        return read_slice(account, with_parents([kind]), region, asked)
