"""Makes answers that stand in for AWS complete: AWS gives every request an id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

METADATA = {"RequestId": "11111111-2222-3333-4444-555555555555", "HTTPStatusCode": 200}


def from_aws(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer with AWS's metadata, unless it has some."""
    return {"ResponseMetadata": dict(METADATA), **answer}
