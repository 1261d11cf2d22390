"""The tree of an organization; the collector builds it itself, so it has no list call."""

from __future__ import annotations

from ebbtide.model.kind import Kind, Relation

ROOT = Kind(
    name="aws_organizational_root",
    bases=("organizational_root",),
    scope="global",
    list=None,
    id="Id",
    label="Name",
    arn="Arn",
    tags=None,
    undeletable="The root goes with its organization.",
)

UNIT = Kind(
    name="aws_organizational_unit",
    bases=("organizational_unit",),
    scope="global",
    list=None,
    id="Id",
    label="Name",
    arn="Arn",
    tags=None,
    relations=(
        Relation("ParentId", "aws_organizational_root", reverse=True, pattern=r"^(r-.+)$"),
        Relation("ParentId", "aws_organizational_unit", reverse=True, pattern=r"^(ou-.+)$"),
    ),
    undeletable="How an organization is divided is a decision for its owner.",
)
