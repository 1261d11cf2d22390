"""Decide whether a text may name a resource of a kind, in whatever form; pure.

A value that a relation's pattern does not understand is no reference only if it cannot name a
resource of the kind at all. reference_forms.json says what names a resource of each kind: the
service and the type of resource in its ARNs, the form of the ids that AWS generates, and the kinds
whose ids are URLs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from ebbtide.kinds import registry

_ARN = re.compile(r"arn:[a-z-]+:[^\s\"'\\,;()<>]+")
_ADDRESS = re.compile(r"[\d.]+(?:/\d+)?|[0-9a-f]*:[0-9a-f:]*(?:/\d+)?")
_URL = re.compile(r"[a-z0-9+.-]+://")
# Running text, JSON, mail addresses and phone numbers are searched for ARNs and ids, but not taken
# for a name.
_NO_NAME = re.compile(r"[\s{}\[\]\"@]|^\+\d+$")
# The scope of a web ACL precedes its type: `global/webacl/...`.
_SCOPES = {"global", "regional"}


def may_mean(kind: str, text: str) -> bool:
    """Say whether a text may name a resource of a kind by its id, ARN, name or an alias."""
    declared = registry()[kind]
    if declared.pointers and re.search(declared.pointers, text):
        return True
    if text.startswith("arn:"):
        return arn_fits(kind, text)
    id_form = _forms()["ids"].get(kind)
    has_id = id_form is not None and re.search(rf"\b{id_form}\b", text) is not None
    if has_id or any(arn_fits(kind, arn) for arn in _ARN.findall(text)):
        return True
    if _NO_NAME.search(text) or _ADDRESS.fullmatch(text):
        return False
    if _URL.match(text):
        return kind in _forms()["url_ids"]
    # Where AWS generates the ids, anything else can only be a name, if the kind has names.
    return id_form is None or declared.label is not None


def arn_fits(kind: str, arn: str) -> bool:
    """Say whether an ARN has the service and the type of resource of a kind's ARNs."""
    forms = _forms()["arns"].get(kind)
    if forms is None:
        listed = registry()[kind].list
        return listed is not None and arn.split(":")[2:3] == [listed.service]
    return not {form_of(arn), f"{form_of(arn).split(':')[0]}:"}.isdisjoint(forms)


def form_of(arn: str) -> str:
    """Return `service:type` of an ARN: `ec2:volume`; `sqs:` where the resource has no type."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return ":"
    segments = [segment for segment in re.split("[:/]", parts[5]) if segment]
    if segments and segments[0] in _SCOPES:
        segments = segments[1:]
    return f"{parts[2]}:{segments[0] if len(segments) > 1 else ''}"


def is_elsewhere(text: str, account: str, region: str) -> bool:
    """Say whether a text is an ARN of another account, or of another region than `region`."""
    parts = text.split(":", 5)
    if parts[0] != "arn" or len(parts) < 6:
        return False
    # The URI of an integration has another word there.
    other_account = parts[4].isdigit() and parts[4] != account
    return other_account or (bool(parts[3]) and parts[3] != region and region != "global")


@cache
def _forms() -> Mapping[str, Any]:
    text = files(__package__).joinpath("reference_forms.json").read_text()
    found: Mapping[str, Any] = json.loads(text)
    return found
