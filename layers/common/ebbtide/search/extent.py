"""Determine what a search has to read: kinds, edges, and whether it needs all accounts at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from ebbtide.language.restricting import kinds_of
from ebbtide.language.syntax import Merge, Navigation, Query, Term
from ebbtide.language.walking import navigations, paths_of_aggregate, withs
from ebbtide.search.merges import merges_of, merges_of_paths, sorting_merges
from ebbtide.search.navigation import DEFAULT_TYPES

# With more kinds than this, filtering lines before decoding them is not worth its time.
FEW_KINDS = 40


# How far what a search does not see can be from what it finds: one step, anywhere in the account,
# or in any account.
type Reach = Literal["near", "account", "everywhere"]


@dataclass(frozen=True, slots=True)
class Extent:
    """What a search has to read.

    kinds: the declared kinds that any of its terms can match; None for all kinds. edges: whether it
    follows edges. types: the edge types that it follows. whole: a limit in an earlier part counts
    over all accounts, so they are searched as one graph. far: a way may pass resources of other
    kinds.
    """

    kinds: frozenset[str] | None
    edges: bool
    types: frozenset[str] = frozenset()
    whole: bool = False
    far: bool = False


def extent_of(query: Query) -> Extent:
    """Return what a query has to read."""
    terms = list(_terms(query))
    kinds: set[str] | None = set()
    for term in terms:
        found = kinds_of(term)
        kinds = None if kinds is None or found is None else kinds | found
    types = frozenset(_types(query))
    return Extent(
        None if kinds is None else frozenset(kinds),
        edges=bool(types),
        types=types,
        whole=any(part.limit is not None for part in query.parts[:-1]),
        far=any(way.maximum > 1 for way in _ways(query)),
    )


def reach_of(query: Query) -> Reach:
    """Return how far from a result of a query anything can be that affects it."""
    if any(part.limit is not None for part in query.parts):
        return "everywhere"
    ways = list(_ways(query))
    return "near" if len(ways) <= 1 and all(way.maximum <= 1 for way in ways) else "account"


def _ways(query: Query) -> Iterator[Navigation]:
    for inner in _queries(query):
        yield from navigations(inner)


def _terms(query: Query) -> Iterator[Term]:
    for inner in _queries(query):
        for part in inner.parts:
            # A merge's first part is the node that it is attached to, so it adds no kinds.
            if inner is query or part is not inner.parts[0]:
                yield part.term
            yield from (clause.term for clause in withs(part))


def _queries(query: Query) -> Iterator[Query]:
    """Yield the query and the queries of its merges, recursively."""
    yield query
    for part in query.parts:
        for term in (part.term, *(clause.term for clause in withs(part))):
            yield from _queries_of(merges_of(term))
        yield from _queries_of(sorting_merges(part))
    if query.aggregate is not None:
        yield from _queries_of(merges_of_paths(paths_of_aggregate(query.aggregate)))


def _queries_of(merges: Iterable[Merge]) -> Iterator[Query]:
    for merge in merges:
        yield from _queries(merge.query)


def _types(query: Query) -> Iterator[str]:
    for inner in _queries(query):
        # A merge is a query of its own, so the outer query's edge types do not apply to it.
        usual = inner.edge_types or DEFAULT_TYPES
        for navigation in navigations(inner):
            yield from (*navigation.out_types, *navigation.in_types) or usual
