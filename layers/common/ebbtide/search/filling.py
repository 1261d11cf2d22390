"""Fill in templates from a resource, such as "{/ancestors.account.reported.name}-{name}"."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from ebbtide.language.syntax import Merged, Path, Query, Template
from ebbtide.language.texts import write_path
from ebbtide.model.lines import ResourceLine
from ebbtide.search.fields import compile_field
from ebbtide.search.merges import merges_of_paths
from ebbtide.search.node import Context
from ebbtide.search.truth import NOT_KNOWN

type Reader = Callable[[ResourceLine], Any]


class UnknownValueError(Exception):
    """A path of a template has no value, or none that is one text, number or boolean."""


class Filling:
    """Templates by name, compiled for the resources of one snapshot."""

    def __init__(self, templates: Mapping[str, Template], context: Context) -> None:
        self._parts = {
            name: [part if isinstance(part, str) else _reader(part, context) for part in one.parts]
            for name, one in templates.items()
        }

    def of(self, line: ResourceLine) -> dict[str, str]:
        """Return the text of each template. Raises UnknownValueError."""
        return {
            name: "".join(part if isinstance(part, str) else part(line) for part in parts)
            for name, parts in self._parts.items()
        }


def with_merges_for(query: Query, paths: Iterable[Path]) -> Query:
    """Return the query with merges in its last part for the ancestors that the paths name."""
    *before, last = query.parts
    term = last.term if isinstance(last.term, Merged) else Merged(last.term, ())
    made = {merge.name for merge in term.merges}
    more = tuple(merge for merge in merges_of_paths(paths) if merge.name not in made)
    if not more:
        return query
    term = replace(term, merges=(*term.merges, *more))
    return replace(query, parts=(*before, replace(last, term=term)))


def _reader(path: Path, context: Context) -> Callable[[ResourceLine], str]:
    field, name = compile_field(path, context, graded=True), write_path(path)

    def read(line: ResourceLine) -> str:
        value = field.get(line)
        if field.many and isinstance(value, list):
            value = next(iter(value), None)
        if value is NOT_KNOWN or value is None:
            raise UnknownValueError(f"the value of {name} is not known")
        if not isinstance(value, str | int | float):
            raise UnknownValueError(f"{name} is not a single value")
        return value if isinstance(value, str) else json.dumps(value)

    return read
