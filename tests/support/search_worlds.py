"""Strategies for small random estates of two accounts, and for random queries that fit them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from hypothesis import strategies as st

from ebbtide.base.json_lines import decode_line, encode_line
from ebbtide.graph.manifest import AccountEntry, Manifest
from ebbtide.language.syntax import (
    MAX_DEPTH,
    All,
    And,
    FullText,
    Function,
    IsKind,
    Limit,
    Merge,
    Merged,
    Navigation,
    Not,
    Or,
    Part,
    Predicate,
    Query,
    Sort,
    Term,
    With,
)
from ebbtide.search import Snapshot
from tests.support.search_estate import PRODUCTION, SANDBOX, ago, edge, line, priced
from tests.support.search_paths import path

# A chain of relations: a VPC contains subnets, a subnet instances; an instance uses volumes.
KINDS = ["aws_vpc", "aws_ec2_subnet", "aws_ec2_instance", "aws_ec2_volume"]
EDGE_TYPES = ["default", "default", "default", "delete", "needed", "owns"]

type Lines = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class World:
    """Lines and edges by account; also the store that a search reads them from."""

    lines: Lines
    edges: Lines

    def read_lines(
        self, key: str, wanted: Callable[[bytes], bool] | None = None
    ) -> Iterator[dict[str, Any]]:
        for found in self._written[key]:
            if wanted is None or wanted(found):
                yield decode_line(found)

    @cached_property
    def _written(self) -> dict[str, list[bytes]]:
        return {
            f"{account}/{name}": [encode_line(one) for one in found]
            for name, by_account in (("lines", self.lines), ("edges", self.edges))
            for account, found in by_account.items()
        }

    def snapshot(self) -> Snapshot:
        entries = [
            AccountEntry(account, account, "run", f"{account}/lines", f"{account}/edges", "", "")
            for account in self.lines
        ]
        return Snapshot(self, Manifest("run", "", None, tuple(entries)))

    def without(self, gone: set[str]) -> World:
        """Return the world without these resources (graph ids) and their edges."""
        return World(
            {
                account: [one for one in lines if one["graph_id"] not in gone]
                for account, lines in self.lines.items()
            },
            {
                account: [one for one in edges if not {one["source"], one["target"]} & gone]
                for account, edges in self.edges.items()
            },
        )

    @property
    def kinds(self) -> dict[str, str]:
        lines = (one for found in self.lines.values() for one in found)
        return {one["graph_id"]: one["kind"] for one in lines}


@st.composite
def worlds(draw: st.DrawFn) -> World:
    lines: Lines = {}
    edges: Lines = {}
    for account in (SANDBOX, PRODUCTION):
        own = [_resource(draw, account, number) for number in range(draw(st.integers(1, 5)))]
        lines[account] = own
        ends = st.integers(0, max(0, len(own) - 1))
        pairs = draw(st.sets(st.tuples(ends, ends, st.sampled_from(EDGE_TYPES)), max_size=8))
        ranked = sorted(own, key=lambda one: KINDS.index(one["kind"]))
        edges[account] = [
            edge(ranked[min(pair)], ranked[max(pair)], type)
            for *pair, type in sorted(pairs)
            if len(set(pair)) == 2
        ]
    return World(lines, edges)


def _resource(draw: st.DrawFn, account: str, number: int) -> dict[str, Any]:
    values = st.sampled_from([None, 0, 2, 8, "8", "web", ["web", 2], [{"port": 22}], {"a": 1}])
    names = st.sampled_from(["instance_status", "volume_size", "rules"])
    found = line(
        draw(st.sampled_from(KINDS)),
        f"r{number}",
        account=account,
        name=draw(st.sampled_from(["web", "main", "x"])),
        created=draw(st.sampled_from([None, ago(days=3), ago(days=40)])),
        **draw(st.dictionaries(names, values, max_size=3)),
    )
    tags = st.none() | st.dictionaries(st.just("owner"), st.sampled_from(["web", "x"]))
    price = draw(st.sampled_from([{}, priced(None), *map(priced, (0, 2, 8.5))]))
    return {**found, "tags": draw(tags), **({"price": price} if price else {})}


PATHS = st.sampled_from(
    [
        "name",
        "tags.owner",
        "instance_status",
        "volume_size",
        "rules[*].port",
        "account",
        "missing",
        "/price.monthly",
    ]
).map(path)
ANCESTRY = st.sampled_from(
    [
        "/ancestors.aws_vpc.reported.name",
        "/ancestors.aws_ec2_instance.reported.volume_size",
        "/descendants.aws_ec2_volume.reported.name",
        "/ancestors.aws_ec2_instance.price.monthly",
    ]
).map(path)
MERGE_PATHS = st.sampled_from(
    ["/user", "/user.reported.name", "/user[*].reported.volume_size", "/user.price.monthly"]
).map(path)
VALUES = st.sampled_from([None, 0, 2, 8, "8", "web", "main", 10])
COMPARISONS = st.sampled_from(["==", "!=", "<", ">="])


def _predicates(paths: Any) -> st.SearchStrategy[Term]:
    return st.builds(Predicate, paths, COMPARISONS, VALUES)


def _combined(leaves: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    return st.recursive(
        leaves,
        lambda inner: (
            st.builds(And, inner, inner) | st.builds(Or, inner, inner) | st.builds(Not, inner)
        ),
        max_leaves=4,
    )


_KIND_NAMES = st.sampled_from([*KINDS, "volume", "instance", "resource"])
_LEAVES: st.SearchStrategy[Any] = st.one_of(
    st.builds(IsKind, st.lists(_KIND_NAMES, min_size=1, max_size=2).map(tuple)),
    _predicates(PATHS),
    st.just(All()),
    st.just(FullText("web")),
    st.just(Function("has_key", path("tags"), ("owner",))),
)
_ANY_TERM = _combined(st.one_of(_LEAVES, _LEAVES, _predicates(ANCESTRY)))
_ONE_KIND = st.sampled_from(KINDS).map(lambda kind: IsKind((kind,)))
# Most real searches name a kind and have few other conditions.
TERMS: st.SearchStrategy[Any] = st.one_of(
    _ONE_KIND,
    _ONE_KIND,
    st.builds(And, _ONE_KIND, _predicates(ANCESTRY | PATHS)),
    st.builds(And, _ONE_KIND, _ANY_TERM),
    _ANY_TERM,
)
TYPES = st.lists(st.sampled_from(sorted(set(EDGE_TYPES))), max_size=2, unique=True).map(tuple)


@st.composite
def navigations(draw: st.DrawFn) -> Navigation:
    least = draw(st.sampled_from([0, 1, 1, 1, 2]))
    most = draw(st.sampled_from([least, least + 1, MAX_DEPTH]))
    direction = draw(st.sampled_from(["out", "in", "both"]))
    into, out = draw(TYPES), draw(TYPES)
    if direction != "both":
        return Navigation(
            direction, least, most, *((out, ()) if direction == "out" else ((), into))
        )
    return Navigation("both", least, most, out or into, into or out)


WITHS = st.builds(
    With,
    st.sampled_from(["==", "!=", "<", ">"]),
    st.integers(0, 2),
    navigations(),
    TERMS,
    st.none() | st.builds(With, st.just(">"), st.integers(0, 1), navigations(), TERMS),
    st.none() | st.builds(With, st.sampled_from(["==", ">"]), st.just(0), navigations(), TERMS),
)
SORTS = st.lists(st.builds(Sort, PATHS | ANCESTRY, st.booleans()), max_size=2).map(tuple)
LIMITS = st.builds(Limit, st.integers(0, 3), st.integers(0, 2))


def _parts(terms: st.SearchStrategy[Any]) -> st.SearchStrategy[Part]:
    return st.builds(
        Part,
        terms,
        with_clause=st.one_of(st.none(), WITHS),
        tag=st.sampled_from([None, "here"]),
        sort=st.just(()) | SORTS,
        limit=st.one_of(st.none(), st.none(), st.none(), LIMITS),
        reverse=st.booleans(),
    )


@st.composite
def _merged(draw: st.DrawFn) -> Merged:
    inner = Query((Part(navigation=draw(navigations())), draw(_parts(TERMS))), None, draw(TYPES))
    after = st.none() | _combined(st.one_of(_predicates(MERGE_PATHS), _LEAVES))
    return Merged(draw(TERMS), (Merge("user", inner, draw(st.booleans())),), draw(after))


@st.composite
def queries(draw: st.DrawFn) -> Query:
    parts = _parts(st.one_of(TERMS, TERMS, _merged()))
    before = [
        replace(draw(parts), navigation=draw(navigations())) for _ in range(draw(st.integers(0, 2)))
    ]
    return Query((*before, draw(parts)), None, draw(TYPES))


@st.composite
def clauses(draw: st.DrawFn) -> Query:
    """Draw a search whose answer depends on the presence of resources below another."""
    kind, below = draw(_ONE_KIND), draw(_ONE_KIND)
    inner = With(">", 0, Navigation("out"), draw(_ONE_KIND))
    clause = With(
        draw(st.sampled_from(["==", "<", "<="])),
        draw(st.integers(0, 1)),
        Navigation("out", 1, draw(st.sampled_from([1, 2, MAX_DEPTH]))),
        below,
        draw(st.sampled_from([None, None, inner])),
        draw(st.sampled_from([None, None, inner])),
    )
    return Query((Part(kind, with_clause=clause),))


@st.composite
def ordered(draw: st.DrawFn) -> Query:
    """Draw a search for one kind that is sorted by fields of other kinds."""
    sort = Sort(draw(ANCESTRY), draw(st.booleans()))
    return Query((Part(draw(_ONE_KIND), sort=(sort,), limit=draw(st.none() | LIMITS)),))
