"""Parses the text of a configuration; every error names the line and the key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml
from pydantic import ValidationError

from ebbtide.base.errors import ConfigError
from ebbtide.config.model import Config

type Place = tuple[str | int, ...]


def parse_config(text: str) -> Config:
    """Parse a configuration from YAML text; an empty text means the defaults.

    Raises ConfigError with one line per problem: where, what is wrong, what is accepted.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        document = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"line {line}: not valid YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(f"not valid YAML: {error}") from error
    if root is None:
        return Config()
    if not isinstance(document, dict):
        raise ConfigError("line 1: the configuration must be a mapping of sections")
    lines = dict(_lines(root, ()))
    try:
        return Config.model_validate(document)
    except ValidationError as error:
        problems = [_problem(entry, lines) for entry in error.errors()]
        raise ConfigError("\n".join(dict.fromkeys(problems))) from error


def _lines(node: yaml.Node, place: Place) -> Iterator[tuple[Place, int]]:
    """Yield each place of the document with its line; raises ConfigError for a repeated key."""
    yield place, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                raise ConfigError(f"line {key.start_mark.line + 1}: {name} is given twice")
            seen.add(name)
            yield (*place, name), key.start_mark.line + 1
            yield from _children(value, (*place, name))
    elif isinstance(node, yaml.SequenceNode):
        for position, value in enumerate(node.value):
            yield from _lines(value, (*place, position))


def _children(node: yaml.Node, place: Place) -> Iterator[tuple[Place, int]]:
    # The place of a mapping value is reported at the line of its key, where people look.
    return (entry for entry in _lines(node, place) if entry[0] != place)


def _problem(entry: Any, lines: dict[Place, int]) -> str:
    """Return one error of pydantic as a line: the line in the text, the key, and the problem."""
    # pydantic adds the names of union members to a location; keep only the steps in the text.
    place: Place = ()
    for step in entry["loc"]:
        if (*place, step) in lines:
            place = (*place, step)
    if entry["type"] == "extra_forbidden":
        message = "unknown key"
    else:
        message = entry["msg"].removeprefix("Value error, ")
    where = ".".join(str(step) for step in place) or "configuration"
    return f"line {lines.get(place, 1)}: {where}: {message}"
