"""Authorizes calls about a schedule of EventBridge Scheduler for the group that it is in.

ministack takes every schedule for one of the group `default`. The ARN has the name of the group
(service authorization reference, Amazon EventBridge Scheduler).
"""

import json
from typing import Any

from local.emulator.engine import Params, load, param

_USUAL = ":schedule/default/"


def install() -> None:
    """Wrap the ministack function that names the resource of a request."""
    actions = load("core.iam_actions")
    extract = actions.extract_resource_arn

    def extracted(
        service: str,
        method: str,
        path: str,
        headers: Any,
        body: bytes,
        query_params: Params,
        *place: str,
    ) -> str:
        arn: str = extract(service, method, path, headers, body, query_params, *place)
        if service != "scheduler" or _USUAL not in arn:
            return arn
        return arn.replace(_USUAL, f":schedule/{group_of(body, query_params)}/")

    actions.extract_resource_arn = extracted


def group_of(body: bytes, query_params: Params) -> str:
    """Return the group that a request names: in the body, or else in the query."""
    try:
        given = json.loads(body or b"{}")
    except ValueError:
        given = {}
    named = given.get("GroupName") if isinstance(given, dict) else None
    return str(named or param(query_params, "groupName") or "default")
