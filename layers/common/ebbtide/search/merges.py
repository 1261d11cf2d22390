"""Find the merges of a term; a path such as /ancestors.aws_vpc.reported.name implies one."""

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
    """Return the merges that the paths of a term imply, without duplicates."""
    return merges_of_paths(paths_of(term))


def sorting_merges(part: Part) -> list[Merge]:
    """Return the merges that the sort of a part implies."""
    return merges_of_paths(sort.path for sort in part.sort)


def merges_of_paths(paths: Iterable[Path]) -> list[Merge]:
    """Return a merge per kind of ancestor or descendant in the paths.

    Cloud, account, region and zone need none, because each resource's own line names them.
    """
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
    """Return the merges that a term contains or implies; of the same name, the contained one."""
    made = merges(term)
    names = {merge.name for merge in made}
    return [*made, *(merge for merge in implied_merges(term) if merge.name not in names)]


def without_merges(term: Term) -> Term:
    """Return a weaker term without merges, which accepts every node that the whole term accepts."""
    match term:
        case Merged(before, _, _):
            return without_merges(before)
        case And(left, right):
            return And(without_merges(left), without_merges(right))
        case Or(left, right):
            return Or(without_merges(left), without_merges(right))
    return All() if implied_merges(term) else term
