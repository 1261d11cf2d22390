"""A node in the form in which searches name its parts, which is that of Resoto."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ebbtide.base.durations import describe
from ebbtide.language.fields import SHORTCUTS
from ebbtide.language.syntax import Path, Step
from ebbtide.search.fields import (
    MERGED,
    SPANS,
    Context,
    Line,
    ancestor_getter,
    compile_field,
    expires,
    is_protected,
)
from ebbtide.search.usage import usage_of


def node_document(line: Line, context: Context) -> dict[str, Any]:
    """All that can be asked of a node: id, kinds, reported, desired, metadata, ancestors, usage.

    Ages are texts here, such as `3d 4h`; what merges found stands next to the sections.
    """
    mark = context.marks.get(line["graph_id"], {})
    return {
        "id": line["graph_id"],
        "kinds": list(line["kinds"]),
        "reported": _reported(line, context),
        "desired": {"clean": True} if mark.get("clean") else {},
        "metadata": {
            "expires": expires(line),
            "protected": is_protected(line, context),
            "cleaned": line["ended"],
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
        **line.get(MERGED, {}),
    }


def _reported(line: Line, context: Context) -> dict[str, Any]:
    times = {
        name: compile_field(Path((Step(name),)), context).get(line)
        for name in (*SPANS.values(), *SPANS)
    }
    for span in SPANS:
        if times[span] is not None:
            times[span] = describe(timedelta(seconds=times[span]))
    return {
        **{name: value for name, value in line["properties"].items() if name != "usage"},
        "kind": line["kind"],
        "id": line["id"],
        "name": line["name"],
        "arn": line["arn"],
        "tags": line["tags"],
        **times,
    }
