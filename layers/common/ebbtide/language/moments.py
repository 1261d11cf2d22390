"""Times in a search: moments, and durations that count from now."""

from __future__ import annotations

import re
from datetime import datetime
from difflib import get_close_matches
from typing import Self

from ebbtide.base.clock import from_text, to_text
from ebbtide.base.durations import parse_duration
from ebbtide.language.placeholders import NAMES

# A text that somebody meant as a date, such as 2026-13-01 or 2026/11/01.
_LIKE_A_DATE = re.compile(r"\d{4}[-/.]\d{1,2}([-/.]\d{1,2}.*)?|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}.*")
_SIMILAR = 0.8


class Moment(str):
    """A literal that is a time. Its text is RFC 3339 in UTC, whatever the search said."""

    __slots__ = ()

    @classmethod
    def at(cls, moment: datetime) -> Self:
        return cls(to_text(moment))

    @property
    def time(self) -> datetime:
        return from_text(self)


def moment_in(text: str, now: datetime) -> Moment | None:
    """Return the time that a text means: a date, a time, or a duration from now.

    `3d` and `+3d` are in three days, and `-3d` was three days ago. Return None for any other text.
    """
    stripped = text.strip()
    sign = -1 if stripped.startswith("-") else 1
    try:
        return Moment.at(now + sign * parse_duration(stripped.lstrip("+-")))
    except (ValueError, OverflowError):
        pass
    try:
        return Moment.at(from_text(stripped))
    except (ValueError, OverflowError):
        return None


def advice_for(text: str) -> str | None:
    """Return what to write instead of a text that somebody meant as a time; None for others."""
    names = [name.lower() for name in NAMES if len(name) > len("UTC") or name == "NOW"]
    close = get_close_matches(text.strip().lower(), names, 1, _SIMILAR)
    if close:
        return f"write @{close[0].upper()}@"
    if _LIKE_A_DATE.fullmatch(text.strip()):
        return "write a date such as 2026-11-25"
    return None
