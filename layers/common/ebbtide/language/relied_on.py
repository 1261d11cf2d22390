"""Find the kinds that must have been read completely before a search's answer can be believed.

A search may select a resource because another one is missing, such as a load balancer without
instances. A kind that could not be read looks the same as a missing resource. It may also fail to
select a resource because a neighbour is missing. If in doubt, these functions include a kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from ebbtide.kinds import concrete_kinds, registry
from ebbtide.language.fields import SHORTCUTS
from ebbtide.language.joining import Ways, ways_of
from ebbtide.language.restricting import kinds_of
from ebbtide.language.syntax import (
    MAX_DEPTH,
    ArrayContext,
    Function,
    Merge,
    Navigation,
    Not,
    Part,
    Path,
    Predicate,
    Query,
    Term,
    With,
)
from ebbtide.language.walking import children, following, merges, queries

type Kinds = frozenset[str]

_DENYING = ("!=", "!~", "not in")


def kinds_relied_on(query: Query) -> Kinds:
    """Return the declared kinds whose absence can affect what the search selects.

    Aggregates add none.
    """
    found: set[str] = set(_of_choices(query))
    for one in queries(query):
        for part in one.parts:
            found |= _of_clauses(part, one.edge_types)
            found |= _of_terms(part)
    return frozenset(found)


def kinds_touched(query: Query) -> Kinds:
    """Return the declared kinds whose absence can affect the answer of a search at all.

    These are all kinds on any way to a resource: those of earlier parts, of neighbours, ancestors
    and merges, and what lies between. Aggregates add none.
    """
    found = set(kinds_relied_on(query))
    parts, types = query.parts, query.edge_types
    for place, part in enumerate(parts):
        kinds = _any_if_none(kinds_of(part.term))
        if part.navigation is not None:
            end = _any_if_none(kinds_of(parts[place + 1].term))
            found |= kinds | _between(kinds, end, part.navigation, types)
        found |= _of_clauses(part, types, absent=True) | _of_terms(part, denied=True)
        for merge in merges(part.term):
            found |= _of_merge(merge, kinds)
    return frozenset(found)


def _of_choices(query: Query) -> set[str]:
    """Return the kinds that decide which resources a limit or a minimum depth selects.

    If a resource is missing, a limit selects another one in its place, and the shortest way to a
    node may become longer. So for each part up to the last limit, everything counts that a resource
    needs to be selected.
    """
    found: set[str] = set()
    parts, types = query.parts, query.edge_types
    limited = max((place for place, part in enumerate(parts) if part.limit), default=-1)
    for place, part in enumerate(parts):
        kinds = _any_if_none(kinds_of(part.term))
        if place <= limited:
            found |= kinds | _of_clauses(part, types, absent=True) | _of_terms(part, denied=True)
            for sort in part.sort:
                if sort.path.absolute:
                    found |= _of_relative(sort.path, kinds)
        way = part.navigation
        if way is not None and (place < limited or way.minimum > 1):
            found |= _between(kinds, _any_if_none(kinds_of(parts[place + 1].term)), way, types)
    return found


def _of_clauses(part: Part, types: tuple[str, ...], absent: bool = False) -> set[str]:
    """Return the kinds that the with-clauses of a part rely on.

    `absent`: the answer also depends on resources that do not match the clauses.
    """
    return _of_clause(part.with_clause, _any_if_none(kinds_of(part.term)), types, absent)


def _of_clause(clause: With | None, start: Kinds, types: tuple[str, ...], absent: bool) -> set[str]:
    found: set[str] = set()
    for each in following(clause):
        # If fewer neighbours can make this clause true, so can the absence of anything that an
        # inner clause needs.
        missing = absent or _holds_with_fewer(each)
        kinds = _any_if_none(kinds_of(each.term))
        if missing:
            found |= kinds
        if missing or each.navigation.minimum > 1:
            found |= _between(start, kinds, each.navigation, types)
        for path, denies in _paths(each.term, denied=missing):
            if path.absolute and (denies or _picks_relative(path)):
                found |= _of_relative(path, kinds)
        found |= _of_clause(each.inner, kinds, types, missing)
    return found


def _holds_with_fewer(clause: With) -> bool:
    match clause.operator:
        case ">" | ">=":
            return False
        case "!=":
            return clause.count != 0
        case _:
            return True


def _of_terms(part: Part, denied: bool = False) -> set[str]:
    attached = {merge.name: merge for merge in merges(part.term)}
    start = _any_if_none(kinds_of(part.term))
    found: set[str] = set()
    for path, denies in _paths(part.term, denied):
        if not path.absolute:
            continue
        merge = _merge_at(path, attached)
        if merge is not None:
            if denies or _chooses(merge) or _has_index(path, merge.name.count(".") + 1):
                found |= _of_merge(merge, start)
        elif denies or _picks_relative(path):
            found |= _of_relative(path, start)
    return found


def _paths(term: Term, denied: bool) -> Iterator[tuple[Path, bool]]:
    """Yield each path that a term compares, and whether the term can hold if it has no value."""
    match term:
        case Predicate(path):
            yield path, denied or _may_hold_without(term)
        case Function(_, path):
            yield path, denied
        case ArrayContext(path, inner):
            # The inner conditions apply to an element, which may not exist.
            yield path, denied or any(denies for _, denies in _paths(inner, denied))
        case _:
            for child in children(term):
                yield from _paths(child, denied or isinstance(term, Not))


def _may_hold_without(term: Predicate) -> bool:
    if term.operator in _DENYING or term.quantifier in ("all", "none"):
        return True
    value = term.value
    return value is None or (isinstance(value, list) and None in value)


def _merge_at(path: Path, attached: Mapping[str, Merge]) -> Merge | None:
    names = [step.name for step in path.steps]
    for length in range(len(names), 0, -1):
        if (name := ".".join(names[:length])) in attached:
            return attached[name]
    return None


def _chooses(merge: Merge) -> bool:
    """Return whether the attached result depends on all candidates, such as the first of them."""
    if not merge.many or merge.query.aggregate is not None:
        return True
    ways = (part.navigation for part in merge.query.parts)
    return any(part.limit for part in merge.query.parts) or any(
        way is not None and way.minimum > 1 for way in ways
    )


def _picks_relative(path: Path) -> bool:
    """Return whether a path leads to one of all ancestors or descendants of a kind.

    One that is missing might come before the one that is found.
    """
    return path.steps[0].name == "ancestors" or _has_index(path, 2)


def _has_index(path: Path, length: int) -> bool:
    """Return whether the first steps of a path choose an element by its place, as in /x[0]."""
    return any(index is not None for step in path.steps[:length] for index in step.indexes)


def _of_merge(merge: Merge, start: Kinds) -> set[str]:
    """Return the kinds on the way to the result of a merge.

    The result is missing if any resource before it is missing, or if anything it needs itself is
    missing: neighbours, ancestors, or the results of its own merges.
    """
    found: set[str] = set()
    types = merge.query.edge_types
    navigation: Navigation | None = None
    for part in merge.query.parts:
        kinds = kinds_of(part.term)
        if navigation is not None:
            end = _any_if_none(kinds)
            found |= end | _between(start, end, navigation, types)
            start = end
        elif kinds is not None:
            start = kinds
        found |= _of_clauses(part, types, absent=True) | _of_terms(part, denied=True)
        for inner in merges(part.term):
            found |= _of_merge(inner, start)
        navigation = part.navigation
    return found


def _of_relative(path: Path, start: Kinds) -> Kinds:
    """Return the kinds behind /ancestors.<kind> or /descendants.<kind>.

    Cloud, account, region and zone add none, because each resource's own line names them.
    """
    if len(path.steps) < 2:
        return frozenset()
    relation, name = path.steps[0].name, path.steps[1].name
    if relation not in ("ancestors", "descendants") or name in SHORTCUTS:
        return frozenset()
    direction: Literal["in", "out"] = "in" if relation == "ancestors" else "out"
    kinds = concrete_kinds([name])
    return kinds | _between(start, kinds, Navigation(direction, 1, MAX_DEPTH), ())


def _any_if_none(kinds: Kinds | None) -> Kinds:
    return frozenset(registry()) if kinds is None else kinds


def _between(start: Kinds, end: Kinds, way: Navigation, types: tuple[str, ...]) -> Kinds:
    """Return the kinds that can lie on a way of several edges; without them the way breaks off."""
    if way.maximum <= 1:
        return frozenset()
    used = {*way.out_types, *way.in_types} or set(types)
    if not used <= {"default"}:
        return frozenset(registry())
    out, back = ways_between_kinds()
    # A walk both ways is two walks, and none of them turns round.
    found: Kinds = frozenset()
    if way.direction != "in":
        found |= _reached(start, out, way.maximum) & _reached(end, back, way.maximum)
    if way.direction != "out":
        found |= _reached(start, back, way.maximum) & _reached(end, out, way.maximum)
    return found


def _reached(start: Iterable[str], ways: Ways, steps: int) -> Kinds:
    """Return the kinds that at most this number of steps from some kinds leads to."""
    seen: set[str] = set()
    new = set(start)
    for _ in range(steps):
        new = {name for kind in new for name in ways.get(kind, ())} - seen
        if not new:
            break
        seen |= new
    return frozenset(seen)


def ways_between_kinds() -> tuple[Ways, Ways]:
    """Return which kinds the default edges can connect, along the edges and against them."""
    return ways_of("default")


def kinds_between(
    start: Kinds | None, end: Kinds | None, way: Navigation, types: tuple[str, ...]
) -> Kinds:
    """Return the kinds that can lie on a way between some kinds; None stands for any kind."""
    return _between(_any_if_none(start), _any_if_none(end), way, types)
