"""The kinds that contain all other resources of an account."""

from __future__ import annotations

ACCOUNT = "aws_account"
REGION = "aws_region"

# Every resource is below its region, and every region below its account, so each run collects both.
CONTAINERS = frozenset({ACCOUNT, REGION})
