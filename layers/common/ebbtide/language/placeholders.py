"""Replace placeholders such as @NOW@ and @TODAY@, also inside texts. All are in UTC."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from ebbtide.base.clock import to_text
from ebbtide.language.source import Replacement, SearchText

_WEEKDAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
_FORMATS = {
    "TODAY": "%Y-%m-%d",
    "YEAR": "%Y",
    "MONTH": "%m",
    "DAY": "%d",
    "TIME": "%H:%M:%S",
    "HOUR": "%H",
    "MINUTE": "%M",
    "SECOND": "%S",
}
_ONE_DAY = timedelta(days=1)
NAMES = ("NOW", "UTC", *_FORMATS, "YESTERDAY", "TOMORROW", "TZ", *_WEEKDAYS)
_PLACEHOLDER = re.compile(f"@({'|'.join(NAMES)})@", re.IGNORECASE)


def replace_placeholders(source: SearchText, now: datetime) -> SearchText:
    if "@" not in source.text:
        return source
    return source.replaced(_replacements(source.text, now))


def _replacements(text: str, now: datetime) -> Iterator[Replacement]:
    for match in _PLACEHOLDER.finditer(text):
        yield Replacement(match.start(), match.end(), value_of(match[1].upper(), now))


def value_of(name: str, now: datetime) -> str:
    """Return the value of a placeholder; a weekday is today or the next such day."""
    match name:
        case "NOW" | "UTC":
            return to_text(now.replace(microsecond=0))
        case "TZ":
            return "UTC"
        case "YESTERDAY":
            return str((now - _ONE_DAY).date())
        case "TOMORROW":
            return str((now + _ONE_DAY).date())
        case _ if name in _WEEKDAYS:
            days = (_WEEKDAYS.index(name) - now.weekday()) % 7
            return str((now + days * _ONE_DAY).date())
        case _:
            return now.strftime(_FORMATS[name])
