"""The values of a configuration, each with the line that gives it, or none for a default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ebbtide.config import Config
from ebbtide.config.document import Document, Place
from ebbtide.options.section import Section
from ebbtide_cli.yaml_lines import inline


@dataclass(frozen=True, slots=True)
class Effective:
    """A configuration and the document that it was read from."""

    config: Config
    document: Document

    def line(self, place: Place) -> int | None:
        """Return the line that gives a value; None for a default."""
        found = self.document.keys.get(place)
        return None if found is None else found.line

    def tree(self, *, defaults: bool) -> dict[str, Any]:
        """Return all values, or without `defaults` those that the document gives."""
        found: dict[str, Any] = self._of(self.config, (), defaults=defaults)
        return found

    def _of(self, value: Any, place: Place, *, defaults: bool) -> Any:
        if isinstance(value, Section):
            return {
                name: self._of(inner, (*place, name), defaults=defaults)
                for name in type(value).model_fields
                for inner in [getattr(value, name)]
                if (*place, name) in self.document.keys
                or (defaults and not _is_left_out(value, name))
            }
        if isinstance(value, tuple):
            return [
                self._of(inner, (*place, str(number)), defaults=defaults)
                for number, inner in enumerate(value)
            ]
        if isinstance(value, Mapping):
            return {
                str(key): self._of(one, (*place, str(key)), defaults=defaults)
                for key, one in value.items()
            }
        return duration_text(value) if isinstance(value, timedelta) else value


def _is_left_out(value: Section, name: str) -> bool:
    """Return whether a section was not chosen, such as the other actions of a job."""
    from ebbtide.config.sections import model_in

    field = type(value).model_fields[name]
    return getattr(value, name) is None and model_in(field) is not None


def duration_text(length: timedelta) -> str:
    """Return a duration as the configuration has it, such as 7d or 2h30m, without loss."""
    seconds = length.days * 86400 + length.seconds
    parts = []
    for letter, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size:
            parts.append(f"{seconds // size}{letter}")
            seconds %= size
    if length.microseconds:
        parts.append(f"{seconds}.{length.microseconds:06d}s")
    elif seconds or not parts:
        parts.append(f"{seconds}s")
    return "".join(parts)


def leaves(tree: Any, place: Place = (), *, named: bool = False) -> Iterator[tuple[Place, Any]]:
    """Yield each value with its place; a list of plain values is one value.

    With `named`, items have the place of their name, which others that are added do not change.
    """
    if isinstance(tree, dict) and tree:
        for key, inner in tree.items():
            yield from leaves(inner, (*place, key), named=named)
    elif isinstance(tree, list) and any(isinstance(one, dict) for one in tree):
        for number, inner in enumerate(tree):
            name = inner.get("name", number) if named else number
            yield from leaves(inner, (*place, str(name)), named=named)
    else:
        yield place, tree


def yaml_lines(effective: Effective, *, defaults: bool) -> Iterator[str]:
    """Yield a configuration of the same meaning, in which each value says where it comes from."""
    yield from _lines(effective, effective.tree(defaults=defaults), (), "")


def _lines(effective: Effective, tree: Any, place: Place, indent: str) -> Iterator[str]:
    if isinstance(tree, dict):
        for key, inner in tree.items():
            yield from _entry(effective, f"{indent}{inline(key)}:", inner, (*place, key), indent)
        return
    for number, inner in enumerate(tree):
        lines = list(_lines(effective, inner, (*place, str(number)), f"{indent}  "))
        first = lines[0] if lines else f"{indent}  {{}}"
        yield f"{indent}- {first[len(indent) + 2 :]}"
        yield from lines[1:]


def _entry(effective: Effective, lead: str, value: Any, place: Place, indent: str) -> Iterator[str]:
    if _has_lines(value):
        yield lead
        yield from _lines(effective, value, place, f"{indent}  ")
        return
    line = effective.line(place)
    yield f"{lead} {inline(value)}  # {'default' if line is None else f'line {line}'}"


def _has_lines(value: Any) -> bool:
    if isinstance(value, list):
        return any(isinstance(one, dict) for one in value)
    return isinstance(value, dict) and bool(value)
