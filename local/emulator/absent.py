"""Answers the lists of services and operations that ministack lacks: with nothing, as AWS would.

An account that has nothing of a kind gets an empty list. Without this, whatever such a kind could
depend on would stay undecided on the emulated cloud, for the want of a service that nobody uses.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from local.emulator.engine import Answer
from local.emulator.wire import Call

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]

_UNKNOWN = re.compile(
    rb"Unsupported service|Unknown operation|Unknown EC2 action|Unknown action|UnknownOperation"
    rb"|InvalidAction|NotImplemented|not implemented|No such API|Unknown path|Unsupported operation"
    rb"|Unknown API Gateway path|No route for GET"
)
_EMPTY_XML = "<{0}Response><{0}Result></{0}Result></{0}Response>"


def is_unknown(status: int, body: bytes) -> bool:
    """Whether an answer says that the emulator does not know what it was asked for."""
    return status >= 400 and bool(_UNKNOWN.search(body))


def empty_answer(call: Call) -> Answer:
    """An answer without any member, in the wire format of the call's service."""
    if call.protocol == "cbor":
        headers = {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
        return 200, headers, b"\xa0"
    if call.protocol in ("json", "rest-json"):
        return 200, {"content-type": "application/json"}, b"{}"
    text = _EMPTY_XML.format(call.action) if call.protocol != "ec2" else f"<{call.action}Response/>"
    return 200, {"content-type": "text/xml"}, text.encode()


class EmptyIfUnknown:
    """Holds an erroneous answer back, and sends nothing-there instead if it is of that sort."""

    def __init__(self, call: Call, send: Send) -> None:
        self._call = call
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        """Pass on, or hold back until the end."""
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
            start = {"type": "http.response.start", "status": status, "headers": pairs}
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})
