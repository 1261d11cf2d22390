"""Check a search for unknown kinds and fields, and for data that is not collected."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from ebbtide.kinds import known_kinds
from ebbtide.language.errors import SearchError
from ebbtide.language.fields import METADATA, OF_SHORTCUTS, SECTIONS, SHORTCUTS, known_fields
from ebbtide.language.operands import function_fault, known_metrics, predicate_fault, usage_faults
from ebbtide.language.restricting import kinds_of, named_kind
from ebbtide.language.rows import names_of_rows, row_sort
from ebbtide.language.syntax import (
    Aggregate,
    ArrayContext,
    FullText,
    Function,
    HasId,
    IsKind,
    Merge,
    Navigation,
    Part,
    Path,
    Predicate,
    Query,
    Term,
)
from ebbtide.language.texts import write_path
from ebbtide.language.walking import (
    children,
    merges,
    navigations,
    path_of,
    paths_of_aggregate,
    queries,
    terms,
    withs,
)

EDGE_TYPES = ("default", "delete", "needed", "owns")
_OTHER_CLOUDS = ("azure", "gcp", "k8s", "kubernetes", "digitalocean", "hcloud", "hetzner", "github")
_RELATIVES = ("ancestors", "descendants")
_SLASHES_OF_GRAPH_ID = 3
# Such as vol-1, arn:aws:..., app/web: a letter or digit, and a sign that only ids have.
_ID_OF_AWS = re.compile(r"\w[-:/]")
_OF_METRICS = ("avg", "max", "min")

type _Fault = tuple[str, str | None]


def check(query: Query, text: str = "") -> None:
    """Raise SearchError for the first mistake in a query.

    Given the text of the search, the error has the column of the wrong word.
    """
    for message, word in _faults(query):
        raise SearchError(message, text, None if word is None else column_of(text, word))


def column_of(text: str, word: str) -> int | None:
    """Return the column of a word's first occurrence; None if it comes from a template."""
    match = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text)
    return match.start() + 1 if match else None


def _faults(query: Query) -> Iterator[_Fault]:
    """Yield each mistake, with the word of the search that it concerns."""
    everything = list(queries(query))
    names = [m.name for one in everything for part in one.parts for m in merges(part.term)]
    sections = frozenset({*SECTIONS, *names, *(name.partition(".")[0] for name in names)})
    for one in everything:
        yield from _edge_type_faults(one.edge_types)
        for navigation in navigations(one):
            yield from _navigation_faults(navigation)
        for part in one.parts:
            aggregate = one.aggregate if part is one.parts[-1] else None
            yield from _part_faults(part, sections, aggregate)
        kind = named_kind(one.parts[-1].term)
        for path in paths_of_aggregate(one.aggregate) if one.aggregate else ():
            yield from _path_faults(path, kind, sections)


def _edge_type_faults(types: Iterable[str]) -> Iterator[_Fault]:
    for name in types:
        if name == "iam":
            yield "iam edges are not collected; use default, delete, needed or owns", name
        elif name not in EDGE_TYPES:
            yield _unknown(name, "edge type", EDGE_TYPES), name


def _navigation_faults(navigation: Navigation) -> Iterator[_Fault]:
    yield from _edge_type_faults((*navigation.out_types, *navigation.in_types))
    if navigation.edge_filter is not None:
        first = next(filter(None, map(path_of, terms(navigation.edge_filter))), None)
        word = first.first if first else None
        yield "edges have no properties; remove the condition in braces", word


def _part_faults(
    part: Part, sections: frozenset[str], aggregate: Aggregate | None
) -> Iterator[_Fault]:
    if part.usage:
        yield from usage_faults(part.usage)
    kind = named_kind(part.term)
    yield from _term_faults(part.term, kind, sections)
    for merge in merges(part.term):
        if len(merge.query.parts) == 1:
            yield f"merge {merge.name} needs a navigation, such as --> is(volume)", merge.name
        if merge.query.aggregate:
            yield f"merge {merge.name} cannot be an aggregate", merge.name
        if _is_taken(merge):
            yield f"merge {merge.name} has the name of a built-in path; use another name", None
    for clause in withs(part):
        yield from _term_faults(clause.term, named_kind(clause.term), sections)
    yield from _sort_faults(part, kind, sections, aggregate)


def _sort_faults(
    part: Part, kind: str | None, sections: frozenset[str], aggregate: Aggregate | None
) -> Iterator[_Fault]:
    """Yield the mistakes in a sort; one by columns of an aggregate's rows names no fields."""
    columns = [sort for sort in part.sort if aggregate and row_sort(aggregate, sort)]
    if columns and len(columns) < len(part.sort):
        yield (
            "an aggregate sorts either its rows, by groups and functions, or the resources that "
            "it counts, by their fields; name only one of them",
            "sort",
        )
    if aggregate and part.sort and not columns and part.limit is None:
        path = part.sort[0].path
        yield _unknown(write_path(path), "column", names_of_rows(aggregate), " of rows"), path.first
    for sort in () if columns else part.sort:
        yield from _path_faults(sort.path, kind, sections)


def _term_faults(term: Term, kind: str | None, sections: frozenset[str]) -> Iterator[_Fault]:
    """Yield the mistakes in a term; `kind` is the single kind that the term concerns, if any."""
    yield from _own_faults(term)
    path = path_of(term)
    if path is not None:
        yield from _path_faults(path, kind, sections)
    if isinstance(term, ArrayContext):
        # The field names of an array's elements are unknown, so only operands are checked.
        for inner in terms(term.term):
            yield from _own_faults(inner)
            yield from _element_faults(inner)
        return
    for child in children(term):
        # In `is(a) and x == 1 or is(b)`, only terms joined by `and` concern the same kind.
        yield from _term_faults(child, kind or named_kind(child), sections)


def _own_faults(term: Term) -> Iterator[_Fault]:
    match term:
        case IsKind(names):
            yield from filter(None, map(_kind_fault, names))
        case HasId(ids):
            yield from filter(None, map(_id_fault, ids))
        case Predicate():
            yield from ((message, term.path.first) for message in predicate_fault(term))
        case Function():
            yield from ((message, term.name) for message in function_fault(term))


def _element_faults(term: Term) -> Iterator[_Fault]:
    """Yield the conditions that apply to a resource, but not to an element of an array."""
    match term:
        case IsKind(names):
            yield "braces apply to an element of an array, which has no kind", names[0]
        case HasId(names):
            yield "braces apply to an element of an array, which has no id()", names[0]
        case FullText():
            yield "braces apply to an element of an array; move the full text outside", None
    path = path_of(term)
    if path is not None and path.absolute:
        message = "a path in braces starts at an element of the array; remove the slash"
        yield message, path.first


def _is_taken(merge: Merge) -> bool:
    """Return whether the name of a merge would hide a built-in path.

    It may hide the account or region of a resource if it finds just that.
    """
    first, _, second = merge.name.partition(".")
    if first not in _RELATIVES:
        return first in SECTIONS
    if first == "ancestors" and second.partition(".")[0] in SHORTCUTS:
        return kinds_of(merge.query.parts[-1].term) != frozenset({f"aws_{second}"})
    return not second


def _kind_fault(name: str) -> _Fault | None:
    if name in known_kinds():
        return None
    cloud = name.partition("_")[0]
    if cloud in _OTHER_CLOUDS:
        return f"{name} is a kind of another cloud provider; only AWS is collected", name
    return _unknown(name, "kind", known_kinds()), name


def _id_fault(text: str) -> _Fault | None:
    """Return the fault of an id or ARN of AWS where a graph id, which has four parts, belongs."""
    if text.count("/") >= _SLASHES_OF_GRAPH_ID and not text.startswith("arn:"):
        return None
    if not _ID_OF_AWS.search(text):
        return None
    message = (
        f"id() needs a graph id such as 111122223333/us-east-1/aws_vpc/vpc-1, not {text!r}; "
        f'for an id of AWS, write id = "{text}"'
    )
    return message, text


def _path_faults(path: Path, kind: str | None, sections: frozenset[str]) -> Iterator[_Fault]:
    names = [step.name for step in path.steps]
    if path.absolute:
        section, *rest = names
        if section == "security":
            yield "/security is not available: no security findings are kept", section
        elif section not in sections:
            yield _unknown(section, "section", sections), section
        elif section in _RELATIVES:
            yield from _relative_faults(section, rest, sections)
        elif section == "metadata" and rest and rest[0] not in METADATA:
            yield _unknown(rest[0], "field", METADATA, " of /metadata"), rest[0]
        elif section == "usage":
            yield from _usage_faults(rest)
        if section != "reported" or not rest:
            return
        names = rest
    elif names[0] in SHORTCUTS:
        yield from _shortcut_faults(*names)
    elif names[0] == "usage":
        yield from _usage_faults(names[1:])
    fields = known_fields(kind) if kind else None
    if fields and names[0] not in fields:
        yield _unknown(names[0], "field", fields, f" of {kind}"), names[0]


def _relative_faults(section: str, rest: list[str], sections: frozenset[str]) -> Iterator[_Fault]:
    if not rest:
        yield f"/{section} needs a kind, as in /{section}.aws_vpc.reported.name", section
    # A merge may be named ancestors.x or descendants.x; then x need not be a kind.
    elif f"{section}.{rest[0]}" in sections:
        return
    elif section == "ancestors" and rest[0] in SHORTCUTS:
        yield from _shortcut_faults(rest[0], *rest[2:])
        if len(rest) > 1 and rest[1] != "reported":
            fault = _unknown(rest[1], "section", ["reported"], f" of /ancestors.{rest[0]}")
            yield fault, rest[1]
    else:
        yield from filter(None, [_kind_fault(rest[0])])


def _shortcut_faults(level: str, *rest: str) -> Iterator[_Fault]:
    """Yield mistakes in a path below cloud, account, region or zone: only id and name are known."""
    if rest and (rest[0] not in OF_SHORTCUTS or len(rest) > 1):
        known = " and ".join(OF_SHORTCUTS)
        message = f"only {known} of the {level} are available here, not {'.'.join(rest)}"
        more = "" if level in ("cloud", "zone") else f"; see /ancestors.aws_{level}.reported"
        yield message + more, rest[0]


def _usage_faults(rest: list[str]) -> Iterator[_Fault]:
    known = known_metrics()
    if rest and rest[0] not in known:
        yield _unknown(rest[0], "metric", known), rest[0]
    elif len(rest) > 1 and rest[1] not in _OF_METRICS:
        yield _unknown(rest[1], "statistic", _OF_METRICS, " of a metric"), rest[1]


def _unknown(name: str, what: str, known: Iterable[str], owner: str = "") -> str:
    close = get_close_matches(name, sorted(known), 1)
    hint = f" (did you mean {close[0]!r}?)" if close else ""
    return f"unknown {what} {name!r}{owner}{hint}"
