"""The marks that an automation answers with."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import ValidationError

from ebbtide.base.clock import now
from ebbtide.base.errors import InputError
from ebbtide.deployment.answers import LONGEST_KEEP, Mark


def keep(graph_id: str, reason: str, until: datetime | timedelta | None = None) -> Mark:
    """Keep a resource in this run; `until` a time, or for a time from now, beyond it.

    Raises InputError if that is longer than 365 days, or if the reason is empty.
    """
    end = now() + until if isinstance(until, timedelta) else until
    if end is not None:
        if end.tzinfo is None:
            raise InputError(f"{graph_id}: until has no time zone")
        if end > now() + LONGEST_KEEP:
            raise InputError(f"{graph_id}: until is more than {LONGEST_KEEP.days} days from now")
    return _mark(id=graph_id, mark="keep", reason=reason, until=end)


def clean(graph_id: str, reason: str) -> Mark:
    """Select a resource for the plan of this run. Raises InputError if the reason is empty."""
    return _mark(id=graph_id, mark="clean", reason=reason)


def _mark(**fields: object) -> Mark:
    try:
        return Mark.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise InputError(f"mark of {fields['id']}: {place}: {first['msg']}") from error
