"""Which values of a node are known, although it could not be read completely.

Of a resource that is stale or was read only partly, what never changes is known: its id, kind and
place, its time of creation, and when Ebbtide saw it. Of one whose tags could not be read, all but
the tags and what follows from them is known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ebbtide.kinds import registry
from ebbtide.language.fields import SHORTCUTS
from ebbtide.language.prices import SECTION
from ebbtide.language.syntax import Path
from ebbtide.model.lines import ResourceLine
from ebbtide.search.document import node_document
from ebbtide.search.node import Context, graded_of
from ebbtide.search.prices import graded_section
from ebbtide.search.truth import NOT_KNOWN, PartlyKnown

type Known = Callable[[ResourceLine], bool]

# Names of values that never change, by section.
_LASTING_METADATA = ("first_seen", "last_seen", "stale_since")
_LASTING = ("id", "kind", "arn", "cloud", "account", "region")
_BIRTH = ("ctime", "age")
_FROM_TAGS = ("expires",)
_PROTECTION = ("protected", "protected_reason")


def is_uncertain(line: ResourceLine, context: Context) -> bool:
    """Return whether a resource may have changed or gone since it was read."""
    return line["stale_since"] is not None or "unread" in line or line["account"] in context.stale


def is_doubtful(line: ResourceLine, context: Context) -> bool:
    """Return whether a resource is uncertain, or its tags are unknown."""
    return (
        line["tags"] is None
        or line["stale_since"] is not None
        or "unread" in line
        or line["account"] in context.stale
    )


def is_protection(path: Path) -> bool:
    """Return whether a path leads to whether, or why, a resource is protected."""
    names = [step.name for step in path.steps]
    return path.absolute and names[0] == "metadata" and names[1:2] in ([one] for one in _PROTECTION)


def known_at(path: Path, context: Context) -> Known:
    """Return a function that says whether the value at a path is known of a doubtful node.

    What a merge attached says itself what is not known of it.
    """
    names = [step.name for step in path.steps]
    if not path.absolute:
        return _known_field(names[0], context)
    section, rest = names[0], names[1:]
    if section == "reported" and rest:
        return _known_reported(rest[0], context)
    if section == "metadata" and rest:
        return _known_metadata(rest[0], context)
    if section in ("reported", "metadata"):
        return lambda _: False
    own_zone = names[:2] == ["ancestors", "zone"] and "ancestors.zone" not in context.overriding
    if section in ("usage", SECTION) or own_zone:
        return _never(context)
    # The whole of /ancestors has the zone too, but no search may compare it.
    return lambda _: True


def _never(context: Context) -> Known:
    """Return that a value from reading the resource is known only if the resource is certain."""
    return lambda line: not is_uncertain(line, context)


def _known_field(name: str, context: Context) -> Known:
    if name in _LASTING:
        return lambda _: True
    if name in _BIRTH:
        return lambda line: line["created"] is not None or not is_uncertain(line, context)
    if name == "tags":
        return lambda line: not is_doubtful(line, context)
    if name == "name":
        return lambda line: _knows_name(line, context)
    return _never(context)


def _known_reported(name: str, context: Context) -> Known:
    # Below /reported, names such as `account` are properties.
    return _never(context) if name in SHORTCUTS else _known_field(name, context)


def _knows_name(line: ResourceLine, context: Context) -> bool:
    if is_uncertain(line, context):
        return False
    # A resource without another name is called by its tag `Name`.
    return line["tags"] is not None or registry()[line["kind"]].label is not None


def _known_metadata(name: str, context: Context) -> Known:
    if name in _LASTING_METADATA:
        return lambda _: True
    if name in _PROTECTION:
        return lambda line: _knows_protection(line, context)
    if name in _FROM_TAGS:
        return lambda line: not is_doubtful(line, context)
    return _never(context)


def _knows_protection(line: ResourceLine, context: Context) -> bool:
    protected = context.marks.protection(line).protected
    return protected is True or (protected is not None and not is_doubtful(line, context))


def known_document(line: ResourceLine, context: Context) -> dict[str, Any]:
    """Build the document of a node, with NOT_KNOWN for all values that are not known."""
    document: dict[str, Any] = {**node_document(line, context), **graded_of(line)}
    document[SECTION] = graded_section(line)
    if not is_doubtful(line, context):
        return document
    document["reported"] = _known_part(line, "reported", document["reported"], context)
    document["metadata"] = _known_part(line, "metadata", document["metadata"], context)
    if is_uncertain(line, context):
        document["usage"] = document[SECTION] = NOT_KNOWN
        document["ancestors"] = {**document["ancestors"], "zone": NOT_KNOWN}
    return document


def _known_part(
    line: ResourceLine, section: str, values: dict[str, Any], context: Context
) -> dict[str, Any]:
    known_of = _known_reported if section == "reported" else _known_metadata
    known = {
        name: value if known_of(name, context)(line) else NOT_KNOWN
        for name, value in values.items()
    }
    return PartlyKnown(known) if is_uncertain(line, context) else known
