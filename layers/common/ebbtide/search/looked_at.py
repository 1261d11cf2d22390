"""Determine what a search looks at, so that it can be asked again for one resource."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ebbtide.language import kinds_relied_on
from ebbtide.language.relied_on import kinds_between
from ebbtide.language.restricting import kinds_of
from ebbtide.language.syntax import FullText, Navigation, Part, Path, Query, Term
from ebbtide.language.walking import paths_of, terms, withs
from ebbtide.search.extent import extent_of
from ebbtide.search.merges import merges_of, sorting_merges

type Kinds = frozenset[str]

# Stands for all names: a full text may be found in any property.
ANY_NAME = "*"

# Fields that depend on tags: the name of many kinds is a tag, and so are expiration and protection.
_FROM_TAGS = frozenset({"tags", "name", "expires", "protected", "metadata"})

# Fields that exist only if the last use or the usage of a resource was read.
USE_FIELDS = frozenset({"usage", "last_used", "last_use_known_since", "last_access", "atime"})


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What must be known to evaluate a search for one resource.

    `kinds` are those that it looks at or passes through besides the resource itself; None stands
    for any kind. The tags of those in `tagged` may matter. `own` are the first names of the paths
    that it reads from the resource itself, or ANY_NAME. `types` are the types of edges that it
    follows. `use`: it asks for the last use or usage of other resources.
    """

    kinds: Kinds | None
    tagged: Kinds
    own: frozenset[str]
    types: frozenset[str]
    use: bool = False


def looked_at(query: Query) -> LookedAt:
    """Return what a search looks at. A limit alone chooses among resources and looks at none."""
    extent, last = extent_of(query), query.parts[-1]
    own = frozenset(map(_first_name, _paths(last)))
    if any(isinstance(term, FullText) for term in terms(last.term)):
        own |= {ANY_NAME}
    counts = any(part.limit is not None and part.limit.offset for part in query.parts)
    if not (extent.edges or counts or len(query.parts) > 1):
        return LookedAt(frozenset(), frozenset(), own, frozenset())
    passed = [kinds_between(*way) for way in _ways(query, None)]
    kinds = None
    if extent.kinds is not None:
        kinds = extent.kinds.union(kinds_relied_on(query), *passed)
    asks = any(isinstance(term, FullText) for term in _all_terms(query)) or any(
        not _FROM_TAGS.isdisjoint(_names(path)) for path in _all_paths(query)
    )
    tagged = (extent.kinds or frozenset()) if asks else frozenset()
    beside = [path for path in _all_paths(query) if path not in set(_paths(last))]
    use = any(not USE_FIELDS.isdisjoint(_names(path)) for path in beside)
    return LookedAt(kinds, tagged, own, extent.types, use)


type _Way = tuple[Kinds | None, Kinds | None, Navigation, tuple[str, ...]]


def _ways(query: Query, start: Kinds | None) -> Iterator[_Way]:
    """Yield the ways of a query and of all its merges: their ends, navigation and edge types."""
    navigation = None
    for part in query.parts:
        own = kinds_of(part.term)
        here = start if own is None and navigation is None else own
        if navigation is not None:
            yield start, here, navigation, query.edge_types
        yield from _ways_beside(part, here, query.edge_types)
        start, navigation = here, part.navigation


def _ways_beside(part: Part, here: Kinds | None, types: tuple[str, ...]) -> Iterator[_Way]:
    """Yield the ways of a part's merges and of its with-clauses."""
    for merge in (*merges_of(part.term), *sorting_merges(part)):
        yield from _ways(merge.query, here)
    for clause in withs(part):
        end = kinds_of(clause.term)
        yield here, end, clause.navigation, types
        for merge in merges_of(clause.term):
            yield from _ways(merge.query, end)
        here = end


def _paths(part: Part) -> Iterator[Path]:
    yield from paths_of(part.term)
    yield from (sort.path for sort in part.sort)


def _all_paths(query: Query) -> Iterator[Path]:
    for part in query.parts:
        yield from _paths(part)
        yield from (path for clause in withs(part) for path in paths_of(clause.term))
        for term in (part.term, *(clause.term for clause in withs(part))):
            yield from _paths_of_merges(term)


def _paths_of_merges(term: Term) -> Iterator[Path]:
    for merge in merges_of(term):
        yield from _all_paths(merge.query)


def _all_terms(query: Query) -> Iterator[Term]:
    """Yield all terms of a query, its with-clauses and its merges, and what these consist of."""
    for part in query.parts:
        for term in (part.term, *(clause.term for clause in withs(part))):
            yield from terms(term)
            for merge in merges_of(term):
                yield from _all_terms(merge.query)


def _names(path: Path) -> list[str]:
    return [step.name for step in path.steps]


def _first_name(path: Path) -> str:
    """Return the name under `reported` that a path leads to, or else its first name."""
    names = _names(path)
    return names[1] if path.absolute and names[0] == "reported" and names[1:] else names[0]
