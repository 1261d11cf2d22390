"""Tells policies what SendEmail of SES is about: the identity that sends, and its address.

Service authorization reference, Amazon Simple Email Service v2: the resource of SendEmail is the
identity, and ses:FromAddress is the sender. ministack knows neither.
"""

from __future__ import annotations

import json
from typing import Any

from local.emulator.engine import load

_PATH = "/v2/email/outbound-emails"
_ACTION = "ses:SendEmail"


def install() -> None:
    """Wrap the functions that find the resource and the context of a request."""
    actions = load("core.iam_actions")
    resource_of, context_of = actions._ses_v2_resource_arn, actions.request_tag_context

    def resource(method: str, path: str, body: bytes, region: str, account: str) -> str:
        if method == "POST" and path.rstrip("/") == _PATH:
            return f"arn:aws:ses:{region}:{account}:identity/{_identity(_sender(body))}"
        return str(resource_of(method, path, body, region, account))

    def context(service: str, action: str, body: bytes, params: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = context_of(service, action, body, params)
        return found if action != _ACTION else {**found, "ses:fromaddress": _sender(body)}

    actions._ses_v2_resource_arn = resource
    actions.request_tag_context = context


def _sender(body: bytes) -> str:
    return str(json.loads(body).get("FromEmailAddress", ""))


def _identity(address: str) -> str:
    """Return the verified identity of a sender: the address, or else its domain."""
    known = load("services.ses_v2")._identities
    return address if address in known else address.rpartition("@")[2]
