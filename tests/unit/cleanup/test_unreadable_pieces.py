"""What no call reads by itself is a piece of its owner, such as a value of a record set."""

from __future__ import annotations

from typing import Any

import pytest

from ebbtide.cleanup.verification import Verifier
from ebbtide.config import ProtectConfig
from ebbtide.kinds import registry
from ebbtide.plan.model import Action, Planned
from ebbtide.verdict.marks import Marks
from tests.support.builders import resource

PIECES = sorted(
    {
        name
        for kind in registry().values()
        for relation in kind.relations
        if relation.owns or relation.owned_by
        for name in (relation.kind if relation.owns else kind.name,)
        if registry()[name].get is None
    }
)


def entry(kind: str, action: Action = "goes_with") -> Planned:
    return Planned(resource(kind, "piece").subject, action, ("expired",), "why", goes_with="owner")


def verifier(protect: ProtectConfig | None = None, marks: Marks | None = None) -> Verifier:
    """Return one that fails if it asks AWS for anything."""
    no: Any = None
    return Verifier(no, no, no, no, no, no, no, protect or ProtectConfig(), marks or Marks())


def test_there_are_pieces() -> None:
    assert "aws_route53_resource_record" in PIECES


@pytest.mark.parametrize("kind", PIECES)
def test_a_piece_goes_with_its_owner_unless_a_mark_keeps_it(kind: str) -> None:
    piece = entry(kind)
    name = piece.subject.graph_id
    found = verifier().verify(piece, released=False)
    assert not found.mismatch and not found.gone
    assert verifier().objection(piece, piece) == ""
    for one in (
        verifier(protect=ProtectConfig(ids=(name,))),
        verifier(protect=ProtectConfig(kinds=(kind,))),
        verifier(marks=Marks(protected={name: "job keep: needed"})),
        verifier(marks=Marks(unknown="the marks of job keep are lost")),
    ):
        assert one.verify(piece, released=False).mismatch
        assert one.objection(piece, piece)


@pytest.mark.parametrize("kind", PIECES)
def test_a_piece_is_never_deleted_by_itself(kind: str) -> None:
    assert verifier().verify(entry(kind, "delete"), released=False).mismatch
