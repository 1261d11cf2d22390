"""Hypothesis strategies for the complete search language, shared by several tests."""

from __future__ import annotations

import string
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from ebbtide.language.syntax import (
    AGGREGATES,
    FUNCTIONS,
    MAX_DEPTH,
    Aggregate,
    AggregateFunction,
    All,
    And,
    ArrayContext,
    Direction,
    FullText,
    Function,
    Group,
    HasId,
    IsKind,
    Limit,
    Merge,
    Merged,
    Navigation,
    Not,
    Or,
    Part,
    Path,
    Predicate,
    Query,
    Sort,
    Step,
    Template,
    Term,
    Usage,
    With,
)

# Words that are keywords for the parser in some places and may be names in others.
KEYWORDS = (
    *("all", "any", "none", "and", "or", "not", "in", "sort", "limit", "reversed", "asc", "desc"),
    *("as", "is", "id", "with", "with_usage", "aggregate", "empty", "count", "true", "false"),
    *("null", "edge_type", "has_key", "expand", "name", "age"),
)
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=", "in", "not in")
MATCHES = ("=~", "!~")
COUNTS = ("==", "!=", "<", "<=", ">", ">=")

identifiers = st.text(string.ascii_letters + string.digits + "_", min_size=1, max_size=8)
words = identifiers | st.sampled_from(KEYWORDS)
plain_words = words.filter(lambda word: not word[0].isdigit())
texts = st.text(max_size=12) | st.sampled_from(['"', "\\", "\\d", "\\\\b", "\b\f\x00\x7f", "a\nb"])
names = words | texts
small = st.integers(0, 999)
numbers = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | texts | words
values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=5,
)

steps = st.builds(Step, names, st.lists(st.none() | small, max_size=2).map(tuple))
paths = st.builds(Path, st.lists(steps, min_size=1, max_size=3).map(tuple), st.booleans())

quantifiers = st.none() | st.sampled_from(("all", "any", "none"))
predicates = st.builds(
    Predicate, paths, st.sampled_from(COMPARISONS), values, quantifiers
) | st.builds(Predicate, paths, st.sampled_from(MATCHES), names, quantifiers)
leaves: st.SearchStrategy[Term] = st.one_of(
    st.just(All()),
    st.builds(IsKind, st.lists(names, min_size=1, max_size=3).map(tuple)),
    st.builds(HasId, st.lists(names, min_size=1, max_size=3).map(tuple)),
    predicates,
    st.builds(Function, st.sampled_from(FUNCTIONS), paths, st.lists(values, max_size=2).map(tuple)),
    st.builds(FullText, texts),
)
filters: st.SearchStrategy[Term] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, inner, inner),
        st.builds(Or, inner, inner),
        st.builds(ArrayContext, paths, inner),
    ),
    max_leaves=6,
)

edge_types = st.lists(plain_words, max_size=2).map(tuple)


@st.composite
def navigations(draw: st.DrawFn) -> Navigation:
    """Draw a navigation; one in both directions may have the same or different edge types."""
    minimum = draw(st.integers(0, 5))
    maximum = draw(st.just(minimum) | st.integers(minimum, 9) | st.just(MAX_DEPTH))
    direction: Direction = draw(st.sampled_from(("out", "in", "both")))
    types, others = draw(edge_types), draw(edge_types)
    out_types, in_types = {
        "out": (types, ()),
        "in": ((), types),
        "both": (others or types, types),
    }[direction]
    edge_filter = draw(st.none() | filters)
    return Navigation(direction, minimum, maximum, out_types, in_types, edge_filter)


clauses: st.SearchStrategy[With] = st.recursive(
    st.builds(With, st.sampled_from(COUNTS), small, navigations(), filters),
    lambda inner: st.builds(
        With,
        st.sampled_from(COUNTS),
        small,
        navigations(),
        filters,
        st.none() | inner,
        st.none() | inner,
    ),
    max_leaves=3,
)
moments = st.sampled_from(("3d", "2h30m", "2024-05-01T10:00:00Z", "4 weeks", "::", "")) | texts
usages = st.builds(
    Usage, moments, st.lists(names, min_size=1, max_size=2).map(tuple), st.none() | moments
)
tags = st.none() | words
sorts = st.lists(st.builds(Sort, paths, st.booleans()), max_size=2).map(tuple)
limits = st.none() | st.builds(Limit, small, small)


def _parts(terms: st.SearchStrategy[Term]) -> st.SearchStrategy[Part]:
    return st.builds(
        Part, terms, st.none() | usages, st.none() | clauses, tags, sorts, limits, st.booleans()
    )


@st.composite
def _queries(draw: st.DrawFn, terms: st.SearchStrategy[Term]) -> Query:
    ways = draw(st.lists(navigations(), max_size=2))
    last = draw(_parts(terms))
    parts = [_with_way(draw(_parts(terms)), way) for way in ways]
    aggregate = draw(st.none() | aggregates)
    return Query((*parts, last), aggregate, draw(edge_types))


def _with_way(part: Part, way: Navigation) -> Part:
    return Part(
        part.term,
        part.usage,
        part.with_clause,
        part.tag,
        part.sort,
        part.limit,
        part.reverse,
        way,
    )


@st.composite
def templates(draw: st.DrawFn) -> Template:
    """Draw a template without adjacent or empty texts, which the parser would merge or drop."""
    parts: list[str | Path] = []
    for part in draw(st.lists(paths | texts.filter(bool), max_size=4)):
        if not (isinstance(part, str) and parts and isinstance(parts[-1], str)):
            parts.append(part)
    return Template(tuple(parts))


operations = st.lists(
    st.tuples(st.sampled_from("+-*"), numbers) | st.tuples(st.just("/"), numbers.filter(bool)),
    max_size=2,
).map(tuple)
aggregates = st.builds(
    Aggregate,
    st.lists(st.builds(Group, paths | templates(), st.none() | names), max_size=2).map(tuple),
    st.lists(
        st.builds(
            AggregateFunction,
            st.sampled_from(AGGREGATES),
            paths | numbers,
            operations,
            st.none() | names,
        ),
        min_size=1,
        max_size=2,
    ).map(tuple),
)
merge_names = st.lists(plain_words, min_size=1, max_size=2).map(".".join)
merged = st.builds(
    Merged,
    filters,
    st.lists(
        st.builds(Merge, merge_names, _queries(filters), st.booleans()), min_size=1, max_size=2
    ).map(tuple),
    st.none() | filters,
)
queries = st.builds(replace, _queries(filters | merged), at=st.none() | moments)
