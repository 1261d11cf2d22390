"""What each relation without an order does to a plan, from the recorded answer of its kind.

One resource is read from the record, and the other expires; only the strength of the relation
between them decides whether it may go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ebbtide.collect.to_resource import Place, build_references, build_resource
from ebbtide.kinds import registry
from ebbtide.model.kind import Kind, Relation
from ebbtide.model.resource import GLOBAL, Reference, Resource
from tests.faults.relations.reading import OLD, Reading, plan_of
from tests.support.builders import ACCOUNT, NOW, REGION, codes, days_ago, ids
from tests.support.gathering import LISTED, gather
from tests.support.referring import referred_to
from tests.unit.kinds.test_recorded_answers import list_documents

# Fewer cells would mean that the matrix has lost kinds: it had so many when it was written.
LEAST_NEEDED, LEAST_OTHERS = 200, 100


@dataclass(frozen=True)
class Use:
    """One relation of a recorded resource, and the resource that it refers to, expired."""

    user: Resource
    relation: Relation
    reference: Reference
    used: Resource
    # What a user that only joins resources joins this one with.
    joined: tuple[tuple[Reference, Resource], ...] = ()

    def __str__(self) -> str:
        position = self.reference.position
        return f"{self.user.kind} {position} | {self.relation.path} | {self.used.kind}"

    def codes(self) -> dict[str, str]:
        """Return why the expired resource stays; empty if it is planned."""
        references = (self.reference, *(reference for reference, _ in self.joined))
        others = [other for _, other in self.joined]
        plan = plan_of(Reading((self.user,), references), self.used, *others)
        refused = codes([*plan.refused, *plan.undecided])
        assert ids(plan.planned) | refused.keys() == {self.used.id}
        return refused


def can_be_planned(kind: Kind) -> bool:
    """Say whether a rule can select it: opt-in kinds are refused to all but jobs that name them."""
    return bool(kind.delete and not kind.opt_in)


def uses_of(kind: Kind) -> Iterator[Use]:
    """Yield a use for each relation without an order to something that can be deleted."""
    region = GLOBAL if kind.scope == "global" else REGION
    unfound = {
        position: relation
        for position, relation in enumerate(kind.relations)
        if relation.strength and can_be_planned(registry()[relation.kind])
    }
    for document in list_documents(kind):
        built = build_resource(kind, document, Place(ACCOUNT, region, "aws"))
        long_ago = days_ago(100)
        user = replace(built, first_seen=long_ago, updated=long_ago, last_seen=NOW)
        references = list(build_references(kind, document, user))
        for reference in references:
            relation = unfound.pop(reference.position, None)
            if relation:
                used = referred_to(relation, reference.value, REGION, OLD)
                yield Use(user, relation, reference, used, joined_with(kind, reference, references))
    assert not unfound, f"the record of {kind.name} lacks {[*unfound.values()]}"


def joined_with(
    kind: Kind, reference: Reference, references: Iterable[Reference]
) -> tuple[tuple[Reference, Resource], ...]:
    """Return the other ends of a resource that does nothing but join its ends."""
    named = [(one, kind.relations[one.position]) for one in references if one != reference]
    return tuple(
        (one, referred_to(relation, one.value, REGION))
        for one, relation in named
        if kind.joins and relation.strength == "needed"
    )


USES = {str(use): use for kind in LISTED.kinds() for use in uses_of(kind)}
NEEDS = {name: use for name, use in USES.items() if use.relation.strength == "needed"}
OTHERS = {name: use for name, use in USES.items() if name not in NEEDS}


def test_what_anything_needs_is_refused() -> None:
    def check(use: Use) -> None:
        assert use.codes() == {use.used.id: "needed"}

    assert gather(NEEDS, check) >= LEAST_NEEDED


def test_origins_and_what_is_watched_or_past_may_go() -> None:
    def check(use: Use) -> None:
        assert use.codes() == {}

    assert gather(OTHERS, check) >= LEAST_OTHERS


def test_a_user_that_has_ended_needs_nothing() -> None:
    def check(use: Use) -> None:
        assert replace(use, user=replace(use.user, ended=True)).codes() == {}

    assert gather(NEEDS, check) >= LEAST_NEEDED
