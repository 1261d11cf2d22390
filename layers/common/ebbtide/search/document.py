"""Build the document of a node, whose structure is that of Resoto."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ebbtide.base.durations import describe
from ebbtide.language.fields import SHORTCUTS
from ebbtide.model.lines import ResourceLine
from ebbtide.model.marks import ENDING_NAMES
from ebbtide.search.node import (
    SPANS,
    TIMES,
    Context,
    ancestor_getter,
    expires,
    merged_of,
    seconds_since,
)
from ebbtide.search.prices import price_section
from ebbtide.search.usage import usage_of


def node_document(line: ResourceLine, context: Context) -> dict[str, Any]:
    """Build a node's document: id, kinds, reported, desired, metadata, ancestors, usage, price.

    Ages are texts such as `3d 4h`. The results of merges are next to these sections.
    """
    protection = context.marks.protection(line)
    ending = context.marks.ending(line)
    return {
        "id": line["graph_id"],
        "kinds": list(line["kinds"]),
        "reported": _reported(line, context),
        "desired": dict(context.marks.desired(line)),
        "metadata": {
            "expires": expires(line),
            "protected": protection.protected,
            "protected_reason": protection.reason,
            **{name: ending.get(name) for name in ENDING_NAMES},
            "cleaned": ending.get("cleaned", False),
            "orphaned_since": line.get("orphaned_since"),
            **{
                name: line[name]
                for name in ("first_seen", "last_seen", "stale_since", "ended", "keep_reason")
            },
        },
        "ancestors": {
            level: {
                "reported": {
                    name: ancestor_getter(level, name, context)(line) for name in ("id", "name")
                }
            }
            for level in SHORTCUTS
        },
        "usage": usage_of(line["properties"], context.span),
        "price": price_section(line),
        **merged_of(line),
    }


def _reported(line: ResourceLine, context: Context) -> dict[str, Any]:
    times = {name: moment(line) for name, moment in TIMES.items()}
    spans = {
        name: seconds_since(TIMES[moment], context.now)(line) for name, moment in SPANS.items()
    }
    return {
        # `usage` has a section of its own.
        **{name: value for name, value in line["properties"].items() if name != "usage"},
        "kind": line["kind"],
        "id": line["id"],
        "name": line["name"],
        "arn": line["arn"],
        "tags": line["tags"],
        **times,
        **{
            name: None if seconds is None else describe(timedelta(seconds=seconds))
            for name, seconds in spans.items()
        },
    }
