"""The HTTP API of a ticket system, as Jira has it (REST API, version 2)."""

from __future__ import annotations

import json
import os
from typing import Any

import urllib3
from aws_lambda_powertools.utilities.parameters import get_secret

# Searches for an issue by its label. Jira Data Center has /rest/api/2/search instead.
SEARCH = "/rest/api/2/search/jql"


class TicketError(Exception):
    """The ticket system cannot be reached, or refuses; the message holds no secret."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class Tickets:
    """Opens, finds, comments and closes tickets.

    The secret holds JSON: `url`, `token`, and `user` if the token is for HTTP basic authentication.
    """

    def __init__(self) -> None:
        secret = json.loads(get_secret(os.environ["TICKET_SECRET"], max_age=300))
        self._url = secret["url"].rstrip("/")
        if "user" in secret:
            pair = f"{secret['user']}:{secret['token']}"
            self._headers = urllib3.make_headers(basic_auth=pair)
        else:
            self._headers = {"authorization": f"Bearer {secret['token']}"}

    def open(self, title: str, text: str, label: str) -> str:
        """Open a ticket with a label, and return its key."""
        fields = {
            "project": {"key": os.environ["PROJECT"]},
            "issuetype": {"name": os.environ["ISSUE_TYPE"]},
            "summary": title,
            "description": text,
            "labels": ["ebbtide", label],
        }
        return str(self._ask("POST", "/rest/api/2/issue", {"fields": fields})["key"])

    def find(self, label: str) -> str | None:
        """Return the key of the ticket with a label; None if there is none."""
        found = self._ask("POST", SEARCH, {"jql": f'labels = "{label}"', "fields": ["summary"]})
        return str(found["issues"][0]["key"]) if found["issues"] else None

    def comment(self, key: str, text: str) -> None:
        self._ask("POST", f"/rest/api/2/issue/{key}/comment", {"body": text})

    def close(self, key: str) -> None:
        """Move a ticket through the transition that the stack names, if it names one."""
        if os.environ["CLOSE_TRANSITION"]:
            body = {"transition": {"id": os.environ["CLOSE_TRANSITION"]}}
            self._ask("POST", f"/rest/api/2/issue/{key}/transitions", body)

    def _ask(self, method: str, path: str, body: dict[str, Any]) -> Any:
        try:
            answer = urllib3.request(
                method,
                f"{self._url}{path}",
                json=body,
                headers={**self._headers, "content-type": "application/json"},
                timeout=10,
                retries=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise TicketError(f"{path} cannot be reached: {type(error).__name__}") from None
        if answer.status >= 300:
            said = answer.data.decode("utf-8", "replace")[:300]
            raise TicketError(f"{path} answered {answer.status}: {said}", answer.status)
        return json.loads(answer.data) if answer.data else None
