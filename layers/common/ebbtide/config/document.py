"""Reads YAML into plain values, each with its position.

What aliases and merge keys repeat is counted as often as it is repeated, so that a small document
cannot mean a large one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from ebbtide.base.errors import Problem
from ebbtide.config.yaml_text import (
    LOADER,
    MAX_DEPTH,
    MAX_VALUES,
    Position,
    check_events,
    checked_text,
    place_in,
    position_of,
    refuse,
    refuse_depth,
    refuse_values,
    sentence_of_yaml,
)

type Place = tuple[str, ...]

_TAG = "tag:yaml.org,2002:"
_MERGE = f"{_TAG}merge"
# What the plain texts << and = mean elsewhere than as a key.
_SIGNS = {_MERGE, f"{_TAG}value"}
_SCALARS = {f"{_TAG}{name}" for name in ("str", "int", "float", "bool", "null", "timestamp")}


@dataclass(slots=True)
class Document:
    """The value of a document, and where each of its keys and items is.

    The position of a key is that of its value if both share a line, else its own. `problems` are
    mistakes of the YAML that do not keep the rest from being checked.
    """

    value: Any = None
    keys: dict[Place, Position] = field(default_factory=dict)
    values: dict[Place, Position] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    # The places of these mistakes, whose values are not known.
    broken: set[Place] = field(default_factory=set)


def read_document(content: str | bytes) -> Document:
    """Read a YAML document. Raises ConfigError if it is not YAML, or beyond the limits."""
    text = checked_text(content)
    try:
        check_events(text)
        root = yaml.compose(text, Loader=LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        # libyaml counts a line break at the end, whether there is one or not.
        end = place_in(text, len(text))
        position = min(position_of(mark), end) if mark else end
        refuse(position, f"not valid YAML: {sentence_of_yaml(error)}")
    except yaml.YAMLError as error:
        refuse(Position(1, 1), f"not valid YAML: {error}")
    document = Document()
    if root is not None:
        _Builder(document).build(root)
    return document


class _Builder:
    """Turns nodes into values, and counts what aliases and merge keys repeat."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._scalars = yaml.constructor.SafeConstructor()
        self._count = 0
        # The nodes that are being built: an alias to one of them would never end.
        self._open: set[int] = set()

    def build(self, root: yaml.Node) -> None:
        self._note((), root)
        self._document.value = self._value(root, ())

    def _value(self, node: yaml.Node, place: Place) -> Any:
        self._enter(node, place)
        try:
            if isinstance(node, yaml.ScalarNode):
                return self._scalar(node, place)
            if isinstance(node, yaml.SequenceNode) and node.tag == f"{_TAG}seq":
                return self._sequence(node, place)
            if isinstance(node, yaml.MappingNode) and node.tag == f"{_TAG}map":
                return self._mapping(node, place)
            self._complain(node, place, _refused_tag(node.tag))
            return None
        finally:
            self._open.discard(id(node))

    def _enter(self, node: yaml.Node, place: Place) -> None:
        self._count += 1
        if self._count > MAX_VALUES:
            refuse_values(position_of(node.start_mark))
        if len(place) > MAX_DEPTH:
            refuse_depth(position_of(node.start_mark))
        if id(node) in self._open:
            refuse(position_of(node.start_mark), "an alias (*) repeats the value that contains it")
        self._open.add(id(node))

    def _scalar(self, node: yaml.ScalarNode, place: Place) -> Any:
        if node.tag in _SIGNS:
            return node.value
        if node.tag not in _SCALARS:
            self._complain(node, place, _refused_tag(node.tag))
            return None
        try:
            return self._scalars.construct_object(node)
        except (ValueError, yaml.YAMLError, KeyError, IndexError):
            kind = node.tag.removeprefix(_TAG)
            self._complain(
                node, place, f"{node.value[:40]!r} is not a valid {kind}; put it in quotes"
            )
            return None

    def _sequence(self, node: yaml.SequenceNode, place: Place) -> list[Any]:
        found = []
        for number, item in enumerate(node.value):
            inner = (*place, str(number))
            self._note(inner, item)
            found.append(self._value(item, inner))
        return found

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        names: set[str] = set()
        merged = [value for key, value in node.value if key.tag == _MERGE]
        for key, value in node.value:
            name = None if key.tag == _MERGE else self._name(key, place)
            if name is None:
                continue
            if name in names:
                self._add(key, (*place, name), "the key is given twice")
                continue
            names.add(name)
            self._note((*place, name), value, key)
            found[self._scalar(key, place)] = self._value(value, (*place, name))
        for source in merged:
            self._merge(source, place, found)
        return found

    def _merge(self, source: yaml.Node, place: Place, found: dict[Any, Any]) -> None:
        """Add what a merge key (<<) repeats; the keys of the mapping itself win."""
        several = isinstance(source, yaml.SequenceNode)
        for one in source.value if several else [source]:
            if not isinstance(one, yaml.MappingNode):
                self._complain(one, place, "a merge key (<<) needs a mapping or a list of mappings")
                continue
            self._enter(one, place)
            for key, value in self._mapping_of_merge(one, place, found):
                found.setdefault(key, value)
            self._open.discard(id(one))

    def _mapping_of_merge(
        self, node: yaml.MappingNode, place: Place, found: dict[Any, Any]
    ) -> Iterator[tuple[Any, Any]]:
        merged = [value for key, value in node.value if key.tag == _MERGE]
        for key, value in node.value:
            name = None if key.tag == _MERGE else self._name(key, place)
            if name is None:
                continue
            known = self._scalar(key, place)
            if known not in found:
                self._note((*place, name), value, key)
                yield known, self._value(value, (*place, name))
        for source in merged:
            self._merge(source, place, found)

    def _name(self, key: yaml.Node, place: Place) -> str | None:
        """Return a key as text; None, and a problem, if it is a list or a mapping."""
        self._count += 1
        if isinstance(key, yaml.ScalarNode):
            return str(key.value)
        self._complain(key, place, "a key must be a text")
        return None

    def _note(self, place: Place, node: yaml.Node, key: yaml.Node | None = None) -> None:
        own = position_of((key or node).start_mark)
        value = position_of(node.start_mark)
        # The value of an alias is elsewhere.
        near = value if value.line == own.line else own
        self._document.keys.setdefault(place, own)
        self._document.values.setdefault(place, near)

    def _complain(self, node: yaml.Node, place: Place, message: str) -> None:
        self._add(node, place, message)
        self._document.broken.add(place)

    def _add(self, node: yaml.Node, place: Place, message: str) -> None:
        path = ".".join(place)
        self._document.problems.append(Problem(*position_of(node.start_mark), path, message))


def _refused_tag(tag: str) -> str:
    shown = tag.replace(_TAG, "!!")[:60]
    return f"the tag {shown} is not allowed; write the plain value"
