"""A server on this machine that keeps what is posted to it, for tests of webhooks."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass
class Posted:
    """What was posted, in order: headers and JSON. `status` is what the next ones are told."""

    url: str
    status: int = 200
    requests: list[tuple[dict[str, str], Any]] = field(default_factory=list)

    def wait(self, count: int, seconds: float = 20) -> list[Any]:
        """Return the bodies once there are that many."""
        deadline = time.monotonic() + seconds
        while len(self.requests) < count:
            assert time.monotonic() < deadline, self.requests
            time.sleep(0.05)
        return [body for _, body in self.requests]


@contextmanager
def receiving() -> Iterator[Posted]:
    """Run the server while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posted.requests.append((dict(self.headers), json.loads(body)))
            self.send_response(posted.status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        posted = Posted(f"https://127.0.0.1:{server.server_address[1]}/hook")
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield posted
        finally:
            server.shutdown()
