"""Paths such as /ancestors.aws_vpc.reported.name mean a merge: a search from each node."""

from __future__ import annotations

from collections.abc import Iterable

from ebbtide.language.fields import SHORTCUTS
from ebbtide.language.syntax import (
    MAX_DEPTH,
    All,
    And,
    IsKind,
    Merge,
    Merged,
    Navigation,
    Or,
    Part,
    Path,
    Query,
    Term,
)
from ebbtide.language.walking import merges, paths_of


def implied_merges(term: Term) -> list[Merge]:
    """The merges that the paths of a term imply, each once."""
    return merges_of_paths(paths_of(term))


def sorting_merges(part: Part) -> list[Merge]:
    """The merges that the order of a part implies."""
    return merges_of_paths(sort.path for sort in part.sort)


def merges_of_paths(paths: Iterable[Path]) -> list[Merge]:
    """One merge per kind of ancestor or descendant; cloud, account, region and zone need none."""
    found: dict[str, Merge] = {}
    for path in paths:
        names = [step.name for step in path.steps[:2]]
        if not path.absolute or len(names) < 2 or names[0] not in ("ancestors", "descendants"):
            continue
        if names[0] == "ancestors" and names[1] in SHORTCUTS:
            continue
        name = ".".join(names)
        found[name] = Merge(name, _along(names[0], names[1]), many=names[0] == "descendants")
    return list(found.values())


def _along(direction: str, kind: str) -> Query:
    towards = Navigation("in" if direction == "ancestors" else "out", 1, MAX_DEPTH)
    return Query((Part(navigation=towards), Part(IsKind((kind,)))))


def merges_of(term: Term) -> list[Merge]:
    """All merges that a term makes or implies; one that it makes stands for one of its name."""
    made = merges(term)
    names = {merge.name for merge in made}
    return [*made, *(merge for merge in implied_merges(term) if merge.name not in names)]


def without_merges(term: Term) -> Term:
    """A term that every node fulfils which fulfils the whole one, and that needs no merges."""
    match term:
        case Merged(before, _, _):
            return without_merges(before)
        case And(left, right):
            return And(without_merges(left), without_merges(right))
        case Or(left, right):
            return Or(without_merges(left), without_merges(right))
    return All() if implied_merges(term) else term
