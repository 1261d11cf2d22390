"""Ages in the documents of other resources, as in `/ancestors.aws_vpc.reported.age > 30d`.

A document has an age as text. Such a condition is therefore turned into one on the time from which
the age counts: older than 30 days is created before 30 days ago.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from ebbtide.base.durations import parse_duration
from ebbtide.language.errors import MistakeError
from ebbtide.language.moments import Moment
from ebbtide.language.operands import DURATIONS, check_duration
from ebbtide.language.syntax import Operator, Path, Predicate, Step

# Field -> the time from which it counts.
COUNTED_FROM = dict(zip(DURATIONS, ("ctime", "mtime", "atime"), strict=True))
_OPPOSITE: dict[Operator, Operator] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def of_moment(path: Path) -> Path:
    """Return the path of the time from which the duration at a path counts."""
    *before, last = path.steps
    return replace(path, steps=(*before, Step(COUNTED_FROM[last.name])))


def with_moments(term: Predicate, now: datetime) -> Predicate:
    """Return the condition on the time that a condition on a duration means."""
    if term.operator in ("=~", "!~"):
        name = term.path.steps[-1].name
        message = f"{name} needs a duration such as 30d, not a regular expression"
        raise MistakeError(message, term.path.first)
    values = term.value if isinstance(term.value, list) else [term.value]
    for value in values:
        check_duration(term.path, value)
    moments = [_moment(value, now) for value in values]
    operator = _OPPOSITE.get(term.operator, term.operator)
    value = moments if isinstance(term.value, list) else moments[0]
    return Predicate(of_moment(term.path), operator, value, term.quantifier)


def _moment(value: Any, now: datetime) -> Moment | None:
    return None if value is None else Moment.at(now - parse_duration(value))
