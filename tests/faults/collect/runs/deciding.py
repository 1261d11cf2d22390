"""The smallest collection that lets a plan decide about some kinds."""

from __future__ import annotations

from typing import Any

from tests.faults.collect.answers import with_parents
from tests.integration.workflow import REGION, with_evidence


def what_decides(*names: str, regions: Any = (REGION,)) -> dict[str, Any]:
    """Return a `collect` section with these kinds, those that a plan must know, and their parents.

    Regions that look empty are read in full too.
    """
    needed = set(with_evidence(names))
    return {
        "regions": regions if isinstance(regions, str) else list(regions),
        "kinds": {"include": sorted(kind.name for kind in with_parents(needed))},
        "empty_regions": {"skip": False},
    }
