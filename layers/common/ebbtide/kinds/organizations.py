"""The tree of an organization; the collector builds these items, so there is no list call."""

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
    undeletable="The root exists as long as its organization does.",
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
        Relation(
            "ParentId",
            "aws_organizational_root",
            reverse=True,
            pattern=r"^(r-.+)$",
            strength="origin",
            why="the root always exists",
        ),
        Relation(
            "ParentId",
            "aws_organizational_unit",
            reverse=True,
            pattern=r"^(ou-.+)$",
            strength="origin",
            why="a unit above is never deleted while it has units below",
        ),
    ),
    undeletable="Only its owner should decide how an organization is divided.",
)
