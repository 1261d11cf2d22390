"""The read-only half of the action tag: chooses which resources get tags.

Setting tags needs the cleaner role, which the function of jobs may not enter. It stores its
matches, and the function of ebbtide.jobs.setting_tags continues from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ebbtide.config import Job
from ebbtide.config.scope import root_of
from ebbtide.config.tag_action import is_tag_value
from ebbtide.kinds import registry
from ebbtide.model.service import service
from ebbtide.store.run import Run

if TYPE_CHECKING:
    # The function that sets tags does not need the search, which takes 0.1 s to load.
    from ebbtide.matching.matches import Matched, Matches

# The record names this many failures, because it is always read as a whole.
NAMED = 20
UNCERTAIN = "uncertain match"


def may_tag(run: Run) -> bool:
    """Return whether the configuration allows tagging: by the same two keys as deletions."""
    return run.config.cleanup.enabled and not run.config.cleanup.dry_run


def found_key(run: Run, job: Job) -> str:
    """Return the key of the unfinished record, which waits until the tags are set."""
    return run.keys.job(job.event, f"{job.name}.found.json")


def lines_of(matches: Matches) -> Iterator[dict[str, Any]]:
    """Yield all matches, each with the region in which its tags are set or why they are not.

    What may match comes last, with the reason why it is unknown.
    """
    for one in matches.found:
        why = left_out(one)
        line = {**one.to_line(), "place": one.place}
        if one.values and why is None:
            line["values"] = dict(one.values)
        yield line if why is None else {**line, "left_out": why}
    for doubt in matches.doubts:
        if doubt.seen:
            line = {**doubt.match.to_line(), "place": doubt.match.place}
            yield {**line, "left_out": f"{UNCERTAIN}: {doubt.why}"}


def left_out(one: Matched) -> str | None:
    """Return why a match gets no tags; None if it gets them."""
    if one.ended:
        return "it has ended"
    if one.protection is not None:
        return one.protection
    if one.doubt is not None:
        return f"{UNCERTAIN}: {one.doubt}"
    return untaggable(one.subject.kind, one.subject.arn) or _unfit(one)


def _unfit(one: Matched) -> str | None:
    """Return why the values that are filled in from a match are no tags; None if they are."""
    if one.unfilled is not None:
        return one.unfilled
    for key, value in one.values.items():
        if not is_tag_value(value):
            return f"{key}: {value!r} is no value of a tag"
    return None


def untaggable(kind: str, arn: str | None) -> str | None:
    """Return why a resource of this kind and ARN cannot be tagged; None if it can."""
    if arn is None:
        return "its ARN is unknown"
    declared = registry()[kind]
    root = root_of(declared)
    if declared.tags is None:
        return f"tags of {kind} are unknown"
    if root.list is None or not service(root.list.service).tagging:
        return "Ebbtide cannot tag resources of this service"
    return None


def failures(failed: Iterable[tuple[dict[str, Any], str]]) -> dict[str, Any]:
    """Return the record's fields about resources without tags: the first ones, and the total."""
    pairs = list(failed)
    names = ("graph_id", "account", "region", "arn")
    first = [{**{name: line[name] for name in names}, "why": why} for line, why in pairs[:NAMED]]
    return {"failed": first, "failed_count": len(pairs)}


def draft(matches: Matches) -> dict[str, Any]:
    """Return the record's fields before any tag is set; the snapshot has the tags as they were."""
    lines = list(lines_of(matches))
    failed = [(line, line["left_out"]) for line in lines if "left_out" in line]
    return {
        "manifest": matches.manifest,
        "would_tag": len(lines) - len(failed),
        **failures(failed),
    }
