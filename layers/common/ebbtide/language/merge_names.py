"""Read the name of a merge without its slash: `account.reported.name` after `{account: ...}`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ebbtide.language.fields import SECTIONS
from ebbtide.language.rewriting import Rename, aggregate_with_paths, sorts_with_paths, with_paths
from ebbtide.language.syntax import Merge, Merged, Part, Path, Query
from ebbtide.language.walking import merges


def with_slashes(query: Query) -> Query:
    """Return the query with a slash before each path that names a merge.

    A field may have the same name, so a section of the merge's result must follow it.
    """
    parts = tuple(map(_part, query.parts))
    last = merges(parts[-1].term)
    aggregate = query.aggregate
    if aggregate is not None and last:
        aggregate = aggregate_with_paths(aggregate, _renaming(last))
    return replace(query, parts=parts, aggregate=aggregate)


def _part(part: Part) -> Part:
    term = part.term
    if not isinstance(term, Merged):
        return part
    rename = _renaming(term.merges)
    inner = tuple(replace(one, query=with_slashes(one.query)) for one in term.merges)
    after = None if term.after is None else with_paths(term.after, rename)
    return replace(
        part,
        term=replace(term, merges=inner, after=after),
        sort=sorts_with_paths(part.sort, rename),
    )


def _renaming(made: Iterable[Merge]) -> Rename:
    known = [tuple(merge.name.split(".")) for merge in made]

    def rename(path: Path) -> Path:
        names = tuple(step.name for step in path.steps)
        for name in known:
            rest = names[len(name) :]
            if not path.absolute and names[: len(name)] == name and rest and rest[0] in SECTIONS:
                return replace(path, absolute=True)
        return path

    return rename
