"""A name that is one letter off is refused wherever it stands, and the right one is accepted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import pytest

from ebbtide.kinds import registry
from ebbtide.language import SearchError, check, errors, shapes
from ebbtide.language.fields import COMMON, METADATA, SHORTCUTS, known_fields
from ebbtide.language.shapes import Code
from ebbtide.language.syntax import (
    Aggregate,
    AggregateFunction,
    All,
    And,
    ArrayContext,
    Function,
    Group,
    IsKind,
    Merge,
    Merged,
    Navigation,
    Not,
    Or,
    Part,
    Path,
    Predicate,
    Query,
    Sort,
    Step,
    Template,
    Term,
    With,
)
from tests.support.effort import sampled

OUT, BACK = Navigation("out"), Navigation("in")
COUNT = AggregateFunction("sum", 1)


def at(*names: str) -> Path:
    return Path(tuple(Step(name) for name in names))


def below(*names: str) -> Path:
    return Path(tuple(Step(name) for name in names), absolute=True)


def null(path: Path) -> Predicate:
    return Predicate(path, "==", None)


def search(*parts: Term) -> Query:
    *before, last = (Part(term) for term in parts)
    return Query((*(Part(part.term, navigation=OUT) for part in before), last))


def merged(kind: str, path: Path, many: bool) -> Query:
    attached = Merge("found", Query((Part(navigation=OUT), Part(IsKind((kind,))))), many)
    return search(Merged(All(), (attached,), null(path)))


def base_of(kind: str) -> str:
    return registry()[kind].kinds[1]


def with_clause(kind: str, field: str) -> Query:
    inner = With(">", 0, OUT, And(IsKind((kind,)), null(at(field))))
    return Query((Part(with_clause=With("==", 0, BACK, All(), inner)),))


# Where a field can stand in a search -> the search.
POSITIONS: dict[str, Callable[[str, str], Query]] = {
    "a kind": lambda kind, field: search(And(IsKind((kind,)), null(at(field)))),
    "before its kind": lambda kind, field: search(And(null(at(field)), IsKind((kind,)))),
    "a base kind": lambda kind, field: search(And(IsKind((base_of(kind),)), null(at(field)))),
    "several kinds": lambda kind, field: search(And(IsKind((kind, "aws_vpc")), null(at(field)))),
    "alternatives": lambda kind, field: search(
        And(Or(IsKind(("aws_vpc",)), IsKind((kind,))), null(at(field)))
    ),
    "one alternative": lambda kind, field: search(
        Or(IsKind(("aws_vpc",)), And(IsKind((kind,)), null(at(field))))
    ),
    "no kind": lambda _, field: search(null(at(field))),
    "negated": lambda kind, field: search(And(IsKind((kind,)), Not(null(at(field))))),
    "its section": lambda kind, field: search(And(IsKind((kind,)), null(below("reported", field)))),
    "a key": lambda kind, field: search(
        And(IsKind((kind,)), Function("has_key", below("reported"), (field,)))
    ),
    "after a step": lambda kind, field: search(
        IsKind(("aws_vpc",)), And(IsKind((kind,)), null(at(field)))
    ),
    "before a step": lambda kind, field: search(
        And(IsKind((kind,)), null(at(field))), IsKind(("aws_vpc",))
    ),
    "after a step to anything": lambda kind, field: search(IsKind((kind,)), null(at(field))),
    "with": with_clause,
    "a sort": lambda kind, field: Query((Part(IsKind((kind,)), sort=(Sort(at(field)),)),)),
    "a group": lambda kind, field: Query(
        (Part(IsKind((kind,))),), Aggregate((Group(at(field)),), (COUNT,))
    ),
    "a template": lambda kind, field: Query(
        (Part(IsKind((kind,))),), Aggregate((Group(Template((at(field),))),), (COUNT,))
    ),
    "a function": lambda kind, field: Query(
        (Part(IsKind((kind,))),), Aggregate((), (AggregateFunction("max", at(field)),))
    ),
    "a condition before a merge": lambda kind, field: search(
        Merged(
            And(IsKind((kind,)), null(at(field))),
            (Merge("found", Query((Part(navigation=OUT), Part()))),),
        )
    ),
    "the search of a merge": lambda kind, field: search(
        Merged(
            All(),
            (
                Merge(
                    "found",
                    Query((Part(navigation=OUT), Part(And(IsKind((kind,)), null(at(field)))))),
                ),
            ),
        )
    ),
}
# The same for the documents of other resources, which have no shortcuts and no usage.
ATTACHED: dict[str, Callable[[str, str], Query]] = {
    "an ancestor": lambda kind, field: search(null(below("ancestors", kind, "reported", field))),
    "a descendant": lambda kind, field: search(null(below("descendants", kind, "reported", field))),
    "a merge": lambda kind, field: merged(kind, below("found", "reported", field), False),
    "a merge of many": lambda kind, field: merged(kind, below("found", "reported", field), True),
    "an ancestor's sort": lambda kind, field: Query(
        (Part(sort=(Sort(below("ancestors", kind, "reported", field)),)),)
    ),
    "an ancestor's group": lambda kind, field: Query(
        (Part(),), Aggregate((Group(below("ancestors", kind, "reported", field)),), (COUNT,))
    ),
}


@cache
def all_names() -> frozenset[str]:
    return frozenset().union(*map(known_fields, registry()))


def misspelt(name: str, known: frozenset[str]) -> str:
    """Return a name that is one letter off and is not known."""
    places = range(len(name) - 1, -1, -1)
    shorter = (name[:place] + name[place + 1 :] for place in places if len(name) > 2)
    longer = (name[:place] + name[place] + name[place:] for place in places)
    return next(one for one in (*shorter, *longer, name + "x") if one not in known)


def is_refused(query: Query) -> bool:
    try:
        check(query)
    except SearchError as error:
        return "unknown field" in error.message
    return False


def some_kinds(part: int) -> list[str]:
    return sampled(sorted(registry()), part)


@pytest.fixture
def unhinted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the hints, which cost much more than the checks."""
    monkeypatch.setattr(errors, "most_similar", lambda *_: None)


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.usefixtures("unhinted")
def test_every_field_is_known_and_its_misspelling_is_refused(position: str) -> None:
    query = POSITIONS[position]
    for kind in some_kinds(30):
        fields = sorted(known_fields(kind))
        if position in ("its section", "a key"):
            fields = [field for field in fields if field not in SHORTCUTS]
        for field in fields:
            check(query(kind, field))
            assert is_refused(query(kind, misspelt(field, all_names()))), (kind, field)


@pytest.mark.parametrize("position", ATTACHED)
@pytest.mark.usefixtures("unhinted")
def test_every_field_of_another_resource_is_known_and_its_misspelling_refused(
    position: str,
) -> None:
    query = ATTACHED[position]
    for kind in some_kinds(30):
        for field in {"kind", *COMMON, *shapes.properties_of(kind)}:
            check(query(kind, field))
            assert is_refused(query(kind, misspelt(field, all_names()))), (kind, field)


def inside(code: Code, depth: int) -> Iterator[tuple[tuple[Step, ...], frozenset[str]]]:
    """Yield the paths to the structures below a property, and the names in each."""
    indexes: tuple[None, ...] = ()
    while isinstance(code, list):
        code, indexes = code[0], (*indexes, None)
    names = shapes.members(code)
    if not names or "*" in names:
        return
    yield (Step("", indexes),), frozenset(names)
    if depth > 1:
        for name, inner in names.items():
            for (first, *rest), known in inside(inner, depth - 1):
                yield (Step("", indexes), Step(name, first.indexes), *rest), known


@pytest.mark.usefixtures("unhinted")
def test_every_name_within_a_property_is_known_and_its_misspelling_is_refused() -> None:
    count = 0
    for kind in some_kinds(12):
        for field, code in shapes.properties_of(kind).items():
            if field in COMMON:  # which the resource's own field hides
                continue
            for (first, *rest), known in inside(code, 2):
                path = (Step(field, first.indexes), *rest)
                for name in known:
                    count += 1
                    for query in within(kind, path, name):
                        check(query)
                    for query in within(kind, path, misspelt(name, known)):
                        assert is_refused(query), (kind, path, name)
    assert count > 400


def within(kind: str, path: tuple[Step, ...], name: str) -> Iterator[Query]:
    """Yield searches for a name below a path: as a path, in braces, as a key, of an ancestor."""
    yield search(And(IsKind((kind,)), null(Path((*path, Step(name))))))
    yield search(And(IsKind((kind,)), ArrayContext(Path(path), null(at(name)))))
    yield search(And(IsKind((kind,)), Function("has_key", Path(path), (name,))))
    above = (Step("ancestors"), Step(kind), Step("reported"))
    yield search(null(Path((*above, *path, Step(name)), absolute=True)))


@pytest.mark.parametrize("name", METADATA)
def test_every_name_of_the_metadata_is_known_and_its_misspelling_is_refused(name: str) -> None:
    wrong = misspelt(name, frozenset(METADATA))
    for path in (("metadata",), ("ancestors", "aws_vpc", "metadata"), ("found", "metadata")):
        check(merged("aws_vpc", below(*path, name), False))
        assert is_refused(merged("aws_vpc", below(*path, wrong), False))
        assert is_refused(search(Function("has_key", below("metadata"), (wrong,))))


def test_a_misspelt_key_of_a_tag_is_none() -> None:
    check(search(And(IsKind(("aws_vpc",)), null(at("tags", "ownr")))))
    check(search(Function("has_key", at("tags"), ("ownr",))))
