"""The evaluation of one metric: what it counts, its labels and its values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from typing import Any

from ebbtide.language.syntax import Group, Path
from ebbtide.metrics.choosing import Chosen
from ebbtide.metrics.figures import UNKNOWN, Labels, Table, label_of
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

# Resources that are equal in all that a metric reads: one of them, their number, and for each
# function how many of its values are known and unknown, and the sum of the known ones; None instead
# of these three if all have the same value.
type Alike = tuple[ResourceLine, int, Sequence[tuple[int, int, float] | None]]


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
    # For each label: what reads its value, whether that is a list, and whether it is of the tags.
    _groups: list[tuple[Reader, bool, bool]] = field(init=False)
    _values: list[ValuesReader] = field(init=False)
    _single: bool = field(init=False)

    def compile(self, context: Context) -> None:
        """Compile the search for the resources of one account."""
        last = self.chosen.query.parts[-1]
        context = context_of(last, context)
        self._fulfils = compile_term(last.term, context)
        aggregate = self.chosen.aggregate
        self._groups = [
            (*reader, _is_of_tags(group))
            for reader, group in zip(
                group_readers(aggregate, context), aggregate.groups, strict=True
            )
        ]
        self._values = values_readers(aggregate, context)
        self._single = not any(many for _, many, _ in self._groups)

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

    def judge_alike(self, groups: Iterable[Alike]) -> None:
        """Add groups of resources that are equal in all that the metric reads, if they match."""
        if not self.error:
            self.guarded(partial(self._judge_alike, groups))

    def _judge_alike(self, groups: Iterable[Alike]) -> None:
        functions, fulfils = self.table.functions, self._fulfils
        for line, count, sums in groups:
            truth = fulfils(line)
            if truth is None:
                self.undecided += count
            if not truth:
                continue
            for labels in self._labels(line):
                owns = self.table.of(labels)
                for own, function, sum, get in zip(
                    owns, functions, sums, self._values, strict=True
                ):
                    if sum is not None:
                        own.add_sum(*sum)
                        continue
                    for value in get(line):
                        own.add_repeated(function, value, count)

    def guarded(self, work: Callable[[], None]) -> None:
        """Do a piece of work; if it fails, the metric fails alone."""
        try:
            work()
        # A failing metric must not fail the others; the run records its error.
        except Exception as error:
            self.error = f"{type(error).__name__}: {error}"
            self.table.rows.clear()

    def _labels(self, line: ResourceLine) -> Iterable[Labels]:
        if self._single:
            return (
                tuple(
                    [
                        value
                        if type(value := reader(line)) is str and value
                        else _label(value, of_tags, line)
                        for reader, _, of_tags in self._groups
                    ]
                ),
            )
        choices = [
            [_label(value, of_tags, line) for value in (reader(line) if many else [reader(line)])]
            for reader, many, of_tags in self._groups
        ]
        return product(*choices)


def work_of(chosen: Chosen, context: Context) -> Work:
    """Compile a metric for the resources of one account."""
    functions = tuple(function.function for function in chosen.aggregate.functions)
    work = Work(chosen, Table(functions))
    work.guarded(lambda: work.compile(context))
    return work


def _label(value: Any, of_tags: bool, line: ResourceLine) -> str:
    if value is None and of_tags and line["tags"] is None:
        return UNKNOWN
    return label_of(value)


def _is_of_tags(group: Group) -> bool:
    if not isinstance(group.by, Path):
        return False
    return [step.name for step in group.by.steps if step.name != "reported"][:1] == ["tags"]
