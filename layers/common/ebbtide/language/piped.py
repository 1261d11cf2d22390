"""Fold the commands that a search is piped into, as in Resoto's shell, into searches.

Commands that search become part of a query: `| predecessors` is an arrow, `| count kind` an
aggregate. What no query can express, such as the last ten results, is a cut; the next query then
begins with what is left. What acts on the results or prints them stays a command.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from ebbtide.base import clock
from ebbtide.language.errors import SearchError, most_similar
from ebbtide.language.parsing import parse, resolved
from ebbtide.language.pipeline import Command, Pipeline, parse_pipeline
from ebbtide.language.refused_commands import REFUSED
from ebbtide.language.syntax import (
    MAX_DEPTH,
    AggregateFunction,
    All,
    And,
    Direction,
    HasId,
    Limit,
    Merged,
    Navigation,
    Part,
    Query,
    Term,
)

ACTIONS = ("clean", "protect", "tag", "set_desired", "set_metadata")
OUTPUTS = ("list", "format", "dump", "json", "ndjson", "yaml", "jq", "uniq", "write")
# Name -> direction and whether it walks any number of steps.
_WALKS: Mapping[str, tuple[Direction, bool]] = {
    "ancestors": ("in", True),
    "descendants": ("out", True),
    "predecessors": ("in", False),
    "successors": ("out", False),
}
_CUTS = ("head", "tail", "limit")
_WITH_ORIGIN = "--with-origin"
# Resoto's `head` and `tail` without a number.
_USUAL_CUT = 100


@dataclass(frozen=True, slots=True)
class Cut:
    """The first results behind the first `offset` ones, or the last ones."""

    length: int
    offset: int = 0
    last: bool = False

    def of[T](self, found: list[T]) -> list[T]:
        if self.last:
            return found[-self.length :] if self.length else []
        return found[self.offset : self.offset + self.length]


@dataclass(frozen=True, slots=True)
class Stage:
    """A query and the cuts of its results."""

    query: Query
    cuts: tuple[Cut, ...] = ()

    def among(self, ids: tuple[str, ...]) -> Stage:
        """Return the stage that begins with the resources with these graph ids only."""
        first, *others = self.query.parts
        term = And(HasId(ids), first.term)
        parts = (replace(first, term=term), *others)
        return replace(self, query=replace(self.query, parts=parts))


@dataclass(frozen=True, slots=True)
class Piped:
    """Stages of a search, each of which begins with the results of the one before.

    `action` marks or tags the results, `outputs` say how to print them. `typed` is the last query
    with its names and times as they were typed, so that it means the same at any time.
    """

    stages: tuple[Stage, ...]
    typed: Query
    action: Command | None = None
    outputs: tuple[Command, ...] = ()

    @property
    def last(self) -> Query:
        return self.stages[-1].query


def parse_piped(
    text: str, templates: Mapping[str, str] | None = None, now: datetime | None = None
) -> Piped:
    """Parse a search and its commands. Raises SearchError for what is invalid or refused."""
    moment = (now or clock.now()).astimezone(UTC)
    pipeline = parse_pipeline(text)
    folding = _Folding(
        pipeline, templates or {}, moment, [Stage(_head(pipeline, templates, moment))]
    )
    for command in pipeline.commands:
        folding.add(command)
    stages = tuple(
        replace(stage, query=resolved(stage.query, text, moment)) for stage in folding.stages
    )
    return Piped(stages, folding.stages[-1].query, folding.action, tuple(folding.outputs))


def _head(pipeline: Pipeline, templates: Mapping[str, str] | None, moment: datetime) -> Query:
    try:
        return parse(pipeline.search, templates, moment)
    except SearchError as error:
        before = len(pipeline.text) - len(pipeline.text.lstrip())
        column = None if error.column is None else error.column + before
        raise SearchError(error.message, pipeline.text, column) from None


@dataclass(slots=True)
class _Folding:
    """The stages so far, to which commands are added from left to right."""

    pipeline: Pipeline
    templates: Mapping[str, str]
    moment: datetime
    stages: list[Stage]
    action: Command | None = None
    outputs: list[Command] = field(default_factory=list)

    def add(self, command: Command) -> None:
        name = command.name
        if name in OUTPUTS:
            self.outputs.append(command)
        elif name in ACTIONS:
            self._act(command)
        elif name in _CUTS:
            self._cut(command)
        elif name in _FOLDS:
            self._require_early(command)
            _FOLDS[name](self, command)
        else:
            raise _unknown(command)

    def _act(self, command: Command) -> None:
        if self.action is not None:
            raise command.error(
                f"`{self.action.name}` and `{command.name}` in one search; write two searches"
            )
        if self._query.aggregate is not None:
            raise command.error(f"{command.name} acts on resources, and an aggregate has none")
        self._require_early(command)
        self.action = command

    def _require_early(self, command: Command) -> None:
        # A search returns each resource once, so it is the same with and without `uniq` before it.
        printing = [output for output in self.outputs if output.name != "uniq"]
        after = printing[0] if printing else self.action
        if after is not None:
            raise command.error(f"`{command.name}` must stand before `{after.name}`")

    @property
    def _stage(self) -> Stage:
        return self.stages[-1]

    @property
    def _query(self) -> Query:
        return self._stage.query

    def _set(self, query: Query) -> None:
        self.stages[-1] = replace(self._stage, query=query)

    def _set_last(self, part: Part) -> None:
        self._set(replace(self._query, parts=(*self._query.parts[:-1], part)))

    def _open(self, command: Command) -> Part:
        """Return the last part, to which conditions, an order or an aggregate can be added.

        If it is cut already, a new stage begins with what is left.
        """
        if self._query.aggregate is not None:
            raise command.error(f"`{command.name}` must stand before the aggregate")
        last = self._query.parts[-1]
        if last.limit is None and not last.reverse and not self._stage.cuts:
            return last
        # A condition that is true for all results, so that names of fields keep their meaning.
        self.stages.append(Stage(replace(self._query, parts=(Part(_alone(last.term)),), at=None)))
        return self._query.parts[-1]

    def cut(self, cut: Cut) -> None:
        last = self._query.parts[-1]
        plain = not cut.last and not self._stage.cuts and self._query.aggregate is None
        if plain and last.limit is None and not last.reverse:
            self._set_last(replace(last, limit=Limit(cut.length, cut.offset)))
        else:
            self.stages[-1] = replace(self._stage, cuts=(*self._stage.cuts, cut))

    def _cut(self, command: Command) -> None:
        if any(output.name in ("uniq", "write") for output in self.outputs):
            self._require_early(command)
        self.cut(_cut_of(command))

    def walk(self, command: Command) -> None:
        direction, far = _WALKS[command.name]
        words = [word.text for word in command.words]
        types = tuple(word for word in words if word != _WITH_ORIGIN)
        first = 0 if _WITH_ORIGIN in words else 1
        # A walk begins with what is left, as it does behind a limit in a search.
        if self._query.aggregate is not None or self._stage.cuts:
            self._open(command)
        last = self._query.parts[-1]
        navigation = Navigation(
            direction,
            first,
            MAX_DEPTH if far else 1,
            out_types=types if direction == "out" else (),
            in_types=types if direction == "in" else (),
        )
        self._set_last(replace(last, navigation=navigation))
        self._set(replace(self._query, parts=(*self._query.parts, Part())))

    def search(self, command: Command) -> None:
        more = self.parsed(command)
        if more.aggregate is not None or more.at is not None:
            raise command.error("aggregate and --at belong to the first search; move them there")
        last = self._open(command)
        if last.sort or last.tag or last.with_clause or isinstance(last.term, Merged):
            self.stages.append(Stage(replace(self._query, parts=(Part(_alone(last.term)),))))
            last = self._query.parts[-1]
        first, *others = more.parts
        joined = replace(first, term=_both(last.term, first.term), usage=first.usage or last.usage)
        self._set(replace(self._query, parts=(*self._query.parts[:-1], joined, *others)))

    def sort(self, command: Command) -> None:
        if not command.words:
            raise command.error("sort needs the name of a field, as in | sort name desc")
        if self._query.aggregate is not None and self._stage.cuts:
            raise command.error("`sort` must stand before `head` and `tail`")
        aggregated = self._query.aggregate is not None
        last = self._query.parts[-1] if aggregated else self._open(command)
        found, *more = self.parsed(command, "all sort ").parts
        if more or found.limit is not None:
            raise command.error("sort takes only names of fields, as in | sort name desc, id")
        self._set_last(replace(last, sort=found.sort, reverse=found.reverse))

    def aggregate(self, command: Command) -> None:
        text = command.rest.rstrip()
        if not text:
            raise command.error("aggregate needs a function, as in | aggregate kind: sum(1) as n")
        # `aggregate region:` names groups alone; then what is counted is the resources.
        after = " sum(1) as count): all" if text.endswith(":") else "): all"
        self._add_aggregate(command, "aggregate(", after)

    def count(self, command: Command) -> None:
        if command.words:
            self._add_aggregate(command, "aggregate(", ": sum(1) as count): all")
            return
        last = self._open(command)
        self._set_last(replace(last, sort=()))
        counted = AggregateFunction("sum", 1, (), "count")
        found = parse("aggregate(sum(1)): all", now=self.moment).aggregate
        assert found is not None
        self._set(replace(self._query, aggregate=replace(found, functions=(counted,))))

    def _add_aggregate(self, command: Command, before: str, after: str) -> None:
        found = self.parsed(command, before, after).aggregate
        last = self._open(command)
        self._set_last(replace(last, sort=()))
        self._set(replace(self._query, aggregate=found))

    def parsed(self, command: Command, before: str = "", after: str = "") -> Query:
        """Parse the words of a command within other text; errors point to the words."""
        start = command.words[0].column if command.words else command.column
        try:
            return parse(f"{before}{command.rest}{after}", self.templates, self.moment)
        except SearchError as error:
            at = 0 if error.column is None else error.column - 1 - len(before)
            column = start + max(0, min(at, len(command.rest)))
            raise SearchError(error.message, self.pipeline.text, column) from None


def _alone(term: Term) -> Term:
    return term.before if isinstance(term, Merged) else term


def _both(one: Term, other: Term) -> Term:
    if isinstance(one, All):
        return other
    if isinstance(other, Merged):
        return replace(other, before=And(one, other.before))
    return one if isinstance(other, All) else And(one, other)


def _cut_of(command: Command) -> Cut:
    """Return the cut of `head 5`, `tail -5` or `limit 10, 5`."""
    words = [number for word in command.words for number in word.text.split(",") if number]
    if not words and command.name != "limit":
        return Cut(_USUAL_CUT, last=command.name == "tail")
    numbers = [word.removeprefix("-") for word in words]
    most = 2 if command.name == "limit" else 1
    if not 1 <= len(numbers) <= most or not all(number.isdecimal() for number in numbers):
        raise command.error(f"{command.name} needs a whole number, as in | {command.name} 10")
    *offset, length = map(int, numbers)
    return Cut(length, offset[0] if offset else 0, last=command.name == "tail")


def _unknown(command: Command) -> SearchError:
    name = command.name
    if name in REFUSED:
        return command.error(f"`| {name}` does not work here: {REFUSED[name]}")
    known = (*_FOLDS, *_CUTS, *ACTIONS, *OUTPUTS)
    close = most_similar(name, (*known, *REFUSED))
    hint = f"did you mean {close}?" if close else f"known: {', '.join(sorted(known))}"
    return command.error(f"unknown command {name!r} ({hint})")


_FOLDS: Mapping[str, Callable[[_Folding, Command], None]] = {
    "aggregate": _Folding.aggregate,
    "count": _Folding.count,
    "match": _Folding.search,
    "query": _Folding.search,
    "search": _Folding.search,
    "sort": _Folding.sort,
    **dict.fromkeys(_WALKS, _Folding.walk),
}
COMMANDS = tuple(sorted((*_FOLDS, *_CUTS, *ACTIONS, *OUTPUTS)))
