"""Options that let what is selected wait before it may go."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from ebbtide.options.section import Duration

# Ten years of anything is a mistake.
_LONGEST = timedelta(days=3650)


def _sensible(value: timedelta) -> timedelta:
    if not timedelta(0) < value <= _LONGEST:
        raise ValueError("must be longer than 0 and at most 10 years")
    return value


GraceTime = Annotated[Duration, AfterValidator(_sensible)]
# Complete runs in a row. The first one that selects something counts.
GraceRuns = Annotated[int, Field(ge=2, le=1000)]

GRACE = (
    "what is selected stays for this time first; it begins anew if the resource changes, is used, "
    "or is not selected in between"
)
GRACE_RUNS = (
    "complete runs in a row that must select it; it goes in the last one. With `grace`, both must "
    "be fulfilled"
)
