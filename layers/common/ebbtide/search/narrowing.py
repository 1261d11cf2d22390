"""Find the nodes that can match a term by the graph's indexes, and what remains to be checked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain

from ebbtide.language.fields import SHORTCUTS
from ebbtide.language.restricting import kinds_of
from ebbtide.language.syntax import All, And, IsKind, Path, Predicate, Step, Term
from ebbtide.search.fields import OWN
from ebbtide.search.graph import SearchGraph
from ebbtide.search.node import SPANS
from ebbtide.search.values import COMPARE, equals_only_itself

# Names that are no properties, or lead to something else than the property of that name.
_NOT_STORED = frozenset({*OWN, *SHORTCUTS, *SPANS, *SPANS.values(), "usage"})


# A set of all nodes of a longer list takes more time than to read the nodes of the short one.
MOST_TIMES_LONGER = 10


def narrowed(graph: SearchGraph, term: Term) -> tuple[Iterable[int], Term]:
    """Return the nodes that can match a term, each once, and the rest of the term for them."""
    kinds = kinds_of(term)
    if kinds is None:
        return graph.of_kinds(None), term
    # The properties of an uncertain node may have changed, so no index can tell.
    asked = () if graph.uncertain else tuple(_indexed(term))
    found: dict[Predicate, list[Sequence[int]]] = {}
    for one in asked:
        nodes = [_nodes(graph, kind, one) for kind in sorted(kinds)]
        if None not in nodes:
            found[one] = [some for some in nodes if some is not None]
    if not found:
        return graph.of_kinds(kinds), _unanswered(term, ())
    sizes = {one: sum(map(len, nodes)) for one, nodes in found.items()}
    fewest, *others = sorted(found, key=lambda one: sizes[one])
    useful = [one for one in others if sizes[one] <= MOST_TIMES_LONGER * sizes[fewest]]
    nodes_of_all = _in_all(*(chain.from_iterable(found[one]) for one in (fewest, *useful)))
    return nodes_of_all, _unanswered(term, (fewest, *useful))


def _in_all(nodes: Iterable[int], *others: Iterable[int]) -> Iterable[int]:
    """Return the nodes that are in all of the others, too, in their order."""
    for other in others:
        known = set(other)
        nodes = [node for node in nodes if node in known]
    return nodes


def _indexed(term: Term) -> Iterator[Predicate]:
    """Yield the conditions that a term requires and an index can answer, at least in part."""
    match term:
        case And(left, right):
            yield from _indexed(left)
            yield from _indexed(right)
        case Predicate(Path((Step(name, ()),), False), operator, value, None):
            if name not in _NOT_STORED and (
                _is_text(operator, value) or (operator in COMPARE and type(value) in (int, float))
            ):
                yield term


def _is_text(operator: str, value: object) -> bool:
    """Return whether a condition asks for a text that is neither a number nor a time."""
    return operator == "==" and isinstance(value, str) and equals_only_itself(value)


def _nodes(graph: SearchGraph, kind: str, asked: Predicate) -> Sequence[int] | None:
    """Return the nodes that an index finds for a condition; None without an index."""
    name = asked.path.steps[0].name
    if isinstance(asked.value, str):
        return graph.texts(kind, name).equal(asked.value)
    assert isinstance(asked.value, (int, float))
    numbers = graph.numbers(kind, name)
    return None if numbers is None else numbers.beyond(asked.operator, asked.value)


def _unanswered(term: Term, answered: Collection[Predicate]) -> Term:
    """Return the rest of a term for nodes of its kinds that the indexes found for conditions."""
    match term:
        case And(left, right):
            one, other = _unanswered(left, answered), _unanswered(right, answered)
            return other if one == All() else one if other == All() else And(one, other)
        case IsKind():
            return All()
        case Predicate() if term in answered and _is_text(term.operator, term.value):
            return All()
    return term
