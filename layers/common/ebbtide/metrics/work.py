"""The evaluation of one metric: what it counts, its labels and its values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from typing import Any

from ebbtide.language.syntax import Group, Path
from ebbtide.metrics.choosing import Chosen
from ebbtide.metrics.figures import UNKNOWN, Figure, Labels, Table, label_of
from ebbtide.model.lines import ResourceLine
from ebbtide.search.aggregation import (
    Reader,
    ValuesReader,
    group_readers,
    values_readers,
)
from ebbtide.search.evaluation import context_of
from ebbtide.search.node import Context
from ebbtide.search.predicates import Condition, compile_term
from ebbtide.search.truth import Truth


@dataclass(slots=True, eq=False)
class Work:
    """A metric under way: its figures so far, and why it failed, if it did.

    `undecided` counts the resources of which it is unknown whether they match.
    """

    chosen: Chosen
    table: Table
    undecided: int = 0
    error: str = ""
    _fulfils: Condition = field(init=False)
    _groups: list[tuple[Reader, bool]] = field(init=False)
    _values: list[ValuesReader] = field(init=False)
    _single: bool = field(init=False)

    def compile(self, context: Context) -> None:
        """Compile the search for the resources of one account."""
        last = self.chosen.query.parts[-1]
        context = context_of(last, context)
        self._fulfils = compile_term(last.term, context)
        self._groups = group_readers(self.chosen.aggregate, context)
        self._values = values_readers(self.chosen.aggregate, context)
        self._single = not any(many for _, many in self._groups)

    def judge(self, line: ResourceLine) -> None:
        """Add a resource if it matches."""
        if not self.error:
            self.guarded(partial(self._judge, line))

    def _judge(self, line: ResourceLine) -> None:
        self.take(line, self._fulfils(line))

    def take(self, line: ResourceLine, truth: Truth) -> None:
        """Add a resource of which it is known, or unknown, whether it matches."""
        if truth is None:
            self.undecided += 1
        elif truth:
            values = [reader(line) for reader in self._values]
            for labels in self._labels(line):
                self.table.add(labels, values)

    def judge_many(self, line: ResourceLine, count: int, figures: Sequence[Figure | None]) -> None:
        """Add `count` resources that equal this one in all that the metric reads.

        `figures` are those of their values for each function; None if all have that of this one.
        """
        if not self.error:
            self.guarded(partial(self._take_many, line, count, figures))

    def _take_many(self, line: ResourceLine, count: int, figures: Sequence[Figure | None]) -> None:
        truth = self._fulfils(line)
        if truth is None:
            self.undecided += count
        if not truth:
            return
        for labels in self._labels(line):
            owns, functions = self.table.of(labels), self.table.functions
            for own, function, found, values in zip(
                owns, functions, figures, self._values, strict=True
            ):
                own.combine(found or _repeated(function, values(line), count))

    def guarded(self, work: Callable[[], None]) -> None:
        """Do a piece of work; if it fails, the metric fails alone."""
        try:
            work()
        # A failing metric must not fail the others; the run records its error.
        except Exception as error:
            self.error = f"{type(error).__name__}: {error}"
            self.table.rows.clear()

    def _labels(self, line: ResourceLine) -> Iterable[Labels]:
        groups = self.chosen.aggregate.groups
        if self._single:
            return (
                tuple(
                    [
                        _label(group, reader(line), line)
                        for group, (reader, _) in zip(groups, self._groups, strict=True)
                    ]
                ),
            )
        choices = [
            [_label(group, value, line) for value in (reader(line) if many else [reader(line)])]
            for group, (reader, many) in zip(groups, self._groups, strict=True)
        ]
        return product(*choices)


def work_of(chosen: Chosen, context: Context) -> Work:
    """Compile a metric for the resources of one account."""
    functions = tuple(function.function for function in chosen.aggregate.functions)
    work = Work(chosen, Table(functions))
    work.guarded(lambda: work.compile(context))
    return work


def _repeated(function: str, values: Iterable[Any], count: int) -> Figure:
    """Return the figure of a function whose value is the same for all resources."""
    figure = Figure()
    for value in values:
        if function == "count":
            figure.add_counted(value)
        else:
            figure.add(value)
    return Figure(
        figure.known * count,
        figure.unknown * count,
        figure.total * count,
        figure.low,
        figure.high,
        figure.mean,
    )


def _label(group: Group, value: Any, line: ResourceLine) -> str:
    if value is None and line["tags"] is None and _is_of_tags(group):
        return UNKNOWN
    return label_of(value)


def _is_of_tags(group: Group) -> bool:
    if not isinstance(group.by, Path):
        return False
    return [step.name for step in group.by.steps if step.name != "reported"][:1] == ["tags"]
