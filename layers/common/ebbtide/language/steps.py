"""Find the steps of a search that cannot lead anywhere, because no declaration joins the kinds.

Such a step finds nothing, whatever there is: `with(empty, ...)` is then true for everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache

from ebbtide.kinds import concrete_kinds, known_kinds
from ebbtide.language.fields import SHORTCUTS
from ebbtide.language.joining import Kinds, all_kinds, reached
from ebbtide.language.printing import print_navigation
from ebbtide.language.restricting import kinds_of
from ebbtide.language.syntax import MAX_DEPTH, Direction, Navigation, Part, Path, Query, With
from ebbtide.language.walking import following, merges, paths_of, paths_of_aggregate

# A message, and the word of the search that it concerns.
type Fault = tuple[str, str | None]

_UPWARD, _DOWNWARD = Navigation("in", 1, MAX_DEPTH), Navigation("out", 1, MAX_DEPTH)
_RELATIVES = {"ancestors": (_UPWARD, "above"), "descendants": (_DOWNWARD, "below")}
_TYPES = ("default", "delete", "needed", "owns")
_OPPOSITE: dict[Direction, Direction] = {"in": "out", "out": "in", "both": "both"}
# More kinds than this are counted, not named.
_FEW = 3


def step_faults(query: Query, starts: Kinds | None = None) -> Iterator[Fault]:
    """Yield each step that no declared relation allows, and the step that was probably meant.

    `starts` are the kinds at which a merge begins; None for a whole search.
    """
    kinds = all_kinds() if starts is None else starts
    for part, following_part in zip(query.parts, (*query.parts[1:], None), strict=True):
        kinds = narrowed(kinds, kinds_of(part.term))
        yield from _of_clauses(part.with_clause, kinds, query.edge_types)
        yield from _of_paths(_own_paths(part, query), kinds, _names_of_merges(query))
        for merge in merges(part.term):
            yield from step_faults(merge.query, kinds)
        if part.navigation is not None and following_part is not None:
            wanted = kinds_of(following_part.term)
            yield from _of_step(kinds, part.navigation, wanted, query.edge_types)
            kinds = reached(kinds, part.navigation, query.edge_types)


def narrowed(kinds: Kinds, wanted: Kinds | None) -> Kinds:
    return kinds if wanted is None else kinds & wanted


def _of_clauses(clause: With | None, starts: Kinds, usual: tuple[str, ...]) -> Iterator[Fault]:
    for each in following(clause):
        wanted = kinds_of(each.term)
        yield from _of_step(starts, each.navigation, wanted, usual)
        ends = narrowed(reached(starts, each.navigation, usual), wanted)
        yield from _of_paths(paths_of(each.term), ends, frozenset())
        yield from _of_clauses(each.inner, ends, usual)


def _of_step(
    starts: Kinds, way: Navigation, wanted: Kinds | None, usual: tuple[str, ...]
) -> Iterator[Fault]:
    """Yield the fault of a navigation that leads from none of the starts to any wanted kind.

    Without a start there is nothing to say: the step before was impossible, or no kind fits.
    """
    ends = all_kinds() if wanted is None else wanted
    if not starts or not ends or reached(starts, way, usual) & ends:
        return
    arrow = print_navigation(way)
    types = _types(way, usual)
    along = "" if types == ("default",) else f" along {' and '.join(types)} edges"
    end = "anything" if wanted is None else _named(ends)
    hint = _hint(starts, way, ends, usual)
    yield (
        f"`{arrow}` leads nowhere: no declared relation joins {_named(starts)} to {end} "
        f"in this direction{along}{hint}",
        arrow,
    )


def _types(way: Navigation, usual: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*way.in_types, *way.out_types))) or usual or ("default",)


def _hint(starts: Kinds, way: Navigation, ends: Kinds, usual: tuple[str, ...]) -> str:
    for other in _alternatives(way, usual):
        if reached(starts, other, usual) & ends:
            return f"; did you mean `{print_navigation(other)}`?"
    return "; these kinds have no relation"


def _alternatives(way: Navigation, usual: tuple[str, ...]) -> Iterator[Navigation]:
    """Yield similar steps: turned around, along other edge types, and then with more edges."""
    turned = replace(
        way,
        direction=_OPPOSITE[way.direction],
        out_types=way.in_types,
        in_types=way.out_types,
    )
    for depth in (way.maximum, MAX_DEPTH):
        for one in (turned, way):
            yield replace(one, maximum=depth)
        for one in (way, turned):
            for name in _TYPES:
                # Without types of the search, an arrow without types means default.
                types = () if name == "default" and not usual else (name,)
                out_types, in_types = (
                    () if one.direction == "in" else types,
                    () if one.direction == "out" else types,
                )
                yield replace(one, maximum=depth, out_types=out_types, in_types=in_types)


def _own_paths(part: Part, query: Query) -> Iterator[Path]:
    yield from paths_of(part.term)
    yield from (sort.path for sort in part.sort)
    if query.aggregate is not None and part is query.parts[-1]:
        yield from paths_of_aggregate(query.aggregate)


def _names_of_merges(query: Query) -> frozenset[str]:
    return frozenset(merge.name for part in query.parts for merge in merges(part.term))


def _of_paths(paths: Iterable[Path], starts: Kinds, attached: frozenset[str]) -> Iterator[Fault]:
    """Yield the faults of paths such as /ancestors.aws_vpc.reported.name; each is a walk, too."""
    for names in dict.fromkeys(_relatives(paths)):
        section, kind = names
        if ".".join(names) in attached or (section == "ancestors" and kind in SHORTCUTS):
            continue
        way, place = _RELATIVES[section]
        ends = concrete_kinds([kind])
        if not starts or not ends or reached(starts, way, ()) & ends:
            continue
        (other,) = _RELATIVES.keys() - {section}
        turned = reached(starts, _RELATIVES[other][0], ()) & ends
        hint = f"; did you mean /{other}.{kind}?" if turned else "; these kinds have no relation"
        yield (
            f"/{section}.{kind} finds nothing: no declared relations lead to {kind} {place} "
            f"{_named(starts)}{hint}",
            kind,
        )


def _relatives(paths: Iterable[Path]) -> Iterator[tuple[str, str]]:
    for path in paths:
        if path.absolute and path.first in _RELATIVES and len(path.steps) > 1:
            yield path.first, path.steps[1].name


def _named(kinds: Kinds) -> str:
    """Return kinds in words: their names, a base kind that has just them, or their number."""
    if kinds == all_kinds():
        return "any kind"
    names = sorted(kinds)
    if len(names) > 1 and (base := _bases().get(kinds)) is not None:
        return base
    if len(names) > _FEW:
        return f"any of these {len(names)} kinds"
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


@cache
def _bases() -> dict[Kinds, str]:
    """Return the shortest name of each set of kinds that has a name."""
    names = sorted(known_kinds(), key=lambda name: (-len(name), name))
    return {concrete_kinds([name]): name for name in names}
