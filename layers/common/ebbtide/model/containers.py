"""The kinds that contain all other resources of an account."""

from __future__ import annotations

ACCOUNT = "aws_account"
REGION = "aws_region"

# Every resource hangs below its region, and each region below its account, so that a run always
# collects both.
CONTAINERS = frozenset({ACCOUNT, REGION})
