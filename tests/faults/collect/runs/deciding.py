"""What must be collected so that a plan can decide about some kinds, and nothing else."""

from __future__ import annotations

from typing import Any

from ebbtide.kinds import dependent_kinds
from tests.faults.collect.answers import with_parents
from tests.integration.workflow import REGION


def what_decides(*names: str, regions: Any = (REGION,)) -> dict[str, Any]:
    """Return a section `collect` that names the kinds and whatever may depend on them.

    Every region is read, also one that looks empty.
    """
    needed = {*names, *(other for name in names for other in dependent_kinds(name))}
    return {
        "regions": regions if isinstance(regions, str) else list(regions),
        "kinds": {"include": sorted(kind.name for kind in with_parents(needed))},
        "empty_regions": {"skip": False},
    }
