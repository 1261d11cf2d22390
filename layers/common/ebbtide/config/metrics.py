"""The definitions of metrics: a name, and a search whose aggregate computes the values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, StringConstraints

from ebbtide.config.metric_names import BUILT_IN_SERIES, PREFIX, UNKNOWN_SUFFIX
from ebbtide.options.mistakes import Mistake
from ebbtide.options.section import Section

if TYPE_CHECKING:
    from ebbtide.language.syntax import Aggregate, Part, Query

# Names of OpenMetrics, without the double underscores that it reserves.
MetricName = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$", max_length=100)
]
MetricUnit = Literal["Count", "Bytes", "Percent", "Seconds", "USD"]
MOST_DEFINITIONS = 200

_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SERIES = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


class MetricDefinition(Section):
    """A metric of the resources: the groups of its search are labels, its functions the values."""

    search: str = Field(
        description="a search with an aggregate, such as "
        "`aggregate(region, volume_type as type: sum(volume_size)): is(volume)`"
    )
    help: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)] = (
        Field(description="what the metric tells, in one line")
    )
    unit: MetricUnit = Field(default="Count", description="the unit of the values")
    type: Literal["gauge"] = Field(
        default="gauge", description="a state at one run; there are no other types"
    )


def mistakes_of(
    definitions: Mapping[str, MetricDefinition],
    searches: Mapping[str, str],
    defaults: Iterable[str] = (),
) -> Iterator[Mistake]:
    """Yield what is wrong with definitions beside those of `defaults` that they do not replace.

    `searches` are the snippets for expand().
    """
    kept = [PREFIX + name for name in defaults if name not in definitions]
    taken = {*BUILT_IN_SERIES, *kept, *(series + UNKNOWN_SUFFIX for series in kept)}
    for name, definition in definitions.items():
        problem = problem_of(definition.search, searches)
        if problem:
            yield Mistake(("definitions", name, "search"), problem)
            continue
        for series in _all_series(name, definition.search, searches):
            if series in taken:
                message = (
                    f"{series} is the name of another metric; choose another name, or another "
                    "alias of the function"
                )
                yield Mistake(("definitions", name), message)
            taken.add(series)


def _all_series(name: str, search: str, searches: Mapping[str, str]) -> list[str]:
    """Return the names of all series of a definition, in which one may occur twice."""
    from ebbtide.language import parse_search

    aggregate = parse_search(search, dict(searches)).aggregate
    assert aggregate is not None
    names = series_names(name, aggregate)
    return [*names, *(series + UNKNOWN_SUFFIX for series in names)]


def series_names(name: str, aggregate: Aggregate) -> list[str]:
    """Return the name of the series of each function, such as ebbtide_volumes_total.

    A single function has the name of the metric. Of several, each has the name of the metric and
    its own alias, or its alias alone if that begins with the name of the metric.
    """
    if len(aggregate.functions) == 1:
        return [PREFIX + name]
    # The import is local, because the language takes 0.1 s to load.
    from ebbtide.language.rows import function_name

    aliases = map(function_name, aggregate.functions)
    return [PREFIX + (one if one.startswith(name) else f"{name}_{one}") for one in aliases]


def problem_of(search: str, searches: Mapping[str, str] | None = None) -> str:
    """Return what is wrong with the search of a metric, or ''."""
    return _problem_of(search, tuple(sorted((searches or {}).items())))


@cache
def _problem_of(search: str, searches: tuple[tuple[str, str], ...]) -> str:
    # Cached, so that a warm function checks each search only once; the import is local for the
    # reason above.
    from ebbtide.language import SearchError, parse_search

    try:
        query = parse_search(search, dict(searches))
    except SearchError as error:
        return str(error)
    if query.aggregate is None:
        return (
            "a metric needs an aggregate, such as "
            "aggregate(region, kind: sum(1)): before the search"
        )
    if query.at is not None:
        return "a metric is about the snapshot of its run; remove --at"
    return _problem_of_parts(query) or _problem_of_names(query.aggregate)


def _problem_of_parts(query: Query) -> str:
    if any(_is_cut(part) for part in query.parts):
        return (
            "a metric counts every match of each account by itself; remove sort, limit and reversed"
        )
    return ""


def _is_cut(part: Part) -> bool:
    return bool(part.limit is not None or part.sort or part.reverse)


def _problem_of_names(aggregate: Aggregate) -> str:
    """Return which group cannot be a label, or which functions cannot be series."""
    from ebbtide.language.rows import function_name, group_name

    labels = [group_name(group) for group in aggregate.groups]
    for label in labels:
        if not _LABEL.fullmatch(label) or label.startswith("__"):
            return (
                f"the group {label} cannot be a label; give it a name of letters, digits and "
                f"underscores, as in {label} as account"
            )
    twice = [label for label, count in Counter(labels).items() if count > 1]
    if twice:
        return f"two groups are called {twice[0]}; each needs a name of its own"
    if len(aggregate.functions) == 1:
        return ""
    names = [function_name(function) for function in aggregate.functions]
    for name in names:
        if not _SERIES.fullmatch(name):
            return (
                f"the function {name} cannot be part of the name of a metric; give it a name of "
                "lower-case letters, digits and underscores, as in sum(volume_size) as size"
            )
    twice = [name for name, count in Counter(names).items() if count > 1]
    return f"two functions are called {twice[0]}; each needs a name of its own" if twice else ""
