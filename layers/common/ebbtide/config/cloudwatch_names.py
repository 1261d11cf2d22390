"""Checks that the names and labels in `metrics.cloudwatch` are those of metrics.

All names are known from the configuration: those of the built-in metrics, of the default ones and
of the definitions. A name that no metric has would silently be no metric in CloudWatch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from ebbtide.config.cloudwatch import CloudWatchConfig
from ebbtide.config.default_metrics import DEFAULTS
from ebbtide.config.metric_names import (
    BUILT_IN_SERIES,
    NOT_IN_CLOUDWATCH,
    PREFIX,
    UNKNOWN_NAME,
    cloudwatch_name,
    labels_of_default,
)
from ebbtide.config.metrics import MetricDefinition, series_names
from ebbtide.options.mistakes import Mistake

# Those whose values of several accounts become one value; an average of averages would be wrong.
FOLDED = frozenset({"sum", "count", "min", "max"})
# Unknown names that get suggestions; a document may have thousands.
_SUGGESTED, _NEAREST = 20, 3

_SECTION = ("metrics", "cloudwatch")

type Labels = tuple[str, ...]


def offered(
    definitions: Mapping[str, MetricDefinition],
    disabled: Iterable[str],
    searches: Mapping[str, str],
) -> dict[str, Labels]:
    """Return the labels of all metrics that can go to CloudWatch, by their names there.

    `definitions` are those of the configuration, whose searches are valid.
    """
    found = {
        cloudwatch_name(series): labels
        for series, labels in BUILT_IN_SERIES.items()
        if series not in NOT_IN_CLOUDWATCH
    }
    for name, definition in DEFAULTS.items():
        if name not in disabled and name not in definitions:
            found.update(_of_default(name, definition.search))
    for name, definition in definitions.items():
        if name not in disabled:
            found.update(_of_definition(name, definition.search, searches))
    return found


def mistakes_of(
    config: CloudWatchConfig, known: Mapping[str, Labels], disabled: Iterable[str]
) -> Iterator[Mistake]:
    """Yield the names that no metric has, and the labels that a metric lacks, with their places."""
    off = {cloudwatch_name(PREFIX + name) for name in disabled}
    names = [] if isinstance(config.series, str) else list(enumerate(config.series))
    places = [((*_SECTION, "series", str(number)), name) for number, name in names]
    places += [((*_SECTION, "by", name), name) for name in config.by]
    unknown = [(place, name) for place, name in places if name not in known]
    for number, (place, name) in enumerate(unknown):
        suggest = number < _SUGGESTED
        yield Mistake(place, _unknown(name, known, is_off=name in off, suggest=suggest))
    for name, labels in config.by.items():
        for label in labels if name in known else ():
            if label not in known[name]:
                yield Mistake((*_SECTION, "by", name), _lacks(name, label, known[name]))


def _unknown(name: str, known: Iterable[str], *, is_off: bool, suggest: bool) -> str:
    if is_off:
        return f"the metric {name} is in metrics.disabled, so it has no values"
    near = _nearest(name, known) if suggest else []
    hint = f"did you mean {' or '.join(near)}?" if near else "docs/metrics.md lists all"
    return f"no metric for CloudWatch is called {name}; {hint}"


def _nearest(name: str, known: Iterable[str]) -> list[str]:
    folded = {one.lower(): one for one in sorted(known)}
    return [folded[one] for one in get_close_matches(name.lower(), folded, _NEAREST)]


def _lacks(name: str, label: str, labels: Labels) -> str:
    if not labels:
        return f"{name} has no labels, so not {label} either: it is one value for all accounts"
    return f"{name} has no label {label}; its labels are {', '.join(labels)}"


def _of_default(name: str, search: str) -> Iterator[tuple[str, Labels]]:
    labels = labels_of_default(search)
    yield cloudwatch_name(PREFIX + name), labels
    # Only what sums up a property of resources may lack some; the parser takes 0.1 s to load.
    if ": sum(1)): " not in search:
        yield cloudwatch_name(PREFIX + name) + UNKNOWN_NAME, labels


def _of_definition(
    name: str, search: str, searches: Mapping[str, str]
) -> Iterator[tuple[str, Labels]]:
    from ebbtide.language import parse_search
    from ebbtide.language.rows import group_name
    from ebbtide.language.syntax import Path

    aggregate = parse_search(search, dict(searches)).aggregate
    assert aggregate is not None
    labels = tuple(map(group_name, aggregate.groups))
    for series, function in zip(series_names(name, aggregate), aggregate.functions, strict=True):
        if function.function in FOLDED:
            yield cloudwatch_name(series), labels
        if isinstance(function.operand, Path) and function.function != "count":
            yield cloudwatch_name(series) + UNKNOWN_NAME, labels
