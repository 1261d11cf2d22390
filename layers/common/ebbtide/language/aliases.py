"""Replace Resoto's names of fields by those of Ebbtide, which has AWS's names in snake_case.

tools/resoto_names.py wrote the table. A name of Ebbtide always comes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path as File
from typing import Any

import orjson

from ebbtide.kinds import concrete_kinds
from ebbtide.language.fields import COMMON, known_fields
from ebbtide.language.joining import Kinds, all_kinds
from ebbtide.language.restricting import kinds_of
from ebbtide.language.rewriting import aggregate_with_paths, sorts_with_paths
from ebbtide.language.rows import row_sort
from ebbtide.language.syntax import (
    And,
    ArrayContext,
    Function,
    IsKind,
    Merge,
    Merged,
    Not,
    Or,
    Part,
    Path,
    Predicate,
    Query,
    Sort,
    Step,
    Term,
    With,
)
from ebbtide.language.texts import write_path
from ebbtide.language.walking import merges

# Name -> the path where Ebbtide stores the value, or a tree of the names below it. In a tree, ""
# is the path of the value itself, if it differs.
type Tree = Mapping[str, Any]

_RELATIVES = ("ancestors", "descendants")


class AliasError(Exception):
    """A name of Resoto that has no single meaning here, or whose value is not read."""

    def __init__(self, message: str, word: str) -> None:
        super().__init__(message)
        self.message, self.word = message, word


def without_aliases(query: Query, start: Kinds | None = None) -> Query:
    """Return the query with the names of Ebbtide. Raises AliasError.

    `start` are the kinds at which a merge begins.
    """
    first, *rest = query.parts
    parts = [_part(first, start, query), *(_part(part, None, query) for part in rest)]
    aggregate = query.aggregate
    if aggregate is not None:
        last = query.parts[-1].term
        aggregate = aggregate_with_paths(aggregate, _Renaming(kinds_of(last), merges(last)))
    return replace(query, parts=tuple(parts), aggregate=aggregate)


def _part(part: Part, start: Kinds | None, query: Query) -> Part:
    kinds = _narrowed(start, kinds_of(part.term))
    renaming = _Renaming(kinds, merges(part.term))
    return replace(
        part,
        term=renaming.term(part.term),
        with_clause=_clause(part.with_clause),
        sort=_sorts(part, query, renaming),
    )


def _narrowed(kinds: Kinds | None, wanted: Kinds | None) -> Kinds | None:
    if kinds is None or wanted is None:
        return wanted if kinds is None else kinds
    return kinds & wanted


def _sorts(part: Part, query: Query, renaming: _Renaming) -> tuple[Sort, ...]:
    """Return the sorts; those by columns of an aggregate keep the names of the columns."""
    aggregate = query.aggregate if part is query.parts[-1] else None
    if aggregate is not None and any(row_sort(aggregate, sort) for sort in part.sort):
        return part.sort
    return sorts_with_paths(part.sort, renaming)


def _clause(clause: With | None) -> With | None:
    if clause is None:
        return None
    return replace(
        clause,
        term=_Renaming(kinds_of(clause.term)).term(clause.term),
        inner=_clause(clause.inner),
        also=_clause(clause.also),
    )


class _Renaming:
    """Replaces paths about resources of these kinds; None means all kinds."""

    def __init__(self, kinds: Kinds | None, attached: Iterable[Merge] = ()) -> None:
        self.kinds = kinds
        self.attached = {merge.name: kinds_of(merge.query.parts[-1].term) for merge in attached}

    def __call__(self, path: Path) -> Path:
        groups = self.groups(path)
        if len(groups) > 1:
            raise AliasError(_ambiguous(path, groups), _field(path))
        (found,) = groups
        return found

    def groups(self, path: Path) -> Mapping[Path, Kinds]:
        """Return the paths that a path means, and the kinds for which it means each of them."""
        place, kinds = self._reported(path) if path.absolute else (0, self.kinds)
        among = all_kinds() if kinds is None else kinds
        if place is None or path.steps[place].name in COMMON:
            return {path: among}
        return _groups(path, among, place)

    def _reported(self, path: Path) -> tuple[int | None, Kinds | None]:
        """Return where the fields of a resource begin in an absolute path, and its kinds."""
        names = [step.name for step in path.steps]
        place = names.index("reported") + 1 if "reported" in names else len(names)
        if place == len(names):
            return None, None
        before = names[: place - 1]
        if not before:
            return place, self.kinds
        if (name := ".".join(before)) in self.attached:
            return place, self.attached[name]
        if len(before) == 2 and before[0] in _RELATIVES:
            return place, concrete_kinds([before[1]])
        return None, None

    def term(self, term: Term) -> Term:
        """Return a term with the names of Ebbtide; each branch concerns its own kinds."""
        own = _narrowed(self.kinds, kinds_of(term))
        here = self if own == self.kinds else self._of(own)
        match term:
            case Predicate(path) | Function(_, path) | ArrayContext(path):
                own_field = not path.absolute or path.first == "reported"
                groups = here.groups(path)
                if own_field and len(groups) > 1:
                    return here._split(term, groups.values())
                return here._renamed(term)
            case Not(inner):
                return Not(here.term(inner))
            case And(left, right) | Or(left, right):
                return type(term)(here.term(left), here.term(right))
            case Merged(before, made, after):
                return Merged(
                    here.term(before),
                    tuple(replace(m, query=without_aliases(m.query, own)) for m in made),
                    None if after is None else here.term(after),
                )
            case _:
                return term

    def _renamed(self, term: Predicate | Function | ArrayContext) -> Term:
        if isinstance(term, ArrayContext):
            return ArrayContext(self(term.path), self._element(term.path, term.term))
        return replace(term, path=self(term.path))

    def _split(self, term: Predicate | Function | ArrayContext, groups: Iterable[Kinds]) -> Term:
        """Return a term that asks each group of kinds for its own field.

        Kinds without any such field behave as if it were null.
        """
        if isinstance(term, Predicate) and term.quantifier is not None:
            raise AliasError(_ambiguous(term.path, self.groups(term.path)), _field(term.path))
        found: Term | None = None
        for kinds in filter(None, groups):
            own, kind = self._of(kinds)._renamed(term), IsKind(tuple(sorted(kinds)))
            if _holds_for_null(term):
                here: Term = Or(Not(kind), own)
                found = here if found is None else And(found, here)
            else:
                here = And(kind, own)
                found = here if found is None else Or(found, here)
        assert found is not None
        return found

    def _of(self, kinds: Kinds | None) -> _Renaming:
        found = _Renaming(kinds)
        found.attached = self.attached
        return found

    def _element(self, outer: Path, inner: Term) -> Term:
        """Return the conditions on an element of an array, whose names depend on the array's."""
        match inner:
            case Predicate(path) | Function(_, path):
                return replace(inner, path=self._below(outer, path))
            case ArrayContext(path, term):
                joined = replace(outer, steps=(*outer.steps, *path.steps))
                return ArrayContext(self._below(outer, path), self._element(joined, term))
            case Not(term):
                return Not(self._element(outer, term))
            case And(left, right) | Or(left, right):
                return type(inner)(self._element(outer, left), self._element(outer, right))
            case _:
                return inner

    def _below(self, outer: Path, path: Path) -> Path:
        if path.absolute:
            return path
        whole = self(replace(outer, steps=(*outer.steps, *path.steps)))
        return replace(path, steps=whole.steps[len(self(outer).steps) :])


def _groups(path: Path, among: Kinds, place: int) -> Mapping[Path, Kinds]:
    """Return the meanings of a path whose fields begin at `place`, and the kinds of each.

    A field that any of the kinds has is meant itself. If a kind without the alias has a field that
    is called like the meaning, an empty group shows that this field is not meant.
    """
    before, steps = path.steps[:place], path.steps[place:]
    name = steps[0].name
    found: dict[Path, set[str]] = {}
    for kind in sorted(among):
        new = replace(path, steps=(*before, *steps_in(kind, steps)))
        found.setdefault(new, set()).add(kind)
    others = found.pop(path, set())
    if found and len(among) > 1 and any(_has(kind, name) for kind in among):
        return {path: among}
    if not found:
        if not any(_has(kind, name) for kind in others):
            _require_read(name, among)
        return {path: among}
    groups = {new: frozenset(kinds) for new, kinds in found.items()}
    mixed = any(_has(kind, new.steps[place].name) for kind in others for new in groups)
    return {**groups, path: frozenset()} if mixed and len(groups) == 1 else groups


def _has(kind: str, name: str) -> bool:
    return name in (known_fields(kind) or ())


def _field(path: Path) -> str:
    """Return the name of the field in a path."""
    names = [step.name for step in path.steps]
    return names[names.index("reported") + 1] if "reported" in names[:-1] else names[0]


def _ambiguous(path: Path, groups: Mapping[Path, Kinds]) -> str:
    meanings = [f"{write_path(one)} of {min(kinds)}" for one, kinds in groups.items() if kinds]
    return (
        f"{_field(path)} is a name of Resoto whose meaning depends on the kind, such as "
        f"{meanings[0]}; restrict the search to one kind by is(...)"
    )


def _holds_for_null(term: Predicate | Function | ArrayContext) -> bool:
    if not isinstance(term, Predicate):
        return False
    value = term.value
    match term.operator:
        case "==":
            return value is None
        case "!=":
            return value is not None
        case "in":
            return isinstance(value, list) and None in value
        case "not in":
            return not isinstance(value, list) or None not in value
        case operator:
            return operator == "!~"


def _require_read(name: str, kinds: Kinds) -> None:
    """Raise AliasError if Resoto reads a value that Ebbtide does not read for any of the kinds."""
    unread = [kind for kind in sorted(kinds) if name in table().get(kind, {}).get("unread", ())]
    if unread:
        raise AliasError(
            f"{name} cannot be searched: Ebbtide does not read this value of {unread[0]}", name
        )


def steps_in(kind: str, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return the steps of a path below `reported` with the names that one kind has.

    Names of Ebbtide stay as they are.
    """
    tree: Tree = table().get(kind, {}).get("aliases", {})
    found: list[Step] = []
    for place, step in enumerate(steps):
        entry = tree.get(step.name)
        own = place == 0 and step.name in (known_fields(kind) or ())
        target = None if own and isinstance(entry, str) else entry
        tree = entry if isinstance(entry, dict) else {}
        if isinstance(target, dict):
            target = None if own else target.get("")
        found += [step] if target is None else _steps(target, step)
    return tuple(found)


def _steps(target: str, step: Step) -> list[Step]:
    *before, last = target.split(".")
    return [*map(Step, before), Step(last, step.indexes)]


@cache
def table() -> Mapping[str, Mapping[str, Any]]:
    """Return the aliases and the unread fields of each kind."""
    found: Mapping[str, Mapping[str, Any]] = orjson.loads(
        File(__file__).with_name("aliases.json").read_bytes()
    )
    return found
