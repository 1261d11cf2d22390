"""A proxy between a client and the mocked AWS that adds a constant latency and caches answers.

It fetches each answer to a read once and then returns the cached bytes. So the benchmark measures
the client and not the mock, which is often slower than AWS. Reads that the mock does not support
get an empty answer, like that of an account without such resources.
"""

from __future__ import annotations

import argparse
import asyncio
import re

from aiohttp import ClientSession, ClientTimeout, web

from local.emulator.absent import empty_answer, is_unknown
from local.emulator.wire import read_call

# Ebbtide writes and reads this bucket during the measurement, so its answers are not cached.
OWN_BUCKET = "ebbtide-bench"
_SCOPE = re.compile(r"Credential=([^/]+)/\d{8}/([^/]+)/([^/]+)/")
_HOP_BY_HOP = {"transfer-encoding", "connection", "content-encoding", "content-length", "server"}

type Answer = tuple[int, dict[str, str], bytes]


class Proxy:
    """The proxy; `latency` is the minimum duration of each request in seconds."""

    def __init__(self, target: str, latency: float) -> None:
        self._target, self._latency = target, latency
        self._known: dict[tuple[object, ...], Answer] = {}
        self._session: ClientSession | None = None

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        arrived = asyncio.get_running_loop().time()
        status, headers, content = await self._answer(request, body)
        waited = asyncio.get_running_loop().time() - arrived
        if self._latency > 0:
            await asyncio.sleep(max(0.0, self._latency - waited))
        return web.Response(status=status, headers=headers, body=content)

    async def manage(self, request: web.Request) -> web.Response:
        """Set the latency: POST /_bench/latency/<seconds>."""
        self._latency = float(request.match_info["seconds"])
        return web.Response()

    async def _answer(self, request: web.Request, body: bytes) -> Answer:
        headers = {name.lower(): value for name, value in request.headers.items()}
        call = read_call(request.method, request.path, request.query_string, headers, body)
        if call is None or not call.read_only or OWN_BUCKET in request.path:
            return await self._ask(request, body)
        if call.service == "sts":
            return await self._ask(request, body)
        scope = _SCOPE.search(headers.get("authorization", ""))
        key = (
            request.method,
            request.raw_path,
            headers.get("x-amz-target"),
            scope.groups()[1:] if scope else None,
            body,
        )
        if key not in self._known:
            found = await self._ask(request, body)
            if is_unknown(found[0], found[2]) or found[0] in (404, 500, 501):
                found = empty_answer(call)
            self._known[key] = found
        return self._known[key]

    async def _ask(self, request: web.Request, body: bytes) -> Answer:
        if self._session is None:
            self._session = ClientSession(timeout=ClientTimeout(total=300), auto_decompress=True)
        url = f"{self._target}{request.raw_path}"
        # moto recognizes services by the host name in the client's request.
        async with self._session.request(
            request.method, url, headers=request.headers, data=body, allow_redirects=False
        ) as found:
            kept = {k: v for k, v in found.headers.items() if k.lower() not in _HOP_BY_HOP}
            return found.status, kept, await found.read()


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.proxy", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--target", required=True)
    options = parser.parse_args()
    proxy = Proxy(options.target, 0.0)
    application = web.Application(client_max_size=64 * 1024 * 1024)
    application.router.add_post("/_bench/latency/{seconds}", proxy.manage)
    application.router.add_route("*", "/{anything:.*}", proxy.answer)
    web.run_app(application, host="127.0.0.1", port=options.port, print=None, access_log=None)


if __name__ == "__main__":
    main()
