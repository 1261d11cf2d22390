"""Accounts and regions; the collector builds these items, so there is no list call."""

from __future__ import annotations

from ebbtide.model.kind import Kind

ACCOUNT = Kind(
    name="aws_account",
    bases=("account", "iam_principal"),
    scope="global",
    list=None,
    id="Id",
    label="Name",
    arn="Arn",
    created="JoinedTimestamp",
    undeletable="Only its owner should close an account, in AWS Organizations.",
)

REGION = Kind(
    name="aws_region",
    bases=("region", "phantom_resource"),
    list=None,
    id="RegionName",
    label="RegionName",
    tags=None,
    undeletable="Regions belong to AWS.",
)
