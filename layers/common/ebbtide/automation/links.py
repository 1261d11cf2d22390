"""Signed links: what somebody may ask for by following a link, for which purpose and until when.

Everybody who has a link can read its claims, but without the key nobody can change them, make
another link, or use one of another purpose. Mail scanners and chats follow links, so let only a
POST do what a link says.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from ebbtide.base.clock import now
from ebbtide.base.errors import InputError, SettingsError

# A key of Secrets Manager with the usual length of a generated password.
SHORTEST_KEY = 32
# Mail programs and browsers cut longer links.
LONGEST = 1_900
_ENDS = "ends"


def sign(claims: Mapping[str, Any], key: str, *, purpose: str, until: datetime) -> str:
    """Return a token that holds `claims` until a time, for the query of a link.

    Equal arguments give equal tokens. Raises SettingsError if the key is too short, InputError if
    the token gets longer than a link may be.
    """
    payload = orjson.dumps({**claims, _ENDS: int(until.timestamp())}, option=orjson.OPT_SORT_KEYS)
    body = _encoded(payload)
    token = f"{body}.{_seal(body, key, purpose)}"
    if len(token) > LONGEST:
        raise InputError(f"a link with these claims has {len(token)} characters; at most {LONGEST}")
    return token


def read_signed(
    token: str, key: str, *, purpose: str, at: datetime | None = None
) -> dict[str, Any]:
    """Return the claims of a token. Raises InputError if it is not valid, or has ended."""
    body, _, seal = token.partition(".")
    expected = _seal(body, key, purpose)
    # Bytes, because texts may only be compared in constant time if they are ASCII.
    given = seal.encode("utf-8", "surrogatepass")
    if len(token) > LONGEST or not hmac.compare_digest(given, expected.encode()):
        raise InputError("this link is not valid: it is incomplete, or was not made here")
    claims: dict[str, Any] = orjson.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    if claims.pop(_ENDS) <= (at or now()).timestamp():
        raise InputError("this link has expired")
    return claims


def _seal(body: str, key: str, purpose: str) -> str:
    if len(key) < SHORTEST_KEY:
        raise SettingsError(f"the key of links has fewer than {SHORTEST_KEY} characters")
    signed = f"{purpose}\n{body}".encode("utf-8", "surrogatepass")
    return _encoded(hmac.digest(key.encode(), signed, hashlib.sha256))


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
