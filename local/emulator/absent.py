"""Answers list calls that ministack does not implement with an empty list.

AWS gives the same answer to an account that has no resource of the kind. Without it, every
resource that such a kind may depend on would stay undecided on the emulated cloud.
"""

import re
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from local.emulator.engine import Answer
from local.emulator.wire import Call

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]

_UNKNOWN = re.compile(
    rb"Unsupported service|Unknown operation|Unknown EC2 action|Unknown action|UnknownOperation"
    rb"|InvalidAction|NotImplemented|not implemented|No such API|Unknown path|Unsupported operation"
    rb"|Unknown API Gateway path|Unknown Route53 endpoint|No route for GET"
)
_EMPTY_XML = "<{0}Response><{0}Result></{0}Result></{0}Response>"


def is_unknown(status: int, body: bytes) -> bool:
    """Check whether an error means that ministack lacks the service or operation."""
    return status >= 400 and bool(_UNKNOWN.search(body))


def empty_answer(call: Call) -> Answer:
    """Return an answer without members, in the wire format of the call's service."""
    if call.protocol == "cbor":
        headers = {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
        return 200, headers, b"\xa0"
    if call.protocol in ("json", "rest-json"):
        return 200, {"content-type": "application/json"}, b"{}"
    text = _EMPTY_XML.format(call.action) if call.protocol != "ec2" else f"<{call.action}Response/>"
    return 200, {"content-type": "text/xml"}, text.encode()


class EmptyIfUnknown:
    """Buffers an error answer, and replaces it by an empty one if ministack lacks the call."""

    def __init__(self, call: Call, send: Send) -> None:
        self._call = call
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        """Pass a message on, or buffer it if it belongs to an error answer."""
        if message["type"] == "http.response.start" and message["status"] >= 400:
            self._start = message
            return
        if self._start is None:
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if not message.get("more_body"):
            await self._finish(self._start)

    async def _finish(self, start: Message) -> None:
        body = self._body
        if is_unknown(start["status"], body):
            status, headers, body = empty_answer(self._call)
            pairs = [(key.encode(), value.encode()) for key, value in headers.items()]
            pairs.append((b"content-length", str(len(body)).encode()))
            # AWS gives every request an id, and Ebbtide reads no answer without one.
            pairs.append((b"x-amzn-requestid", str(uuid.uuid4()).encode()))
            start = {"type": "http.response.start", "status": status, "headers": pairs}
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})
