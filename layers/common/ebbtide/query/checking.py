"""What a search must not say: kinds and fields that do not exist, and what is not collected."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from ebbtide.kinds import known_kinds
from ebbtide.query.errors import SearchError
from ebbtide.query.fields import SECTIONS, SHORTCUTS, known_fields
from ebbtide.query.operands import function_fault, predicate_fault, usage_faults
from ebbtide.query.restricting import named_kind
from ebbtide.query.syntax import (
    Context,
    Function,
    IsKind,
    Navigation,
    Part,
    Path,
    Predicate,
    Query,
    Template,
    Term,
)
from ebbtide.query.walking import children, merges, navigations, path_of, queries, terms, withs

EDGE_TYPES = ("default", "delete", "owns")
_OTHER_CLOUDS = ("azure", "gcp", "k8s", "kubernetes", "digitalocean", "hcloud", "hetzner", "github")
_RELATIVES = ("ancestors", "descendants")

type _Fault = tuple[str, str | None]


def check(query: Query, text: str = "") -> None:
    """Raises SearchError for the first thing in a query that cannot be answered.

    With the text of the search the error has the column of the word that it is about.
    """
    for message, word in _faults(query):
        raise SearchError(message, text, None if word is None else _column(text, word))


def _column(text: str, word: str) -> int | None:
    """Where a word stands first; what came out of a template stands nowhere."""
    match = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text)
    return match.start() + 1 if match else None


def _faults(query: Query) -> Iterator[_Fault]:
    """Each thing that is wrong, and the word of the search that is wrong."""
    everything = list(queries(query))
    names = [m.name for one in everything for part in one.parts for m in merges(part.term)]
    sections = frozenset({*SECTIONS, *names, *(name.partition(".")[0] for name in names)})
    for one in everything:
        yield from _edge_type_faults(one.edge_types)
        for navigation in navigations(one):
            yield from _navigation_faults(navigation)
        for part in one.parts:
            yield from _part_faults(part, sections)
        kind = named_kind(one.parts[-1].term)
        for path in _aggregated(one):
            yield from _path_faults(path, kind, sections)


def _edge_type_faults(types: Iterable[str]) -> Iterator[_Fault]:
    for name in types:
        if name == "iam":
            message = "iam edges are not collected: who may do what is only in the policies"
            yield f"{message}; there are default, delete and owns", name
        elif name not in EDGE_TYPES:
            yield _unknown(name, "type of edges", EDGE_TYPES), name


def _navigation_faults(navigation: Navigation) -> Iterator[_Fault]:
    yield from _edge_type_faults((*navigation.out_types, *navigation.in_types))
    if navigation.edge_filter is not None:
        first = next(filter(None, map(path_of, terms(navigation.edge_filter))), None)
        word = first.first if first else None
        yield "edges have no properties that a condition in braces could ask for", word


def _part_faults(part: Part, sections: frozenset[str]) -> Iterator[_Fault]:
    if part.usage:
        yield from usage_faults(part.usage)
    kind = named_kind(part.term)
    yield from _term_faults(part.term, kind, sections)
    for merge in merges(part.term):
        if len(merge.query.parts) == 1:
            yield f"{merge.name}: needs a navigation, such as --> is(volume)", merge.name
        if merge.query.aggregate:
            yield f"{merge.name}: cannot be an aggregate", merge.name
    for clause in withs(part):
        yield from _term_faults(clause.term, named_kind(clause.term), sections)
    for sort in part.sort:
        yield from _path_faults(sort.path, kind, sections)


def _aggregated(query: Query) -> Iterator[Path]:
    if query.aggregate is None:
        return
    for group in query.aggregate.groups:
        parts = group.by.parts if isinstance(group.by, Template) else (group.by,)
        yield from (part for part in parts if isinstance(part, Path))
    for function in query.aggregate.functions:
        if isinstance(function.operand, Path):
            yield function.operand


# --- terms ---------------------------------------------------------------------------------------


def _term_faults(term: Term, kind: str | None, sections: frozenset[str]) -> Iterator[_Fault]:
    """`kind` is the one that all of this is about, if it is one."""
    yield from _own_faults(term)
    path = path_of(term)
    if path is not None:
        yield from _path_faults(path, kind, sections)
    if isinstance(term, Context):
        # Within an element of an array its names are unknown.
        for inner in terms(term.term):
            yield from _own_faults(inner)
        return
    for child in children(term):
        # `is(a) and x == 1 or is(b)`: only what is joined by `and` is about the same kind.
        yield from _term_faults(child, kind or named_kind(child), sections)


def _own_faults(term: Term) -> Iterator[_Fault]:
    match term:
        case IsKind(names):
            yield from filter(None, map(_kind_fault, names))
        case Predicate():
            yield from ((message, term.path.first) for message in predicate_fault(term))
        case Function():
            yield from ((message, term.name) for message in function_fault(term))


def _kind_fault(name: str) -> _Fault | None:
    if name in known_kinds():
        return None
    cloud = name.partition("_")[0]
    if cloud in _OTHER_CLOUDS:
        return f"{name} is a kind of another cloud; only AWS is collected", name
    return _unknown(name, "kind", known_kinds()), name


def _path_faults(path: Path, kind: str | None, sections: frozenset[str]) -> Iterator[_Fault]:
    names = [step.name for step in path.steps]
    if path.absolute:
        section, *rest = names
        free = sections.union(SHORTCUTS)
        if section == "security":
            yield "no security findings are kept, so that /security has nothing", section
        elif section not in sections:
            yield _unknown(section, "section", sections), section
        elif section in _RELATIVES and rest and not {rest[0], f"{section}.{rest[0]}"} & free:
            yield from filter(None, [_kind_fault(rest[0])])
        if section != "reported" or not rest:
            return
        names = rest
    fields = known_fields(kind) if kind else None
    if fields and names[0] not in fields:
        yield _unknown(names[0], f"field of {kind}", fields), names[0]


def _unknown(name: str, what: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, sorted(known), 1)
    return f"{name} is no known {what}" + (f"; did you mean {close[0]}?" if close else "")
