"""Tells resources of the account from those that another account, or AWS, shares with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_ACCOUNT = re.compile(r"\d{12}|aws")


def owning_account(line: Mapping[str, Any]) -> str:
    """Return the account that owns a resource; `aws` for what AWS itself offers."""
    return named_owner(line["arn"], line["properties"].get("owner_id"), line["account"])


def named_owner(arn: str | None, owner_id: object, account: str) -> str:
    """Return the account that owns a resource which was read in an account.

    The ARN names it. Where there is no ARN, or none with an account, AWS's OwnerId does; otherwise
    the resource belongs to the account that it was read in.
    """
    parts = (arn or "").split(":")
    named = parts[4] if len(parts) > 5 else ""
    found = named or str(owner_id or "")
    return found if _ACCOUNT.fullmatch(found) else str(account)
