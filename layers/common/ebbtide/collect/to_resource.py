"""Turns an item of an API response into a resource and its references; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Any

from ebbtide.aws import describe_failure
from ebbtide.aws.timestamps import read_timestamp
from ebbtide.base.forms import stored, stored_members
from ebbtide.base.paths import getter, render, values
from ebbtide.kinds import _special
from ebbtide.kinds._forms import may_mean
from ebbtide.model.expiry import created_override
from ebbtide.model.kind import Kind, Relation
from ebbtide.model.relations import held, is_other, reference_values
from ebbtide.model.resource import NOTHING, Reference, Resource, Subject

# Begins a name that is only known at use: `${stageVariables.function}` in an integration.
_PLACEHOLDER = "${"


@dataclass(frozen=True)
class Place:
    """Where an item was read; templates may use these names besides the item's own."""

    account: str
    region: str
    partition: str

    @cached_property
    def names(self) -> Mapping[str, str]:
        return {"account": self.account, "region": self.region, "partition": self.partition}


class Unknown:
    """Marks tags that could not be read, which is different from having no tags."""


UNKNOWN_TAGS = Unknown()

# Key of an item under which the calls that failed for it are kept: operation -> error. Such an item
# holds what its list told, and what was read before the failure.
UNREAD = "ebbtide:unread"


def parts_of_id(kind: Kind, id: str) -> dict[str, str]:
    """Return the named groups of `id_parts` in an id.

    They stand in for the values that a child inherits from its parent when it is listed.
    """
    match = re.fullmatch(kind.id_parts, id) if kind.id_parts else None
    return match.groupdict() if match else {}


def identify(kind: Kind, item: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Return the item with the names that all templates of the kind may use.

    Raises ValueError if the item lacks its id.
    """
    document = {**item, **place.names}
    found = getter(kind.id)(item)
    if found in (None, ""):
        raise ValueError(f"{kind.name}: the answer lacks {kind.id}")
    document["id"] = str(found)
    document["arn"] = _arn(kind, document)
    document["name"] = _label(kind, item) or document["id"]
    return document


def build_resource(kind: Kind, item: Mapping[str, Any], place: Place) -> Resource:
    """Build the resource of a completed item; times in its properties become text."""
    document = identify(kind, item, place)
    tags = read_tags(kind, item)
    reported = getter(kind.created)(item) if kind.created else None
    return Resource(
        kind=kind.name,
        kinds=kind.kinds,
        id=document["id"],
        name=_name(kind, document, tags),
        account=place.account,
        region=place.region,
        arn=document["arn"],
        tags=tags,
        created=created_override(tags) or read_time(reported),
        properties=_properties(kind, item),
        ended=bool(kind.ended and getter(kind.ended)(item)),
        keep_reason=next(
            (state.why for state in kind.never_delete if getter(state.when)(document)), None
        ),
        unread=_unread(item) if UNREAD in item else NOTHING,
    )


def _unread(item: Mapping[str, Any]) -> dict[str, str]:
    return {name: describe_failure(error) for name, error in item[UNREAD].items()}


def build_references(
    kind: Kind, item: Mapping[str, Any], resource: Resource | Subject
) -> Iterator[Reference]:
    """Yield one Reference per value that each relation finds in the item, without duplicates."""
    source = resource.graph_id
    for position, relation in enumerate(kind.relations):
        # Fast path: most relations find nothing, and most values are references as they are.
        value = getter(relation.path)(item)
        if value is None or value == []:
            continue
        if relation.pattern is None and isinstance(value, str) and value:
            yield Reference(source, position, value)
            continue
        place = _names_of_place(resource)
        found = dict.fromkeys(
            (text, understood)
            for value in relation_values(relation, item)
            for text, understood in references_in(kind, relation, value, place)
        )
        yield from (Reference(source, position, *one) for one in found)


def references_in(
    kind: Kind, relation: Relation, value: str, place: Mapping[str, str]
) -> Iterator[tuple[str, bool]]:
    """Yield what a value refers to; or the whole value and False, if it may still be a reference.

    A value that another relation understands at the same path is none: the path leads to several
    kinds, or AWS gives it in several forms.
    """
    found = list(reference_values(relation, value, place))
    known = [text for text in found if _PLACEHOLDER not in text]
    yield from ((text, True) for text in known)
    if len(known) < len(found) and held(relation):
        yield value, False
    if found or not held(relation) or is_other(relation, value):
        return
    others = (one for one in kind.relations if one.path == relation.path and one is not relation)
    if may_mean(relation.kind, value) and not any(
        True for one in others for _ in reference_values(one, value, place)
    ):
        yield value, False


def _names_of_place(resource: Resource | Subject) -> dict[str, str]:
    return {
        "account": resource.account,
        "region": resource.region,
        "partition": (resource.arn or "arn:aws").split(":")[1],
    }


def relation_values(relation: Relation, item: Mapping[str, Any]) -> Iterator[str]:
    """Yield the texts at a relation's path; an empty one is no reference."""
    for value in values(relation.path, item):
        entries = value if isinstance(value, list) else [value]
        yield from (str(entry) for entry in entries if entry not in (None, ""))


def _arn(kind: Kind, document: Mapping[str, Any]) -> str | None:
    if kind.arn is None:
        return None
    found = render(kind.arn, document) if "{" in kind.arn else getter(kind.arn)(document)
    return None if found is None else str(found)


def _label(kind: Kind, item: Mapping[str, Any]) -> str | None:
    """Return the display name at the kind's label, or the part that `label_pattern` picks."""
    found = getter(kind.label)(item) if kind.label else None
    if not found:
        return None
    match = re.search(kind.label_pattern, str(found)) if kind.label_pattern else None
    return match[1] if match else str(found)


def _name(kind: Kind, document: Mapping[str, Any], tags: Mapping[str, str] | None) -> str:
    if kind.label:
        return str(document["name"])
    return (tags or {}).get("Name") or str(document["id"])


def read_tags(kind: Kind, item: Mapping[str, Any]) -> dict[str, str] | None:
    """Return tags as a mapping: {} if there are none, None if they could not be read.

    A kind that cannot be tagged has none.
    """
    if kind.tags is None:
        return {}
    found = getter(kind.tags)(item)
    if isinstance(found, Unknown) or (found is None and UNREAD in item):
        return None
    if isinstance(found, Mapping):
        return {str(key): str(value) for key, value in found.items()}
    return dict(_tag_pair(entry) for entry in found or ())


def _tag_pair(entry: Mapping[str, Any]) -> tuple[str, str]:
    # AWS spells these two fields in three ways: EC2, ECS and KMS are examples.
    for key, value in (("Key", "Value"), ("key", "value"), ("TagKey", "TagValue")):
        if key in entry:
            return str(entry[key]), str(entry.get(value) or "")
    raise ValueError(f"unknown tag format with the keys {sorted(entry)}")


def read_time(value: Any) -> datetime | None:
    """Parse a time from AWS: a datetime, RFC 3339 text, or epoch seconds or milliseconds.

    Return None for a text that is not a time. Raises ValueError for a value of another type.
    """
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, (str, int, float)):
        return read_timestamp(value)
    raise ValueError(f"{value!r} is not a time")


@lru_cache(maxsize=1024)
def _first_name(path: str) -> str:
    return path.split(".")[0].split("[")[0]


def _properties(kind: Kind, item: Mapping[str, Any]) -> dict[str, Any]:
    tags_key = _first_name(kind.tags) if kind.tags else None
    properties = stored_members(item, without=tags_key)
    if UNREAD in item:
        del properties[UNREAD]
    for name, path in kind.fields.items():
        properties[name] = stored(getter(path)(item))
    for name, function in kind.computed.items():
        properties[name] = getattr(_special, function)(item)
    return properties
