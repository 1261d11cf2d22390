"""A value that could name a resource of a relation's kind either matches or counts as unknown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from ebbtide.collect.to_resource import (
    Place,
    build_resource,
    references_in,
    relation_values,
)
from ebbtide.graph.edges import identities_of
from ebbtide.kinds import _forms, registry
from ebbtide.kinds._forms import arn_fits, may_mean
from ebbtide.model.kind import Kind, Relation
from ebbtide.model.relations import held, is_other, reference_values
from tests.support.gathering import LISTED, for_each
from tests.unit.kinds.test_recorded_answers import ACCOUNT, REGION, list_documents

TARGETS = {relation.kind for kind in registry().values() for relation in kind.relations}
PLACE = Place(ACCOUNT, REGION, "aws")


@cache
def identities(name: str) -> frozenset[tuple[str, str]]:
    """Return how AWS may name the recorded resources of a kind: pairs of identity and text.

    A name with a space or a colon is one for people, and a kind without a label has no name but a
    tag.
    """
    kind = registry()[name]
    if kind not in LISTED.kinds():
        return frozenset()
    found = [build_resource(kind, item, PLACE) for item in list_documents(kind)]
    return frozenset(
        (by, text)
        for one in found
        for by, text in identities_of(one.subject, one.properties)
        if by != "name" or (kind.label and not set(" :") & set(text))
    )


def texts(relation: Relation) -> list[str]:
    """Return the texts by which a relation's path could name a resource of its kind.

    An alias, such as the VPC of an internet gateway, names it only where the relation says so;
    pointers do everywhere.
    """
    kind = registry()[relation.kind]
    pointer = kind.pointers
    return sorted(
        text
        for by, text in identities(relation.kind)
        if by in ("id", "arn", "name", relation.by) or (pointer and re.search(pointer, text))
    )


def patterned(kind: Kind) -> Iterator[Relation]:
    """Yield the relations that could hold up a deletion and pick references by a pattern."""
    return (one for one in kind.relations if one.pattern and held(one))


def understood(kind: Kind, relation: Relation, text: str) -> bool:
    """Say whether a relation at the same path understands a text."""
    same_path = (one for one in kind.relations if one.path == relation.path)
    return any(list(reference_values(one, text, PLACE.names)) for one in same_path)


@for_each(LISTED)
def test_an_identity_matches_or_is_an_unknown_reference(kind: Kind) -> None:
    overlooked = [
        (relation.path, relation.kind, text)
        for relation in patterned(kind)
        for text in texts(relation)
        if not list(references_in(kind, relation, text, PLACE.names))
        and not understood(kind, relation, text)
        and not is_other(relation, text)
    ]
    assert overlooked == []


def test_the_property_covers_the_registry() -> None:
    covered = [
        (kind.name, relation.path, text)
        for kind in LISTED.kinds()
        for relation in patterned(kind)
        for text in texts(relation)
    ]
    assert len(covered) > 500


@for_each(LISTED)
def test_every_identity_may_mean_its_kind(kind: Kind) -> None:
    if kind.name not in TARGETS:
        return
    found = [text for by, text in identities(kind.name) if by in ("id", "arn", "name")]
    assert [text for text in found if not may_mean(kind.name, text)] == []


@for_each(LISTED)
def test_a_recorded_answer_leaves_no_reference_unknown(kind: Kind) -> None:
    """A doubt that every estate has would keep everything for ever."""
    unknown = [
        (relation.path, relation.kind, text)
        for item in list_documents(kind)
        for relation in patterned(kind)
        for value in relation_values(relation, item)
        for text, is_understood in references_in(kind, relation, value, PLACE.names)
        if not is_understood
    ]
    assert unknown == []


@for_each(LISTED)
def test_the_form_of_its_arns_is_known(kind: Kind) -> None:
    if kind.arn is None:
        return
    found = {build_resource(kind, item, PLACE).arn for item in list_documents(kind)}
    assert kind.name in _forms._forms()["arns"], _forms.form_of(str(next(iter(found))))
    assert [arn for arn in found if arn and not arn_fits(kind.name, arn)] == []


def test_no_form_is_kept_for_a_kind_that_is_gone() -> None:
    forms = _forms._forms()
    assert {*forms["arns"], *forms["ids"], *forms["url_ids"]} <= set(registry())


def test_another_kind_an_address_and_running_text_mean_nothing() -> None:
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:orders"
    for text in (topic, "10.0.0.7", "https://shop.example.com/x", "made by hand", "a@example.com"):
        assert not may_mean("aws_lambda_function", text)
        assert not may_mean("aws_ec2_volume", text)
    assert not may_mean("aws_ec2_volume", "shop")
    assert may_mean("aws_ec2_volume", "volume: vol-0a1b2c3d4e5f60001")
    assert may_mean("aws_lambda_function", "shop")
    assert may_mean("aws_sns_topic", f"sent to {topic}")
