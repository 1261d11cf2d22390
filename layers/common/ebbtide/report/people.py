"""Who created a resource, according to its tags and description; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# Tag keys without case and punctuation, the more reliable first: AWS itself sets aws:createdBy
# (Billing user guide, "Using AWS-generated tags"); the others are habits of people.
_CREATOR_TAGS = ("awscreatedby", "createdby", "creator", "createdbyarn", "creatorarn")
_CREATOR_PROPERTIES = ("created_by", "creator", "created_by_arn", "creator_arn")
# SageMaker's UserContext, the only description in which the creator is not a text.
_NAMES_IN_CONTEXT = ("user_profile_name", "user_profile_arn")
_PUNCTUATION = re.compile(r"[^a-z]")


def creator_of(line: Mapping[str, Any]) -> str:
    """Return who created a resource according to a tag, else to AWS's answer; "" if neither."""
    tags = {_plain(key): value for key, value in (line["tags"] or {}).items()}
    found = next((tags[name] for name in _CREATOR_TAGS if tags.get(name)), "")
    return found or _in_properties(line["properties"])


def _plain(key: str) -> str:
    return _PUNCTUATION.sub("", key.lower())


def _in_properties(properties: Mapping[str, Any]) -> str:
    for name in _CREATOR_PROPERTIES:
        value = properties.get(name)
        if isinstance(value, Mapping):
            value = next((value[one] for one in _NAMES_IN_CONTEXT if value.get(one)), None)
        if value and isinstance(value, str):
            return value
    return ""
