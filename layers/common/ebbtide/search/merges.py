"""Paths such as /ancestors.aws_vpc.reported.name mean a merge: a search from each node."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ebbtide.query.syntax import (
    MAX_DEPTH,
    Aggregate,
    And,
    Context,
    Function,
    IsKind,
    Merge,
    Merged,
    Navigation,
    Not,
    Or,
    Part,
    Path,
    Predicate,
    Query,
    Template,
    Term,
)
from ebbtide.search.fields import SHORTCUTS


def implied_merges(term: Term) -> list[Merge]:
    """The merges that the paths of a term imply, each once."""
    return merges_of_paths(paths_of_term(term))


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


def paths_of_term(term: Term) -> Iterator[Path]:
    """The paths at which a term looks into a node itself."""
    match term:
        case Predicate(path=path) | Function(path=path) | Context(path=path):
            yield path
        case And(left, right) | Or(left, right):
            yield from paths_of_term(left)
            yield from paths_of_term(right)
        case Not(inner):
            yield from paths_of_term(inner)
        case Merged(before, _, after):
            yield from paths_of_term(before)
            if after is not None:
                yield from paths_of_term(after)


def paths_of_aggregate(aggregate: Aggregate) -> Iterator[Path]:
    for group in aggregate.groups:
        parts = group.by.parts if isinstance(group.by, Template) else (group.by,)
        yield from (part for part in parts if isinstance(part, Path))
    yield from (
        function.operand for function in aggregate.functions if isinstance(function.operand, Path)
    )
