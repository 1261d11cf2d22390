"""The emulator's front end: records every call, injects faults, and forwards the rest."""

import json
import os
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.emulator import faults
from local.emulator.absent import EmptyIfUnknown
from local.emulator.engine import Answer
from local.emulator.wire import Call, account_of, principal_of, read_call

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

PROCESS_PATH = "/_local/process"  # returns the process id, since another emulator may take the port
_READ_FIRST = ("form-urlencoded", "amz-json", "cbor")
_XML_CODE = re.compile(rb"<Code>([^<]+)</Code>")
_JSON_CODE = re.compile(rb'"(?:__type|code|Code)"\s*:\s*"(?:[^"#]*#)?([^"]+)"')


class Recorder:
    """An ASGI application that wraps ministack's own."""

    def __init__(self, application: Application, record: Path) -> None:
        self._application = application
        self._record = record.open("a", encoding="utf-8", buffering=1)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection scope."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        headers = {
            key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]
        }
        body = b""
        # Stream bodies that do not name the call, such as S3 objects, without reading them.
        if scope["path"] == faults.PATH or any(
            kind in headers.get("content-type", "") for kind in _READ_FIRST
        ):
            body = await _read(receive)
            receive = _replayed(body, receive)
        if scope["path"] == faults.PATH:
            await _send(send, _manage(scope["method"], body))
            return
        if scope["path"] == PROCESS_PATH:
            await _send(send, _json(200, {"pid": os.getpid()}))
            return
        query = scope.get("query_string", b"").decode()
        call = read_call(scope["method"], scope["path"], query, headers, body)
        if call is None:
            await self._application(scope, receive, send)
        else:
            await self._serve(call, scope, receive, send)

    async def _serve(self, call: Call, scope: Message, receive: Receive, send: Send) -> None:
        account, principal = account_of(call.access_key), principal_of(call.access_key)
        entry: Message = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "service": call.service,
            "action": call.action,
            "account": account,
            "region": call.region,
            "principal": principal,
            "read_only": call.read_only,
            "params": call.params,
        }

        def record(status: int, error: str | None) -> None:
            self._record.write(json.dumps(entry | {"status": status, "error": error}) + "\n")

        watch = _Watch(send, record)
        if fault := faults.inject(call, account):
            await _send(watch, fault)
        elif call.read_only:
            await self._application(scope, receive, EmptyIfUnknown(call, watch))
        else:
            await self._application(scope, receive, watch)


class _Watch:
    """Forwards an answer, and records its status and error code before its last part is sent.

    A client that has received an answer can therefore rely on finding the call in the record.
    """

    def __init__(self, send: Send, record: Callable[[int, str | None], None]) -> None:
        self._send = send
        self._finish = record
        self._body = b""
        self._header: str | None = None
        self._status = 0
        # Held back until the body begins: a HEAD request is answered by its headers alone.
        self._start: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = {key.lower(): value.decode() for key, value in message["headers"]}
            self._header = headers.get(b"x-amzn-errortype") or headers.get(b"x-amzn-query-error")
            self._start = message
            return
        if self._status >= 400 and len(self._body) < 65536:
            self._body += message.get("body", b"")
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self._finish(self._status, self._error())
        if self._start is not None:
            await self._send(self._start)
            self._start = None
        await self._send(message)

    def _error(self) -> str | None:
        if self._status < 400:
            return None
        if self._header:
            return re.split(r"[;:]", self._header.rpartition("#")[2])[0]
        found = _XML_CODE.search(self._body) or _JSON_CODE.search(self._body)
        return found.group(1).decode() if found else str(self._status)


async def _read(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _replayed(body: bytes, receive: Receive) -> Receive:
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


async def _send(send: Send, answer: Answer) -> None:
    status, headers, body = answer
    pairs = [(key.encode(), value.encode()) for key, value in headers.items()]
    pairs.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})


def _manage(method: str, body: bytes) -> Answer:
    """Answer a request to the endpoint where tests set faults."""
    status, reply = 200, None
    try:
        if method == "POST":
            faults.replace(json.loads(body))
        elif method == "DELETE":
            faults.replace([])
    except (TypeError, ValueError) as error:
        status, reply = 400, {"error": str(error)}
    return _json(status, faults.shown() if reply is None else reply)


def _json(status: int, document: Any) -> Answer:
    return status, {"content-type": "application/json"}, json.dumps(document).encode()
