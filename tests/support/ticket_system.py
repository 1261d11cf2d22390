"""A ticket system on this machine that answers as Jira does, and a webhook that keeps its posts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any


@dataclass
class Ticket:
    """A ticket: what it was opened with, its comments, and whether it is closed."""

    fields: dict[str, Any]
    comments: list[str] = field(default_factory=list)
    closed: bool = False


@dataclass
class TicketSystem:
    """Tickets by key; `status` is answered instead of anything else while it is set.

    With `lost`, the next ticket is opened, but its answer does not arrive. `posts` are bodies that
    were posted to /hook.
    """

    url: str = ""
    tickets: dict[str, Ticket] = field(default_factory=dict)
    posts: list[Any] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)
    status: int = 0
    lost: bool = False
    lock: Lock = field(default_factory=Lock)

    def answer(self, path: str, body: Any) -> tuple[int, Any]:
        if self.status:
            return self.status, {"errorMessages": ["no"]}
        if path == "/hook":
            self.posts.append(body)
            return 200, None
        if path == "/rest/api/2/issue":
            return self._open(body["fields"])
        if path == "/rest/api/2/search/jql":
            (label,) = re.findall(r'labels = "([^"]+)"', body["jql"])
            found = [key for key, one in self.tickets.items() if label in one.fields["labels"]]
            return 200, {"issues": [{"key": key} for key in found]}
        parts = re.fullmatch(r"/rest/api/2/issue/([^/]+)/(comment|transitions)", path)
        if parts is None or parts[1] not in self.tickets:
            return 404, {"errorMessages": ["Issue does not exist"]}
        ticket = self.tickets[parts[1]]
        if parts[2] == "comment":
            ticket.comments.append(body["body"])
            return 201, {}
        if ticket.closed or body["transition"] != {"id": "31"}:
            return 400, {"errorMessages": ["Transition is not valid"]}
        ticket.closed = True
        return 204, None

    def _open(self, fields: dict[str, Any]) -> tuple[int, Any]:
        key = f"OPS-{len(self.tickets) + 1}"
        self.tickets[key] = Ticket(fields)
        if self.lost:
            self.lost = False
            return 504, None
        return 201, {"key": key}


@contextmanager
def ticket_system() -> Iterator[TicketSystem]:
    """Run the server while the block runs."""
    system = TicketSystem()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with system.lock:
                system.authorizations.append(self.headers["Authorization"])
                status, answer = system.answer(self.path, body)
            content = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        system.url = f"http://127.0.0.1:{server.server_address[1]}"
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield system
        finally:
            server.shutdown()
