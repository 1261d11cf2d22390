"""Small pages of a function URL: a link opens one, and a button on it does what the link says.

What is put into a page is escaped, unless it was made by `element`. Pages run no scripts, are not
framed by others, not stored, and do not pass their address, which holds the link, to anybody.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs

from ebbtide.base.markup import Html, element

__all__ = ["Html", "Request", "button", "element", "page"]

_STYLE = (
    "body{font-family:sans-serif;max-width:60em;margin:2em auto;padding:0 1em}"
    "li{margin:.3em 0}button{font-size:1.1em;padding:.4em 1em}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "strict-transport-security": "max-age=31536000",
}


@dataclass(frozen=True, slots=True)
class Request:
    """What a browser asked of a function URL: the token of the link, and the fields of a form."""

    method: str
    token: str
    form: Mapping[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Self:
        """Read an event of a function URL; `t` in the query is the token."""
        method = str(event["requestContext"]["http"]["method"])
        token = str((event.get("queryStringParameters") or {}).get("t", ""))
        body = event.get("body") or ""
        if event.get("isBase64Encoded"):
            body = base64.b64decode(body).decode("utf-8", "replace")
        return cls(method, token, parse_qs(body))

    @property
    def acts(self) -> bool:
        """Return whether somebody pressed the button: to open a page never does anything."""
        return self.method == "POST"


def page(title: str, *content: str, status: int = 200) -> dict[str, Any]:
    """Return the answer of the function: a page with a heading and this content."""
    head = element("head", element("title", title), element("style", Html(_STYLE)))
    body = element("body", element("h1", title), *content)
    text = f'<!doctype html><html lang="en">{head}{body}</html>'
    return {"statusCode": status, "headers": _HEADERS, "body": text}


def button(text: str, *fields: str) -> Html:
    """Return a form with a button that sends its fields to the same address."""
    return element("form", *fields, element("button", text, type="submit"), method="post")
