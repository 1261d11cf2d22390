"""Read the name of a merge without its slash: `account.reported.name` after `{account: ...}`."""

from __future__ import annotations

from dataclasses import replace

from ebbtide.language.fields import COMMON, SECTIONS, known_fields
from ebbtide.language.restricting import kinds_of
from ebbtide.language.rewriting import Rename, aggregate_with_paths, sorts_with_paths, with_paths
from ebbtide.language.syntax import Merged, Part, Path, Query, Term
from ebbtide.language.walking import merges


def with_slashes(query: Query) -> Query:
    """Return the query with a slash before each path that names a merge.

    A field may have the same name, so a section of the merge's result must follow it, or no kind of
    the search may have such a field.
    """
    parts = tuple(map(_part, query.parts))
    last = parts[-1].term
    aggregate = query.aggregate
    if aggregate is not None and merges(last):
        aggregate = aggregate_with_paths(aggregate, _renaming(last))
    return replace(query, parts=parts, aggregate=aggregate)


def _part(part: Part) -> Part:
    term = part.term
    if not isinstance(term, Merged):
        return part
    rename = _renaming(term)
    inner = tuple(replace(one, query=with_slashes(one.query)) for one in term.merges)
    after = None if term.after is None else with_paths(term.after, rename)
    return replace(
        part,
        term=replace(term, merges=inner, after=after),
        sort=sorts_with_paths(part.sort, rename),
    )


def _renaming(term: Term) -> Rename:
    known = [tuple(merge.name.split(".")) for merge in merges(term)]
    kinds = kinds_of(term)

    def rename(path: Path) -> Path:
        names = tuple(step.name for step in path.steps)
        for name in known:
            rest = names[len(name) :]
            if path.absolute or names[: len(name)] != name:
                continue
            if rest[0] in SECTIONS if rest else not _may_be_field(name[0], kinds):
                return replace(path, absolute=True)
        return path

    return rename


def _may_be_field(name: str, kinds: frozenset[str] | None) -> bool:
    """Return whether a name can be a field of these kinds; None means all kinds."""
    if name in COMMON or kinds is None:
        return True
    fields = map(known_fields, kinds)
    return any(known is None or name in known for known in fields)
