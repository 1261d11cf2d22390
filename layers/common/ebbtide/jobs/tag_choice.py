"""The action tag, as far as it changes nothing: which resources are to get tags, and which not.

Setting them needs the cleaner role, which the function of jobs may not enter. What was found is
stored, and the function of ebbtide.jobs.setting_tags goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ebbtide.config import Job
from ebbtide.config.scope import root_of
from ebbtide.kinds import registry
from ebbtide.model.service import service
from ebbtide.store.run import Run

if TYPE_CHECKING:
    # The function that sets tags needs no search, which takes 0.1 s to load.
    from ebbtide.jobs.matches import JobMatch, JobMatches

# So many failures are named in the record, which is read as a whole.
NAMED = 20


def may_tag(run: Run) -> bool:
    """The same two keys of the configuration as for deletions."""
    return run.config.cleanup.enabled and not run.config.cleanup.dry_run


def found_key(run: Run, job: Job) -> str:
    """Where the record waits for what the tags make of it."""
    return run.keys.job(job.event, f"{job.name}.found.json")


def lines_of(matches: JobMatches) -> Iterator[dict[str, Any]]:
    """All that was found, each with where its tags are set, or with why they are not."""
    for one in matches.found:
        why = left_out(one, matches.doubtful)
        line = {**one.to_line(), "place": one.place}
        yield line if why is None else {**line, "left_out": why}


def left_out(one: JobMatch, doubtful: frozenset[str]) -> str | None:
    """Why a resource gets no tags; None if it is to get them."""
    if one.ended:
        return "it has ended"
    if one.protection is not None:
        return one.protection
    if one.subject.graph_id in doubtful:
        return "what the search asks of it was not read completely in the snapshot"
    return untaggable(one.subject.kind, one.subject.arn)


def untaggable(kind: str, arn: str | None) -> str | None:
    """Why tags cannot be set for a resource of this kind and ARN; None if they can."""
    if arn is None:
        return "its ARN is not known"
    declared = registry()[kind]
    root = root_of(declared)
    if declared.tags is None:
        return f"tags of {kind} are not known"
    if root.list is None or not service(root.list.service).tagging:
        return "tagging of this service is not known"
    return None


def failures(failed: Iterable[tuple[dict[str, Any], str]]) -> dict[str, Any]:
    """What the record tells of resources that got no tags: the first of them, and how many."""
    pairs = list(failed)
    names = ("graph_id", "account", "region", "arn")
    first = [{**{name: line[name] for name in names}, "why": why} for line, why in pairs[:NAMED]]
    return {"failed": first, "failed_count": len(pairs)}


def draft(matches: JobMatches) -> dict[str, Any]:
    """What the record says before any tag is set; `manifest` has the tags as they were."""
    failed = [(line, line["left_out"]) for line in lines_of(matches) if "left_out" in line]
    return {
        "manifest": matches.manifest,
        "would_tag": len(matches.found) - len(failed),
        **failures(failed),
    }
