"""Tells a resource from another one that was made again under the same id."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from ebbtide.base.clock import optional_text, optional_time
from ebbtide.base.forms import plain, stored_path
from ebbtide.base.paths import getter
from ebbtide.cleanup.read_again import Description
from ebbtide.collect.to_resource import read_time
from ebbtide.kinds import registry
from ebbtide.model.kind import Kind
from ebbtide.model.lines import ResourceLine

# Kinds whose `created` changes while a resource lives: at the start of a stopped instance, when the
# policy of a bucket is edited, with the next version of a layer, when a certificate is imported
# again. AWS gives the ids of the others to no second one, and that of a bucket hardly ever.
CHANGING = frozenset(
    {"aws_acm_certificate", "aws_ec2_instance", "aws_lambda_layer", "aws_s3_bucket"}
)
# List and get calls may round a time differently.
ROUNDING = timedelta(seconds=1)
# Where descriptions name who made a resource.
_MAKERS = (
    "CreatedBy",
    "createdBy",
    "CreatedByUser",
    "Creator",
    "creator",
    "OwnerArn",
    "aws:createdBy",
)


def birth_of(description: Description) -> dict[str, Any]:
    """Return the values that no other resource of the same id would have, as JSON."""
    kind = registry()[description.resource.kind]
    created = _created(kind, description.item)
    values = {path: plain(getter(path)(description.document)) for path in kind.unique}
    found = {"created": created, **values}
    return {name: value for name, value in found.items() if value is not None}


def _created(kind: Kind, item: Mapping[str, Any]) -> str | None:
    if kind.created is None or kind.name in CHANGING:
        return None
    return optional_text(read_time(getter(kind.created)(item)))


def made_again(born: Mapping[str, Any], description: Description) -> str:
    """Return how a description differs from the birth of a resource, "" if it is the same one."""
    now = birth_of(description)
    if all(now.get(name, value) == value for name, value in born.items()):
        return ""
    return _told(now, description)


def made_again_since(line: ResourceLine | None, description: Description) -> str:
    """Return the same for the line that the snapshot of the plan has; it may lack values."""
    kind = registry()[description.resource.kind]
    if line is None:
        return ""
    now = birth_of(description)
    for path in kind.unique:
        then = getter(stored_path(path))(line["properties"])
        if then is not None and now.get(path, then) != then:
            return _told(now, description)
    then, found = optional_time(line["created"]), description.resource.created
    # A tag may give another time of creation; both follow it if the tags are the same.
    same_tags = line["tags"] == dict(description.resource.tags or {})
    if "created" in now and same_tags and then is not None and found is not None:
        return _told(now, description) if found - then > ROUNDING else ""
    return ""


def _told(now: Mapping[str, Any], description: Description) -> str:
    at = f" at {now['created']}" if "created" in now else ""
    who = _maker(description)
    by = f" by {who}" if who else ""
    return f"was made again{at}{by}; the new one stays, so look for what makes it"


def _maker(description: Description) -> str:
    tags = description.resource.tags or {}
    for name in _MAKERS:
        value = description.item.get(name) or tags.get(name)
        if isinstance(value, str) and value:
            return value
    return ""
