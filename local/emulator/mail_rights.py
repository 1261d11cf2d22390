"""Tells policies what SendEmail of SES is about: the identity that sends, and its address.

Service authorization reference, Amazon Simple Email Service v2: the resource of SendEmail is the
identity, and ses:FromAddress is the sender. ministack knows neither.
"""

from __future__ import annotations

import json
from contextvars import ContextVar
from typing import Any

from local.emulator.engine import load

_PATH = "/v2/email/outbound-emails"

_sender: ContextVar[str] = ContextVar("sender", default="")


def install() -> None:
    """Wrap the functions that find the resource of a request, and that ask the policies."""
    actions, app = load("core.iam_actions"), load("app")
    resource_of, enforce = actions._ses_v2_resource_arn, app._enforce_data_plane

    def resource(method: str, path: str, body: bytes, region: str, account: str) -> str:
        if method != "POST" or path.rstrip("/") != _PATH:
            return str(resource_of(method, path, body, region, account))
        sender = str(json.loads(body).get("FromEmailAddress", ""))
        _sender.set(sender)
        return f"arn:aws:ses:{region}:{account}:identity/{_identity(sender)}"

    def enforced(service: str, action: str, *given: Any, **rest: Any) -> Any:
        if action == "ses:SendEmail" and service == "sesv2":
            rest["service_context"] = {"ses:FromAddress": _sender.get()}
        return enforce(service, action, *given, **rest)

    actions._ses_v2_resource_arn = resource
    app._enforce_data_plane = enforced


def _identity(address: str) -> str:
    """Return the verified identity of a sender: the address, or else its domain."""
    known = load("services.ses_v2")._identities
    return address if address in known else address.rpartition("@")[2]
