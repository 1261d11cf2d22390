"""Brings the IAM policies of the snapshot back into the form in which AWS takes them.

Reads of one role name its inline policies without their documents, and the snapshot has these with
names in snake_case. The names of IAM's policy language are known, and keys of conditions do not
distinguish capitals, so that only the tag keys in conditions cannot be told.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ebbtide.base.forms import snake

_ELEMENTS = (
    "Version", "Id", "Statement", "Sid", "Effect", "Principal", "NotPrincipal", "Action",
    "NotAction", "Resource", "NotResource", "Condition",
)  # fmt: skip
_PRINCIPALS = ("AWS", "Service", "Federated", "CanonicalUser")
_NAMES: Mapping[str, str] = {snake(name): name for name in (*_ELEMENTS, *_PRINCIPALS)}
_DESCRIBED = ("RolePolicyList", "UserPolicyList", "GroupPolicyList")


class UnknownPolicyError(Exception):
    """A policy whose text the snapshot does not determine."""


def inline_policies(
    description: Mapping[str, Any], properties: Mapping[str, Any]
) -> tuple[list[dict[str, str]], list[str]]:
    """Return the inline policies of a principal, and the names of those that are not determined."""
    found, unknown = [], []
    for name in _DESCRIBED:
        kept = {one["policy_name"]: one for one in properties.get(snake(name)) or ()}
        for policy in description.get(name) or ():
            title = policy["PolicyName"]
            text = _text(policy.get("PolicyDocument"), kept.get(title, {}).get("policy_document"))
            if text is None:
                unknown.append(title)
            else:
                found.append({"PolicyName": title, "PolicyDocument": text})
    return found, unknown


def default_document(description: Mapping[str, Any], properties: Mapping[str, Any]) -> str | None:
    """Return the document of the default version of a managed policy; None if it is unknown."""
    described = _default(description.get("PolicyVersionList"), "IsDefaultVersion", "Document")
    kept = _default(properties.get("policy_version_list"), "is_default_version", "document")
    return _text(described, kept)


def _default(versions: Iterable[Mapping[str, Any]] | None, is_default: str, name: str) -> Any:
    return next((one.get(name) for one in versions or () if one.get(is_default)), None)


def _text(described: Any, kept: Any) -> str | None:
    """Return a policy as AWS described it, else as the snapshot kept it; None for neither."""
    if described:
        return described if isinstance(described, str) else json.dumps(described)
    if not kept:
        return None
    try:
        return kept if isinstance(kept, str) else json.dumps(_element(kept))
    except UnknownPolicyError:
        return None


def _element(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            _name(name): _condition(part) if name == "condition" else _element(part)
            for name, part in value.items()
        }
    return [_element(part) for part in value] if isinstance(value, list) else value


def _name(name: str) -> str:
    if name not in _NAMES:
        raise UnknownPolicyError(name)
    return _NAMES[name]


def _condition(operators: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {
        _operator(name): {_key(key): value for key, value in keys.items()}
        for name, keys in operators.items()
    }


def _operator(name: str) -> str:
    """Return `string_equals_if_exists` as StringEqualsIfExists."""
    parts = name.split(":")
    return ":".join("".join(word.capitalize() for word in part.split("_")) for part in parts)


def _key(key: str) -> str:
    """Return the key of a condition without the underscores that storing it added."""
    name, slash, tag = key.partition("/")
    if slash and tag != tag.lower().replace("_", ""):
        raise UnknownPolicyError(key)
    return f"{name.replace('_', '')}{slash}{tag}"
