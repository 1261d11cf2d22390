"""What may be cleaned up of the matches of a search, and what is protected; doubts apart."""

from __future__ import annotations

from collections import defaultdict

from ebbtide.matching.matches import Matches

# By account: graph ids, and for each doubt also why.
type Names = dict[str, list[str]]
type Doubts = dict[str, dict[str, str]]


def cleaned(matches: Matches) -> tuple[Names, Doubts]:
    """Return by account what a job cleans up, and why it does not clean up the rest.

    What nobody saw is not told: it may be anything beside what could not be read.
    """
    chosen: Names = defaultdict(list)
    doubted: Doubts = defaultdict(dict)
    for one in matches.found:
        # A stale resource is undecided anyway. Unknown use is a reason to keep a resource.
        if not one.ended and not one.unread:
            chosen[one.subject.account].append(one.subject.graph_id)
        elif not one.ended and one.doubt is not None:
            doubted[one.subject.account][one.subject.graph_id] = one.doubt
    for doubt in matches.doubts:
        subject = doubt.match.subject
        if not doubt.match.ended and doubt.seen:
            doubted[subject.account][subject.graph_id] = doubt.why
    return chosen, doubted


def protected(matches: Matches) -> tuple[Names, Doubts]:
    """Return by account what a job protects, and of which of these it is not sure and why."""
    chosen: Names = defaultdict(list)
    doubted: Doubts = defaultdict(dict)
    for one in matches.found:
        if not one.ended:
            chosen[one.subject.account].append(one.subject.graph_id)
    for doubt in matches.doubts:
        subject = doubt.match.subject
        if not doubt.match.ended:
            chosen[subject.account].append(subject.graph_id)
            doubted[subject.account][subject.graph_id] = doubt.why
    return chosen, doubted
