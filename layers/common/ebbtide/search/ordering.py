"""Sort what a search found, and cut it to its limit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from ebbtide.language.prices import is_monthly, sorts_by_price
from ebbtide.language.syntax import Limit, Part, Path, Sort, Step
from ebbtide.model.lines import ResourceLine
from ebbtide.search.fields import compile_field
from ebbtide.search.knowing import is_doubtful, is_uncertain, known_at
from ebbtide.search.node import Context, has_graded
from ebbtide.search.predicates import texts_of_term
from ebbtide.search.prices import monthly_of
from ebbtide.search.truth import Truth
from ebbtide.search.values import sort_key
from ebbtide.search.words import relevance

type SortKey = Callable[[ResourceLine], tuple[Any, ...]]
# Entries with whether they match, and whether their order is known.
type Group[T] = tuple[Sequence[tuple[T, Truth]], bool]
type Asked[T] = Callable[[T], bool]

_NAME = Path((Step("name"),))


def ordered(
    found: list[tuple[int, ResourceLine, Truth]], part: Part, context: Context, *, doubtful: bool
) -> list[tuple[int, ResourceLine, Truth]]:
    """Sort the nodes of a part, and cut them to its limit; some of them may be `doubtful`."""
    if part.sort or part.limit or part.navigation is None:
        found = sort_lines(found, lambda entry: entry[1], part, context)
    if part.reverse:
        found = found[::-1]
    if part.limit is None:
        return found
    floats = floating(part)
    unpriced = any(floats(line) or (part.sort and has_graded(line)) for _, line, _ in found)
    if not (doubtful or unpriced) and all(truth for _, _, truth in found):
        return found[part.limit.offset : part.limit.offset + part.limit.length]
    entries = [((number, line), truth) for number, line, truth in found]
    kept = cut(
        groups_of(entries, lambda entry: entry[1], part, context),
        part.limit,
        lambda entry: is_uncertain(entry[1], context),
        lambda entry: floats(entry[1]),
        rely=context.prices_rely,
    )
    return [(number, line, truth) for (number, line), truth in kept]


def _never(_: object) -> bool:
    return False


def cut[T](
    groups: Iterable[Group[T]],
    limit: Limit | None,
    may_be_gone: Asked[T] = _never,
    floats: Asked[T] = _never,
    *,
    rely: bool = True,
) -> Iterator[tuple[T, Truth]]:
    """Yield what is, or may be, within the limit, without reading more groups than necessary.

    How many come before an entry is unknown if some of these may not match at all, or may be gone,
    or if the order of its group is unknown. What `floats` may come anywhere in its group; unless
    the limit must `rely` on that, it counts as coming last.
    """
    if limit is None:
        for entries, _ in groups:
            yield from entries
        return
    sure = possible = 0
    end = limit.offset + limit.length
    if not limit.length:
        return
    for mixed, in_order in groups:
        entries, loose = _apart(mixed, floats)
        before, start = sure, possible
        for batch in ([one] for one in entries) if in_order else [entries]:
            last = possible + len(batch) - 1 + (len(loose) if rely else 0)
            if last >= limit.offset:
                inside = limit.offset <= sure and last < end
                yield from ((entry, truth if inside else None) for entry, truth in batch)
            sure += sum(truth is True and not may_be_gone(entry) for entry, truth in batch)
            possible += len(batch)
            if sure >= end:
                break
        possible = start + len(mixed)
        if loose and possible > limit.offset:
            inside = limit.offset <= (before if rely else sure) and possible <= end
            yield from ((entry, truth if inside else None) for entry, truth in loose)
        sure += sum(truth is True and not may_be_gone(entry) for entry, truth in loose)
        if sure >= end:
            return


def _apart[T](
    entries: Sequence[tuple[T, Truth]], floats: Asked[T]
) -> tuple[Sequence[tuple[T, Truth]], list[tuple[T, Truth]]]:
    """Return the entries whose place is known, and those that may come anywhere."""
    loose = [] if floats is _never else [one for one in entries if floats(one[0])]
    if not loose:
        return entries, loose
    return [one for one in entries if not floats(one[0])], loose


def floating(part: Part) -> Asked[ResourceLine]:
    """Return a function that says whether it is unknown where a part sorts a resource."""
    if not sorts_by_price(part):
        return _never
    return lambda line: monthly_of(line) is None


def ranks_are_known(lines: Iterable[ResourceLine], part: Part, context: Context) -> bool:
    """Return whether it is known in which order a part sorts these nodes."""
    lines = list(lines)
    if not _sorts_are_known(lines, part, context):
        return False
    return len(lines) <= 1 or all(map(_knowing_name(context), lines))


def groups_of[T](
    found: Sequence[tuple[T, Truth]],
    line_of: Callable[[T], ResourceLine],
    part: Part,
    context: Context,
) -> Sequence[Group[T]]:
    """Divide what a part has sorted, so that names that are unknown leave only ties without order.

    Names decide among the resources of a kind that all sorts put at the same place.
    """
    lines = [line_of(entry) for entry, _ in found]
    if ranks_are_known(lines, part, context):
        return [(found, True)]
    if any(map(floating(part), lines)) or not _sorts_are_known(lines, part, context):
        return [(found, False)]
    keys = [_key_of(sort, context) for sort in part.sort]
    knows_name = _knowing_name(context)
    groups: list[Group[T]] = []
    places = zip(found, lines, strict=True)
    for _, tied in groupby(places, lambda one: (one[1]["kind"], *(key(one[1]) for key in keys))):
        tie = list(tied)
        in_order = len(tie) == 1 or all(knows_name(line) for _, line in tie)
        groups.append(([entry for entry, _ in tie], in_order))
    return groups


def _sorts_are_known(lines: list[ResourceLine], part: Part, context: Context) -> bool:
    """Return whether it is known where the sorts of a part put these nodes, ties apart."""
    doubtful = [line for line in lines if is_doubtful(line, context)]
    if any(has_graded(line) for line in lines) and any(sort.path.absolute for sort in part.sort):
        return False
    if not doubtful or len(lines) <= 1:
        return True
    if not part.sort and texts_of_term(part.term):
        return False
    known = [known_at(sort.path, context) for sort in part.sort]
    return all(is_known(line) for line in doubtful for is_known in known)


def _knowing_name(context: Context) -> Callable[[ResourceLine], bool]:
    known = known_at(_NAME, context)
    return lambda line: not is_doubtful(line, context) or known(line)


def sort_lines[T](
    found: list[T], line_of: Callable[[T], ResourceLine], part: Part, context: Context
) -> list[T]:
    """Sort by the part's sort; else by relevance to its full text; else by kind, name and id."""
    wanted = texts_of_term(part.term)
    if not part.sort and wanted:
        by_default = sorted(found, key=lambda entry: default_order(line_of(entry)))
        return sorted(by_default, key=lambda entry: -relevance(wanted, line_of(entry)))
    found = sorted(found, key=lambda entry: default_order(line_of(entry)))
    # Sorting is stable, so begin with the least important key.
    for sort in reversed(part.sort):
        found = _sorted_by(found, line_of, _key_of(sort, context), sort.descending)
    return found


def _sorted_by[T](
    found: list[T], line_of: Callable[[T], ResourceLine], key: SortKey, descending: bool
) -> list[T]:
    return sorted(found, key=lambda entry: key(line_of(entry)), reverse=descending)


def _key_of(sort: Sort, context: Context) -> SortKey:
    """Return the key of a sort; a path through an array sorts by its smallest value."""
    read = compile_field(sort.path, context)
    if is_monthly(sort.path):
        # What is unknown comes last, in both directions.
        last = (0 if sort.descending else 9, 0)
        return lambda line: last if (found := read.get(line)) is None else sort_key(found)
    if read.many:
        return lambda line: min(map(sort_key, read.get(line)), default=sort_key(None))
    return lambda line: sort_key(read.get(line))


def default_order(line: ResourceLine) -> tuple[str, str, str]:
    return (line["kind"], line["name"], line["graph_id"])
