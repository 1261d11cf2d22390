"""Parses the text of a configuration; every error names the line and the key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from ebbtide.base.clock import now
from ebbtide.base.errors import ConfigError, Problem
from ebbtide.config.document import Document, Place, read_document
from ebbtide.config.model import Config
from ebbtide.config.opening import HORIZON, never_opens
from ebbtide.config.sentences import sentence_of
from ebbtide.config.yaml_text import Position, refuse
from ebbtide.options.mistakes import MistakesError

# Problems that get a suggestion; a document may have thousands.
_SUGGESTED = 100
_START = Position(1, 1)
NEVER_OPENS = (
    f"never lets a deletion begin in the next {HORIZON.days} days; to delete nothing, set "
    "cleanup.enabled: false"
)


def parse_config(content: str | bytes) -> Config:
    """Parse a configuration from YAML text; an empty text means the defaults.

    Raises ConfigError with one line per problem: where, what is wrong, what is accepted.
    """
    return config_of(read_document(content))


def config_of(document: Document) -> Config:
    """Return the configuration that a document describes. Raises ConfigError."""
    value = document.value
    if value is None and not document.problems:
        return Config()
    if not isinstance(value, dict):
        if document.problems:
            raise ConfigError.of(document.problems)
        refuse(_START, "the configuration must be a mapping of sections")
    problems = list(document.problems)
    try:
        config = Config.model_validate(value)
    except ValidationError as error:
        problems += _Problems(document).of(error)
    else:
        # Only about what is to run: a stored configuration of the past may have ended.
        if never_opens(config.cleanup.calendar, now()):
            place = ("cleanup", "calendar")
            position = document.values.get(place, _START)
            problems.append(Problem(*position, ".".join(place), NEVER_OPENS))
    if problems:
        # Two validators may find the same fault, such as an invalid key and its missing value.
        raise ConfigError.of(sorted(dict.fromkeys(problems)))
    return config


@dataclass(frozen=True, slots=True)
class _Found:
    """A mistake in words; `depth` is the number of steps in pydantic's location."""

    place: Place
    message: str
    depth: int


class _Problems:
    """Finds the places of pydantic's errors in the document."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def of(self, error: ValidationError) -> Iterator[Problem]:
        entries = error.errors(include_url=False, include_input=False)
        found = [one for number, entry in enumerate(entries) for one in self._found(number, entry)]
        for one in _without_alternatives(found):
            if not self._is_broken(one.place):
                yield self._problem(one)

    def _found(self, number: int, entry: Mapping[str, Any]) -> Iterator[_Found]:
        place, depth = self._place(entry["loc"]), len(entry["loc"])
        error = entry.get("ctx", {}).get("error")
        if isinstance(error, MistakesError):
            for mistake in error.mistakes:
                yield _Found((*place, *mistake.place), mistake.message, depth)
            return
        yield _Found(place, sentence_of(entry, place, suggest=number < _SUGGESTED), depth)

    def _place(self, location: Iterable[Any]) -> Place:
        # pydantic adds the names of union members to a location; keep only the steps in the text.
        place: Place = ()
        for step in location:
            if (*place, str(step)) in self._document.keys:
                place = (*place, str(step))
        return place

    def _is_broken(self, place: Place) -> bool:
        return any(place[:length] in self._document.broken for length in range(len(place) + 1))

    def _problem(self, found: _Found) -> Problem:
        # What a validator finds missing has no place of its own; the section around it has one.
        near = found.place
        while near not in self._document.keys and near:
            near = near[:-1]
        unknown = found.message.startswith("unknown key")
        places = self._document.keys if unknown else self._document.values
        position = places.get(near, _START)
        return Problem(*position, ".".join(found.place) or "configuration", found.message)


def _without_alternatives(found: list[_Found]) -> Iterator[_Found]:
    """Yield the mistakes, with the alternatives of one value in one sentence.

    Where a value may be a word or a list, pydantic says of a wrong list that it is not the word
    either. Whoever wrote a list wants to know what is wrong in it.
    """
    alternatives: dict[Place, list[str]] = {}
    inner = {one.place[:length] for one in found for length in range(len(one.place))}
    for one in found:
        if one.message.startswith("must be ") and one.depth > len(one.place):
            alternatives.setdefault(one.place, []).append(one.message.removeprefix("must be "))
    for one in found:
        words = alternatives.get(one.place)
        if words is None or not one.message.startswith("must be "):
            yield one
        elif one.place not in inner:
            yield _Found(one.place, f"must be {', or '.join(dict.fromkeys(words))}", one.depth)
